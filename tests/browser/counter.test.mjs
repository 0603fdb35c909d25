// Behind the counter: what runs out is said at once and kept, customers see that others look, webhooks change their secret.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  DESKTOP, PHONE, accessibilityFaults, launchChromium, screenshot, sidewaysScroll, visitor,
} from './support/chromium.mjs';
import { arrive, createProduct, fill, openProduct, save, setUpOwner, signIn } from './support/pages.mjs';
import { startShop } from './support/shop.mjs';

const KITE = 'Paper kite';
const BOX = 'Box kite';

let shop;
let browser;
let owner;
let desk;

before(async () => {
  shop = await startShop({ VITRINE__REALTIME__VIEWERS: 'true' });
  browser = await launchChromium();
  owner = await visitor(browser, { origin: shop.origin });
  desk = await owner.page();
  await setUpOwner(desk, shop.setupLink);
  for (const name of [KITE, BOX]) {
    await createProduct(desk, { Name: name, Price: '10.00', Stock: '20' });
    await desk.getByRole('main').getByRole('status').waitFor();
  }
});

after(async () => {
  await owner?.context.close();
  await browser?.close();
  assert.equal(await shop?.stop(), 0, 'the shop did not stop in order');
});

/** A page that has been told that it hears of changes. The page before it may still be connecting. */
async function listening(page, address) {
  const connected = new Promise((resolve) => {
    page.on('websocket', (socket) => {
      socket.on('framereceived', ({ payload }) => {
        if (payload.includes('"subscribed"') && page.url().endsWith(address)) resolve();
      });
    });
  });
  await page.goto(address);
  await connected;
}

async function leave(name, left) {
  await openProduct(desk, name);
  await fill(desk, { Stock: String(left) });
  await save(desk);
  await desk.getByRole('main').getByRole('status').waitFor();
}

async function inspect(page, name) {
  await screenshot(page, name);
  assert.deepEqual(await accessibilityFaults(page), [], `${name} breaks WCAG 2.2 AA`);
  assert.equal(await sidewaysScroll(page), 0, `${name} scrolls sideways`);
}

/** A page as it looks on a phone and at a desk, by day and by night. */
async function inspectAll(page, name) {
  for (const width of [PHONE, DESKTOP]) {
    await page.setViewportSize({ width, height: 900 });
    for (const colorScheme of ['light', 'dark']) {
      await page.emulateMedia({ colorScheme });
      await inspect(page, `${name}-${width}-${colorScheme}`);
    }
  }
}

test('what is about to run out is said at once on every page behind the counter, and kept until it was read', async () => {
  const second = await visitor(browser, { javaScript: true, origin: shop.origin });
  const page = await second.page();
  await signIn(page);
  await listening(page, '/admin/categories');
  const bar = page.locator('.live-bar').getByRole('link');
  await leave(KITE, 3);
  await bar.filter({ hasText: `${KITE}: only 3 left` }).waitFor();
  await inspectAll(page, 'stock-low');
  await leave(BOX, 0);
  await bar.filter({ hasText: `${BOX}: sold out` }).waitFor();
  // Both things that a page may have to say at a time can be read.
  await shop.end();
  const lost = page.locator('.live-bar').filter({ hasText: 'The connection is lost' });
  await lost.waitFor({ timeout: 40_000 });
  const [above, below] = [await bar.boundingBox(), await lost.boundingBox()].sort((one, other) => one.y - other.y);
  assert.ok(above.y + above.height < below.y, 'one bar covers the other');
  await screenshot(page, 'stock-low-and-lost');
  await shop.begin();
  await lost.waitFor({ state: 'hidden' });

  await bar.click();
  await arrive(page, /^Notices/);
  const notices = page.getByRole('main').getByRole('listitem');
  assert.deepEqual(
    (await notices.allInnerTexts()).map((text) => text.split('\n')[0].trim()),
    [`New: ${BOX} is sold out`, `New: ${KITE} has only 3 left`],
  );
  await inspectAll(page, 'notices');
  await page.getByRole('button', { name: 'Mark all as read' }).click();
  await page.getByText('0 unread').waitFor();
  await inspectAll(page, 'notices-read');
  await page.getByRole('link', { name: 'Products with low stock' }).click();
  await page.getByRole('row').filter({ hasText: BOX }).waitFor();
  await page.getByRole('row').filter({ hasText: KITE }).waitFor();
  // That the shop was away is in the browser's console, rightly.
  await second.context.close();
});

test('the page of a product says how many look at it, as they come and go', async () => {
  await leave(KITE, 20);
  const customers = [];
  const open = async () => {
    const customer = await visitor(browser, { javaScript: true, origin: shop.origin });
    const page = await customer.page();
    await listening(page, '/products/paper-kite');
    customers.push(customer);
    return page;
  };
  const first = await open();
  assert.equal(await first.locator('.viewers').innerText(), '', 'nobody is told that they are alone');
  const top = () => first.getByRole('heading', { level: 1 }).boundingBox();
  const before = await top();
  await open();
  await first.getByText('2 people look at this now').waitFor();
  await open();
  await first.getByText('3 people look at this now').waitFor();
  assert.deepEqual(await top(), before, 'something moved');
  await inspectAll(first, 'viewers');
  await customers.pop().close();
  await first.getByText('2 people look at this now').waitFor();
  await customers.pop().close();
  await first.getByText('people look at this now').waitFor({ state: 'detached' });
  await customers.pop().close();
});

test('a webhook gets a new secret, and the former one goes on for as long as was chosen', async () => {
  const second = await visitor(browser, { javaScript: true, origin: shop.origin });
  const page = await second.page();
  await signIn(page);
  await page.goto('/admin/webhooks');
  await inspectAll(page, 'webhooks-none');
  await page.getByRole('link', { name: 'New webhook' }).click();
  await page.getByLabel('Address').fill('not an address');
  await save(page);
  await page.getByRole('link', { name: /Address/ }).waitFor();
  await inspectAll(page, 'webhook-refused');
  await page.getByLabel('Address').fill('https://example.com/hooks/shop');
  await page.getByLabel('product.price').check();
  // Nobody is to be called from here.
  await page.getByLabel('On', { exact: true }).uncheck();
  await save(page);
  const secret = page.getByText(/^whsec_/);
  const former = await secret.innerText();
  await page.getByRole('link', { name: 'Go to the webhook' }).click();
  await inspectAll(page, 'webhook-own');
  await page.getByLabel('The former secret goes on').selectOption('for an hour');
  await page.getByRole('button', { name: 'Make a new secret' }).click();
  await arrive(page, 'The webhook has a new secret');
  assert.notEqual(await secret.innerText(), former);
  await page.getByText(/^Until .* messages are signed with the former secret as well/).waitFor();
  await inspectAll(page, 'webhook-renewed');
  await page.getByRole('link', { name: 'Go to the webhook' }).click();
  await page.getByText(/^Messages are signed with the former secret as well, until/).waitFor();
  assert.ok(!(await page.content()).includes('whsec_'), 'a secret is shown once');
  await page.getByLabel('The former secret goes on').selectOption({ label: 'not at all: somebody else knows it' });
  await page.getByRole('button', { name: 'Make a new secret' }).click();
  await arrive(page, 'The webhook has a new secret');
  await page.getByRole('link', { name: 'Go to the webhook' }).click();
  await page.getByRole('heading', { name: 'Secret', exact: true }).waitFor();
  assert.equal(await page.getByText(/signed with the former secret/).count(), 0);
  await page.goto('/admin/webhooks');
  await page.getByRole('row').filter({ hasText: 'https://example.com/hooks/shop' }).waitFor();
  await inspectAll(page, 'webhooks');
  await page.goto('/admin/webhooks/1/delete');
  await inspectAll(page, 'webhook-delete');
  await page.getByRole('button', { name: 'Delete' }).click();
  await page.getByText('Deleted. The program is told nothing more.').waitFor();
  await second.close();
});
