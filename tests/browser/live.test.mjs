// Pages that are open while the shop changes: two windows of a customer, and the owner in a third one.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { PHONE, accessibilityFaults, launchChromium, screenshot, visitor } from './support/chromium.mjs';
import { arrive, card, createProduct, fill, openProduct, save, setUpOwner, signIn } from './support/pages.mjs';
import { startShop } from './support/shop.mjs';

/** From the owner's saved form to the windows of customers. */
const AT_ONCE_MS = 300;

const KITE = 'Paper kite';

let shop;
let browser;
let owner;
let desk;

before(async () => {
  shop = await startShop();
  browser = await launchChromium();
  owner = await visitor(browser, { origin: shop.origin });
  desk = await owner.page();
  await setUpOwner(desk, shop.setupLink);
  await createProduct(desk, { Name: KITE, Price: '10.00', Stock: '20' });
  await desk.getByRole('main').getByRole('status').waitFor();
});

after(async () => {
  await owner?.context.close();
  await browser?.close();
  assert.equal(await shop?.stop(), 0, 'the shop did not stop in order');
});

/** A customer with the kite's page in one window and the list in another, both connected. */
async function twoWindows() {
  const customer = await visitor(browser, { javaScript: true, origin: shop.origin });
  const open = async (address) => {
    const page = await customer.page();
    const connected = page.waitForEvent('websocket').then((socket) =>
      socket.waitForEvent('framereceived', { predicate: ({ payload }) => payload.includes('"subscribed"') }),
    );
    await page.goto(address);
    await connected;
    await page.evaluate(() => {
      window.sameDocument = true;
      window.shifts = [];
      new PerformanceObserver((list) => {
        for (const shift of list.getEntries()) window.shifts.push(shift.value);
      }).observe({ type: 'layout-shift' });
    });
    return page;
  };
  const list = await open('/products?sort=newest');
  const product = await open('/products/paper-kite');
  return { customer, list, product };
}

/** When a text comes to stand in the main part of a page: a time of this machine's clock. */
function shownAt(page, text) {
  return page.evaluate(
    (text) =>
      new Promise((resolve) => {
        const look = () => document.querySelector('main').innerText.includes(text) && resolve(Date.now());
        new MutationObserver(look).observe(document.body, { subtree: true, childList: true, characterData: true });
        look();
      }),
    text,
  );
}

/** The owner saves the kite; how long the windows take to show it. */
async function change(fields, text, ...pages) {
  await openProduct(desk, KITE);
  await fill(desk, fields);
  const shown = Promise.all(pages.map((page) => shownAt(page, text)));
  const saved = desk.waitForResponse((response) => response.request().method() === 'POST').then(() => Date.now());
  await save(desk);
  const answered = await saved;
  return Math.max(...(await shown)) - answered;
}

test('two windows show what the owner changes in a third one, at once and without a jump', async () => {
  const { customer, list, product } = await twoWindows();
  const delays = [];
  for (const price of ['11.00', '12.50', '1,013.00', '14.00', '15.00']) {
    delays.push(await change({ Price: price.replace(',', '') }, `€${price}`, list, product));
  }
  delays.sort((a, b) => a - b);
  assert.ok(delays[2] <= AT_ONCE_MS, `${delays} ms`);
  console.log(`# shown ${delays.join(', ')} ms after the owner's form was answered`);
  for (const page of [list, product]) {
    assert.ok(await page.evaluate(() => window.sameDocument), 'it was loaded anew');
    // A longer price moves the words beside it by a few pixels; a line that comes or goes would be a hundred times this.
    const jumped = await page.evaluate(() => window.shifts.reduce((sum, shift) => sum + shift, 0));
    assert.ok(jumped < 0.001, `something jumped: ${jumped}`);
  }
  await product.getByRole('status').filter({ hasText: `${KITE} now costs €15.00.` }).waitFor();

  await change({ Stock: '3' }, 'Only 3 left', list, product);
  await change({ Stock: '0' }, 'Sold out', list, product);
  await product.getByRole('status').filter({ hasText: `${KITE}: sold out.` }).waitFor();
  assert.deepEqual(await accessibilityFaults(product), []);
  await change({ Stock: '20' }, 'In stock', product);

  await createProduct(desk, { Name: 'Box kite', Price: '30.00' });
  const offer = list.getByRole('link', { name: '1 new product' });
  await offer.waitFor();
  await screenshot(list, 'live-new-product');
  assert.deepEqual(await accessibilityFaults(list), []);
  await offer.click();
  await card(list, 'Box kite').waitFor();
  await customer.close();
});

test('a reduction says what it is compared with, and a product that is gone says so', async () => {
  const { customer, list, product } = await twoWindows();
  await change({ 'Sale price': '9.00' }, '€9.00', list, product);
  await product.getByText('Lowest price in the 30 days before the reduction').waitFor();
  await change({ 'Sale price': '' }, '€15.00', list, product);
  await openProduct(desk, KITE);
  const address = desk.url();
  await desk.goto(`${address}/delete`);
  const gone = shownAt(product, 'No longer available');
  await desk.getByRole('main').getByRole('button', { name: /delete/i }).click();
  await gone;
  await shownAt(list, 'No longer available');
  await customer.close();
  await desk.goto(address);
  await desk.getByRole('button', { name: /restore/i }).click();
  await desk.getByRole('main').getByRole('status').waitFor();
});

test('the window of the front page shows a new price', async () => {
  const customer = await visitor(browser, { javaScript: true, origin: shop.origin });
  const page = await customer.page();
  const connected = page.waitForEvent('websocket').then((socket) =>
    socket.waitForEvent('framereceived', { predicate: ({ payload }) => payload.includes('"subscribed"') }),
  );
  await page.goto('/');
  await connected;
  const pane = page.locator('.window-panes a', { hasText: KITE });
  await pane.waitFor();
  await change({ Price: '21.00' }, '€21.00', page);
  await pane.getByText('€21.00', { exact: true }).waitFor();
  await page.getByRole('status').filter({ hasText: `${KITE} now costs €21.00.` }).waitFor();
  await customer.close();
});

test('the table of products says who changed what, and loads the row again', async () => {
  const second = await visitor(browser, { javaScript: true, origin: shop.origin });
  const table = await second.page();
  await signIn(table);
  // The page of the sign-in opens a socket, too, and may be left before it is answered.
  const connected = new Promise((resolve) => {
    table.on('websocket', (socket) =>
      socket.on('framereceived', ({ payload }) => payload.includes('"subscribed"') && resolve()),
    );
  });
  await table.goto('/admin/products');
  await connected;
  const row = table.getByRole('row').filter({ hasText: KITE });
  assert.ok(!(await row.textContent()).includes('changed'));
  await openProduct(desk, KITE);
  await fill(desk, { Price: '22.00', Stock: '7' });
  await save(desk);
  await row.getByText('Price and stock changed by Olive Owner, just now.').waitFor();
  await table.getByRole('status').filter({ hasText: `${KITE}: Price and stock changed by Olive Owner.` }).waitFor();
  assert.ok(!(await row.textContent()).includes('22.00'), 'a row changed under the hand');
  assert.deepEqual(await accessibilityFaults(table), []);
  await screenshot(table, 'live-table');
  await table.setViewportSize({ width: PHONE, height: 800 });
  await screenshot(table, 'live-table-phone');
  await row.getByRole('link', { name: 'Load the row again' }).click();
  await row.getByText('€22.00').waitFor();
  assert.ok(!(await row.textContent()).includes('changed by'));
  assert.equal(await table.evaluate(() => document.activeElement.textContent), KITE);
  await second.close();
});

test('a webhook is set up, tested and looked at', async () => {
  const second = await visitor(browser, { javaScript: true, origin: shop.origin });
  const page = await second.page();
  await signIn(page);
  await page.goto('/admin/webhooks/new');
  assert.deepEqual(await accessibilityFaults(page), []);
  await page.getByLabel('Address').fill('https://example.com/hooks/shop');
  await page.getByLabel('product.price').check();
  // Nobody is to be called from here.
  await page.getByLabel('On', { exact: true }).uncheck();
  await save(page);
  await page.getByText(/^whsec_/).waitFor();
  assert.deepEqual(await accessibilityFaults(page), []);
  await screenshot(page, 'webhook-made');
  await page.getByRole('button', { name: 'Send a test' }).click();
  await page.getByRole('cell', { name: 'to be delivered' }).waitFor();
  assert.deepEqual(await accessibilityFaults(page), []);
  await screenshot(page, 'webhook');
  await page.setViewportSize({ width: PHONE, height: 800 });
  await screenshot(page, 'webhook-phone');
  await second.close();
});

test('while the shop is away the windows say so, and then go on where they were', async () => {
  const { customer, list, product } = await twoWindows();
  await shop.end();
  const bar = product.locator('.live-bar').filter({ hasText: 'The connection is lost' });
  await bar.waitFor({ timeout: 40_000 });
  await product.getByRole('status').filter({ hasText: 'The connection is lost' }).waitFor();
  await screenshot(product, 'live-connection-lost');
  await shop.begin();
  // Changed before the windows are back: they learn of it all the same.
  await change({ Price: '17.00' }, '€17.00', list, product);
  await bar.waitFor({ state: 'hidden' });
  const delay = await change({ Price: '18.00' }, '€18.00', list, product);
  assert.ok(delay <= AT_ONCE_MS, `${delay} ms`);
  for (const page of [list, product]) assert.ok(await page.evaluate(() => window.sameDocument), 'it was loaded anew');
  // That the shop was away is in the browser's console, rightly.
  await customer.context.close();
});

test('the client in the manual knows every product, and hears of a change', async () => {
  const manual = await readFile(new URL('../../docs/live.md', import.meta.url), 'utf8');
  const example = /```js\n([\s\S]*?)```/.exec(manual)[1].replace("'https://shop.example'", JSON.stringify(shop.origin));
  const customer = await visitor(browser, { javaScript: true, origin: shop.origin });
  const page = await customer.page();
  await page.goto('/docs');
  const connected = page.waitForEvent('websocket');
  await page.evaluate(`(() => {${example}; window.products = products;})()`);
  await (await connected).waitForEvent('framereceived', { predicate: ({ payload }) => payload.includes('"subscribed"') });
  await page.waitForFunction(() => window.products.size > 20);
  await openProduct(desk, KITE);
  const told = page.waitForEvent('console', (message) => message.text().startsWith('product.price'));
  await fill(desk, { Price: '19.00' });
  await save(desk);
  await told;
  await customer.close();
});
