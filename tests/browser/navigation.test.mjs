// The navigation of the administration: one line at a desk, two on a phone, without scripts and by keyboard, light and dark;
// the room one is in is marked.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { DESKTOP, accessibilityFaults, launchChromium, screenshot, sidewaysScroll, visitor } from './support/chromium.mjs';
import { press } from './support/keyboard.mjs';
import { arrive, setUpOwner, signIn } from './support/pages.mjs';
import { startShop } from './support/shop.mjs';

/** A small phone. */
const SMALL = 360;
/** A line is as high as a finger needs it, and the bar has a little air around its lines. */
const LINE = 44;
const AIR = 24;

let shop;
let browser;

before(async () => {
  shop = await startShop();
  browser = await launchChromium();
  const owner = await visitor(browser, { origin: shop.origin });
  await setUpOwner(await owner.page(), shop.setupLink);
  await owner.close();
});

after(async () => {
  await browser?.close();
  assert.equal(await shop?.stop(), 0, 'the shop did not stop in order');
});

const rooms = (page) => page.getByRole('navigation', { name: 'Administration' });
const group = (page, name) => rooms(page).locator('summary').filter({ hasText: name });

for (const [width, lines] of [[SMALL, 2], [DESKTOP, 1]]) {
  for (const dark of [false, true]) {
    const look = `${width}-${dark ? 'dark' : 'light'}`;
    test(`the owner's navigation has ${lines} line(s) and is accessible, closed and open (${look})`, async () => {
      const owner = await visitor(browser, { width, dark, javaScript: true, origin: shop.origin });
      const page = await owner.page();
      await signIn(page);
      await page.goto('/admin/keys');
      const height = await page.getByRole('banner').evaluate((banner) => banner.getBoundingClientRect().height);
      assert.ok(height <= lines * LINE + AIR, `the bar is ${height} px high`);
      await screenshot(page, `navigation-closed-${look}`);
      for (const name of await rooms(page).locator('summary').allInnerTexts()) {
        await group(page, name).click();
        await screenshot(page, `navigation-${name}-${look}`);
        assert.deepEqual(await accessibilityFaults(page), [], `${name}, open, breaks WCAG 2.2 AA`);
        assert.equal(await sidewaysScroll(page), 0, `${name}, open, makes the page wider than ${width} px`);
        assert.equal(await rooms(page).locator('details[open]').count(), 1, 'one group is open at a time');
      }
      await owner.close();
    });
  }

  test(`without scripts the keyboard opens a group, goes to a room and sees which one it is in (${width} px)`, async () => {
    const owner = await visitor(browser, { width, origin: shop.origin });
    const page = await owner.page();
    await signIn(page);
    await press(page, group(page, 'System'));
    await press(page, rooms(page).getByRole('link', { name: 'Keys' }));
    await arrive(page, /^Keys/);
    assert.equal(await rooms(page).locator('details[open]').count(), 0, 'a new page begins closed');
    assert.equal(await group(page, 'System').getAttribute('aria-current'), 'true');
    await press(page, group(page, 'System'));
    const here = rooms(page).getByRole('link', { name: 'Keys' });
    assert.equal(await here.getAttribute('aria-current'), 'page');
    assert.equal(await rooms(page).locator('a[aria-current]').count(), 1);
    // What opens it closes it.
    await press(page, group(page, 'System'));
    await here.waitFor({ state: 'hidden' });
    await owner.close();
  });
}
