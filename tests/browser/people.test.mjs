// People of the shop, on a phone and without scripts: an owner invites somebody, who sets a password at the link, sees what the
// role may open and nothing else, and is shut out again.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  DESKTOP, PHONE, accessibilityFaults, launchChromium, screenshot, sidewaysScroll, visitor,
} from './support/chromium.mjs';
import { arrive, openRoom, setUpOwner, signIn } from './support/pages.mjs';
import { startShop } from './support/shop.mjs';

const PASSWORD = 'blue boat on a brown river';
let shop;
let browser;

before(async () => {
  shop = await startShop();
  browser = await launchChromium();
});

after(async () => {
  await browser?.close();
  assert.equal(await shop?.stop(), 0, 'the shop did not stop in order');
});

test('an invited reviewer sets a password, reads the products and opens nothing else', async () => {
  const owner = await visitor(browser, { width: PHONE, origin: shop.origin });
  const desk = await owner.page();
  await setUpOwner(desk, shop.setupLink);
  await openRoom(desk, 'People', 'People');
  await arrive(desk, /^People/);
  await desk.getByLabel('E-mail').fill('rita@shop.example');
  await desk.getByLabel('Role').selectOption('reviewer');
  await desk.getByRole('button', { name: 'Make an invitation' }).click();
  await arrive(desk, 'An invitation');
  await screenshot(desk, `people-invitation-${PHONE}`);
  const link = await desk.getByLabel('Link').inputValue();
  assert.ok(link.startsWith(`${shop.origin}/account/link?token=`), link);

  const guest = await visitor(browser, { width: PHONE, origin: shop.origin });
  const page = await guest.page();
  await page.goto(link);
  await arrive(page, 'Welcome');
  await screenshot(page, `people-welcome-${PHONE}`);
  await page.getByLabel('Your name').fill('Rita Reviewer');
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Begin' }).click();
  await arrive(page, /^Products/);
  const rooms = page.getByRole('navigation', { name: 'Administration' });
  assert.equal(await rooms.getByRole('link', { name: 'People' }).count(), 0);
  assert.equal(await page.getByRole('link', { name: 'New product' }).count(), 0);
  await page.getByRole('banner').getByRole('link', { name: 'Account', exact: true }).click();
  await arrive(page, 'Your account');
  await screenshot(page, `people-account-${PHONE}`);

  // The owner shuts her out; her next page is a stranger's.
  await desk.getByRole('link', { name: 'Done' }).click();
  await arrive(desk, 'Rita Reviewer');
  await screenshot(desk, `people-person-${PHONE}`);
  await desk.getByRole('button', { name: 'Disable' }).click();
  await desk.getByRole('main').getByRole('status').waitFor();
  await page.goto('/account');
  await arrive(page, 'Sign in');
  await guest.close();
  await owner.close();
});

test('the pages of people, keys and the own account are accessible', async () => {
  for (const width of [PHONE, DESKTOP]) {
    const owner = await visitor(browser, { width, javaScript: true, origin: shop.origin });
    const page = await owner.page();
    await signIn(page);
    await page.goto('/admin/keys');
    await page.getByLabel('Name').fill(`stock sync ${width}`);
    await page.getByRole('button', { name: 'Make a key' }).click();
    await page.getByLabel('Key', { exact: true }).waitFor();
    await screenshot(page, `people-key-${width}`);
    for (const address of ['/admin/people', '/admin/people/1', '/admin/people/2/erase', '/admin/keys', '/account']) {
      await page.goto(address);
      await page.getByRole('heading', { level: 1 }).waitFor();
      await screenshot(page, `people${address.replaceAll('/', '-')}-${width}`);
      assert.deepEqual(await accessibilityFaults(page), [], `${address} breaks WCAG 2.2 AA`);
      assert.equal(await sidewaysScroll(page), 0, `${address} scrolls sideways at ${width} px`);
    }
    await owner.close();
  }
});
