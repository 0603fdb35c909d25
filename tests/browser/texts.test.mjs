// The shop's pages of text as a guest and their owner meet them: at the foot of every page, read, written. And the way from a
// product to where it is sold.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { PHONE, accessibilityFaults, launchChromium, screenshot, sidewaysScroll, visitor } from './support/chromium.mjs';
import { arrive, cardNames, fill, openCatalog, openProduct, openRoom, save, setUpOwner, signIn } from './support/pages.mjs';
import { startShop } from './support/shop.mjs';

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

const foot = (page) => page.getByRole('contentinfo');

test('a guest without scripts finds the imprint from any page, on a phone', async () => {
  const guest = await visitor(browser, { width: PHONE, origin: shop.origin });
  const page = await guest.page();
  for (const address of ['/', '/products', '/search?q=lamp']) {
    await page.goto(address);
    await foot(page).getByRole('link', { name: 'Imprint' }).click();
    await arrive(page, 'Imprint');
    assert.equal(new URL(page.url()).pathname, '/pages/imprint');
  }
  await foot(page).getByRole('link', { name: 'Contact' }).click();
  await arrive(page, 'Contact');
  const mail = page.getByRole('main').getByRole('link', { name: 'hello@shop.example' });
  assert.equal(await mail.getAttribute('href'), 'mailto:hello@shop.example');
  // Where nothing is asked of the database, the way leads over the list of them.
  await page.goto('/docs');
  await foot(page).getByRole('link', { name: 'About the shop' }).click();
  await page.getByRole('main').getByRole('link', { name: 'Imprint' }).click();
  await arrive(page, 'Imprint');
  await guest.close();
});

test('the owner writes a page, looks at it, saves it, and every guest sees it', async () => {
  const owner = await visitor(browser, { origin: shop.origin });
  const page = await owner.page();
  await signIn(page);
  await openRoom(page, 'Shop', 'Pages');
  await arrive(page, /^Pages/);
  await page.getByRole('link', { name: 'New page' }).click();
  await arrive(page, 'New page');
  await page.getByLabel('Title').fill('Workshop visits');
  await page.getByLabel('Text').fill('# When\n\nEvery *first* Friday.\n\n<script>alert(1)</script>');
  await page.getByRole('button', { name: 'See how it looks' }).click();
  const preview = page.getByRole('region', { name: 'Preview' });
  await preview.getByRole('heading', { name: 'When' }).waitFor();
  assert.match(await preview.innerText(), /<script>alert\(1\)<\/script>/);
  await screenshot(page, 'text-preview');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByRole('main').getByRole('status').waitFor();
  const guest = await visitor(browser, { origin: shop.origin });
  const seen = await guest.page();
  await seen.goto('/');
  await foot(seen).getByRole('link', { name: 'Workshop visits' }).click();
  await arrive(seen, 'Workshop visits');
  await seen.getByRole('heading', { level: 2, name: 'When' }).waitFor();

  await page.getByRole('main').getByRole('link', { name: 'Workshop visits', exact: true }).click();
  await arrive(page, 'Workshop visits');
  await page.getByLabel('Visible in the shop').uncheck();
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByRole('main').getByRole('status').waitFor();
  await seen.goto('/');
  assert.equal(await foot(seen).getByRole('link', { name: 'Workshop visits' }).count(), 0);
  await guest.close();
  await owner.close();
});

test('how much room is left is told while the owner types', async () => {
  const owner = await visitor(browser, { javaScript: true, width: PHONE, origin: shop.origin });
  const page = await owner.page();
  await signIn(page);
  await page.goto('/admin/pages/new');
  await page.getByText('0 of 80 characters used.').waitFor();
  const title = page.getByLabel('Title');
  await title.fill('Lamps 💡');
  await page.getByText('7 of 80 characters used.').waitFor();
  await title.fill('x'.repeat(83));
  await page.getByText('83 of 80 characters: 3 too many.').waitFor();
  await page.getByText('0 of 16,000 characters used.').waitFor();
  assert.deepEqual(await accessibilityFaults(page), []);
  assert.equal(await sidewaysScroll(page), 0);
  await screenshot(page, 'text-too-long');
  // The shop says the same, and what was typed is still there.
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByRole('alert').getByText(/Title must have at most 80 characters/).waitFor();
  assert.equal(await title.inputValue(), 'x'.repeat(83));
  await owner.close();
});

test('the owner says where a product is sold, and a guest on a phone finds the button', async () => {
  const owner = await visitor(browser, { origin: shop.origin });
  const page = await owner.page();
  await openCatalog(page);
  const name = (await cardNames(page))[0];
  await signIn(page);
  await openProduct(page, name);
  await fill(page, { 'Link to buy': 'https://www.market.example/lamp' });
  await save(page);
  await page.getByRole('main').getByRole('status').waitFor();
  const guest = await visitor(browser, { javaScript: true, width: PHONE, origin: shop.origin });
  const seen = await guest.page();
  await openCatalog(seen);
  await seen.getByRole('link').filter({ has: seen.getByRole('heading', { name, exact: true }) }).click();
  await arrive(seen, name);
  const button = seen.getByRole('link', { name: 'Buy at market.example' });
  assert.equal(await button.getAttribute('href'), 'https://www.market.example/lamp');
  const box = await button.boundingBox();
  assert.ok(box.height >= 40, `the button is ${box.height} px high`);
  assert.deepEqual(await accessibilityFaults(seen), []);
  assert.equal(await sidewaysScroll(seen), 0);
  await screenshot(seen, 'buy-390');
  await guest.close();
  await owner.close();
});
