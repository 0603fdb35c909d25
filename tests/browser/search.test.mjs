// The search: suggestions as a combobox by keyboard, touch and mouse, narrowed results, what the shop learns of both, and
// the owner who mends a search that found nothing.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import {
  DESKTOP, PHONE, accessibilityFaults, launchChromium, screenshot, sidewaysScroll, visitor,
} from './support/chromium.mjs';
import { arrive, cardNames, cards, chips, field, openFilters, save, search, searchBox, setUpOwner, signIn } from './support/pages.mjs';
import { startShop } from './support/shop.mjs';

/** The narrowest window that WCAG 2.2 asks for (1.4.10). */
const NARROW = 320;
const PATIENCE_MS = 30_000;

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

const listbox = (page) => page.getByRole('listbox', { name: 'Suggestions' });
const options = (page) => listbox(page).getByRole('option');

/** Types and waits for what is suggested. */
async function type(page, text) {
  const box = searchBox(page);
  await box.click();
  await box.pressSequentially(text);
  await options(page).first().waitFor();
  return box;
}

/** Reloads until the page shows it: some things are known a few seconds later. */
async function reloadUntil(page, target) {
  const deadline = Date.now() + PATIENCE_MS;
  while ((await target.count()) === 0) {
    assert.ok(Date.now() < deadline, `${page.url()} never showed ${target}`);
    // As people do: who asks without a pause is refused what is live.
    await pause(250);
    await page.reload();
  }
}

for (const [width, dark] of [[NARROW, false], [PHONE, true], [DESKTOP, false], [DESKTOP, true]]) {
  const look = `${width}-${dark ? 'dark' : 'light'}`;
  test(`suggestions are chosen by keyboard (${look})`, async () => {
    const guest = await visitor(browser, { width, dark, javaScript: true, origin: shop.origin });
    const page = await guest.page();
    await page.goto('/');
    const top = () => page.getByRole('main').evaluate((main) => main.getBoundingClientRect().top);
    const before = await top();
    const box = await type(page, 'lam');
    assert.equal(await box.getAttribute('role'), 'combobox');
    assert.equal(await box.getAttribute('aria-expanded'), 'true');
    assert.equal(await top(), before, 'the page moved');
    assert.equal(await sidewaysScroll(page), 0, `scrolls sideways at ${width} px`);
    const count = await options(page).count();
    await page.getByRole('status').filter({ hasText: new RegExp(`^${count} suggestions?$`) }).waitFor();
    const faults = await accessibilityFaults(page);
    await screenshot(page, `suggestions-${look}`);
    assert.deepEqual(faults, []);

    const active = () =>
      box.evaluate((input) => document.getElementById(input.getAttribute('aria-activedescendant'))?.textContent ?? null);
    assert.equal(await active(), null);
    await page.keyboard.press('ArrowUp');
    assert.equal(await active(), await options(page).last().textContent(), 'up leads to the last');
    await page.keyboard.press('ArrowDown');
    assert.equal(await active(), null, 'and down back to the text');
    assert.equal(await box.inputValue(), 'lam');
    await page.keyboard.press('ArrowDown');
    assert.equal(await active(), await options(page).first().textContent());
    assert.equal(await options(page).first().getAttribute('aria-selected'), 'true');

    await page.keyboard.press('Escape');
    assert.ok(await listbox(page).isHidden());
    assert.equal(await box.getAttribute('aria-expanded'), 'false');
    assert.equal(await box.inputValue(), 'lam', 'the words are what was typed');

    await page.keyboard.press('ArrowDown');
    await options(page).first().waitFor();
    const last = await options(page).last().evaluate((option) => ({ url: option.dataset.url, kind: option.dataset.kind }));
    assert.equal(last.kind, 'product');
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('Enter');
    await page.waitForURL(`**${last.url}`);
    await guest.close();
  });
}

test('a suggestion is opened by a tap, and Enter in the text searches as ever', async () => {
  const guest = await visitor(browser, { width: PHONE, javaScript: true, origin: shop.origin });
  const page = await guest.page();
  await page.goto('/products');
  await type(page, 'lamp');
  const product = options(page).last();
  const url = await product.evaluate((option) => option.dataset.url);
  await product.click();
  await page.waitForURL(`**${url}`);
  const box = await type(page, 'lamp');
  await box.press('Enter');
  await page.waitForURL('**/search?q=lamp');
  await arrive(page, 'Results for “lamp”');
  assert.ok((await listbox(page).count()) === 0 || (await listbox(page).isHidden()));
  await guest.close();
});

test('an old answer never takes the place of a newer one', async () => {
  const guest = await visitor(browser, { javaScript: true, origin: shop.origin });
  const page = await guest.page();
  await page.goto('/');
  let release;
  const held = new Promise((resolve) => (release = resolve));
  await page.route('**/api/v1/suggest?q=la', async (route) => {
    await held;
    // It was aborted meanwhile.
    await route.continue().catch(() => {});
  });
  const asked = page.waitForRequest('**/api/v1/suggest?q=la');
  const box = searchBox(page);
  await box.click();
  await box.pressSequentially('la');
  await asked;
  await box.pressSequentially('ntern');
  await options(page).first().waitFor();
  const shown = await options(page).allTextContents();
  release();
  await page.waitForLoadState('networkidle');
  assert.deepEqual(await options(page).allTextContents(), shown);
  assert.ok(shown.every((text) => /lantern/i.test(text)), `not about lanterns: ${shown}`);
  await guest.close();
});

test('an opened result is told without its address changing', async () => {
  const guest = await visitor(browser, { javaScript: true, origin: shop.origin });
  const page = await guest.page();
  await page.goto('/search?q=lamp');
  const told = page.waitForRequest('**/search/clicks');
  await cards(page).first().click();
  const request = await told;
  assert.equal(request.method(), 'POST');
  assert.equal(request.postData(), 'q=lamp');
  await page.waitForURL(/\/products\/[^/?]+$/);
  await guest.close();
});

for (const width of [PHONE, DESKTOP]) {
  test(`results are narrowed without a dead end, without JavaScript (${width} px)`, async () => {
    const guest = await visitor(browser, { width, origin: shop.origin });
    const page = await guest.page();
    await page.goto('/');
    await search(page, 'lamp');
    await arrive(page, 'Results for “lamp”');
    assert.equal(await listbox(page).count(), 0);
    const all = await cards(page).count();
    // The index counts; it is there soon after the start.
    const counted = page.getByLabel('Brand').locator('option').filter({ hasText: /\(\d+\)$/ });
    await reloadUntil(page, counted);
    const filter = await openFilters(page);
    const [, brand, count] = (await counted.first().textContent()).match(/^(.*) \((\d+)\)$/);
    await filter.getByLabel('Brand').selectOption(brand);
    await filter.getByRole('button', { name: 'Apply' }).click();
    await page.waitForURL(/\/search\?.*brand=./);
    assert.equal(await cards(page).count(), Math.min(Number(count), all), 'not as many as was said');
    await screenshot(page, `search-narrowed-${width}`);
    assert.equal(await sidewaysScroll(page), 0);
    await chips(page).filter({ hasText: brand }).click();
    await page.waitForURL('**/search?q=lamp');
    assert.equal(await cards(page).count(), all);
    await guest.close();
  });
}

test('the owner mends a search that found nothing', async () => {
  const guest = await visitor(browser, { origin: shop.origin });
  const seeker = await guest.page();
  for (let time = 0; time < 3; time += 1) await seeker.goto('/search?q=zorblax');
  await seeker.getByText('We found nothing for it').waitFor();

  const owner = await visitor(browser, { width: PHONE, javaScript: true, origin: shop.origin });
  const page = await owner.page();
  await signIn(page);
  await page.goto('/admin/search');
  const remedy = page.getByRole('link', { name: 'Add a synonym for zorblax' });
  await reloadUntil(page, remedy);
  const look = async (name) => {
    await screenshot(page, name);
    assert.deepEqual(await accessibilityFaults(page), [], name);
    assert.equal(await sidewaysScroll(page), 0, name);
  };
  await look('admin-search');
  await remedy.click();
  await arrive(page, 'New synonym');
  assert.equal(await field(page, 'Search for').inputValue(), 'zorblax');
  await field(page, 'Other words').fill('lamp');
  await page.getByRole('button', { name: 'See what it would do' }).click();
  await page.getByText(/“lamp” alone finds \d+ products/).waitFor();
  await look('admin-synonym-preview');
  await save(page);
  await page.getByText('The search of customers goes by it within a moment').waitFor();
  await look('admin-synonyms');
  await page.goto('/admin/search');
  await page.getByRole('link', { name: 'Has a synonym' }).first().waitFor();

  await reloadUntil(seeker, cards(seeker));
  assert.ok((await cardNames(seeker)).some((name) => /lamp/i.test(name)), 'not what lamps are called');
  await owner.close();
  await guest.close();
});
