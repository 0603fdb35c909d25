// Open pages when something goes wrong: answers that come late or not at all, connections that end, people who are signed out.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { accessibilityFaults, launchChromium, screenshot, visitor } from './support/chromium.mjs';
import { createProduct, fill, openProduct, save, setUpOwner, signIn, signOut } from './support/pages.mjs';
import { startShop } from './support/shop.mjs';

/** Of the script of every public page, as it is sent. */
const MOST_BYTES = 6 * 1024;

const KITE = 'Paper kite';
const LIST = '/products?sort=newest';

let shop;
let browser;
let owner;
let desk;

before(async () => {
  shop = await startShop({ VITRINE__SHOP__LOW_STOCK: '3' });
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

/** A visitor whose pages remember their sockets, what they sent, and the last position that they were told. */
async function watcher() {
  const somebody = await visitor(browser, { javaScript: true, origin: shop.origin });
  await somebody.context.addInitScript(() => {
    window.sockets = [];
    window.WebSocket = class extends WebSocket {
      sent = [];

      constructor(address) {
        super(address);
        window.sockets.push(this);
        this.addEventListener('message', ({ data }) => {
          const { epoch, seq } = JSON.parse(data);
          if (seq !== undefined) window.position = { epoch: epoch ?? window.position.epoch, seq };
        });
      }

      send(text) {
        this.sent.push(text);
        if (!window.isMuffled || !text.includes('"subscribe"')) super.send(text);
      }
    };
  });
  return somebody;
}

/** Opens a page and waits until it is told what it asked for. */
async function open(page, address) {
  // The page before it may have had a socket of its own.
  const connected = new Promise((resolve) => {
    page.on('websocket', (socket) => socket.on('framereceived', ({ payload }) => payload.includes('"subscribed"') && resolve()));
  });
  await page.goto(address);
  await connected;
}

/** As if the shop could not say what the page has missed. */
function resync(page) {
  return page.evaluate(() => {
    window.sockets.at(-1).onmessage({ data: JSON.stringify({ op: 'resync', ...window.position }) });
  });
}

/** The place of the kite on a page. */
function kite(page) {
  return page.locator('[data-product]', { has: page.getByRole('heading', { name: KITE }) });
}

/** A price that nobody told the page of: it finds the true one only by looking. */
function forgetPrice(page) {
  return kite(page).evaluate((place) => {
    place.querySelector('.price').textContent = '€0.00';
  });
}

/** What a page fetches by itself goes through these, in turn, and then as always. `count` says how often it did. */
async function meddle(page, address, ...steps) {
  const fetched = { count: 0 };
  await page.route(address, async (route) => {
    if (route.request().resourceType() !== 'xhr') return route.continue();
    fetched.count += 1;
    return (steps.shift() ?? ((one) => one.continue()))(route);
  });
  return fetched;
}

/** A step that keeps an answer back, as it was when it was asked for, until it is let go. */
function late() {
  let letGo;
  let made;
  const goes = new Promise((resolve) => (letGo = resolve));
  const isMade = new Promise((resolve) => (made = resolve));
  const step = async (route) => {
    const response = await route.fetch();
    made();
    await goes;
    await route.fulfill({ response });
  };
  return { step, isMade, letGo };
}

/** From now on the page keeps what is said to screen readers. */
function listen(page) {
  return page.evaluate(() => {
    window.said = [];
    for (const status of document.querySelectorAll('[role="status"]')) {
      new MutationObserver(() => window.said.push(status.textContent)).observe(status, { childList: true });
    }
  });
}

/** Waits until something of this process is so. */
async function until(isSo, what) {
  for (let tries = 0; tries < 150; tries += 1) {
    if (isSo()) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  assert.fail(what);
}

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

async function change(fields) {
  await openProduct(desk, KITE);
  await fill(desk, fields);
  await save(desk);
  await desk.getByRole('main').getByRole('status').waitFor();
}

test('an answer that is older than the news takes nothing back', async () => {
  const customer = await watcher();
  const page = await customer.page();
  const answer = late();
  const fetched = await meddle(page, '**/products/paper-kite', answer.step);
  await open(page, '/products/paper-kite');
  const place = page.locator('.product-buy');
  await change({ 'Sale price': '9.00' });
  await answer.isMade;
  await change({ Price: '12.00', 'Sale price': '' });
  await place.getByText('€12.00').waitFor();
  await place.evaluate((shown) => {
    window.texts = [];
    const look = () => window.texts.push(document.querySelector('.product-buy').textContent);
    new MutationObserver(look).observe(shown.parentElement, { subtree: true, childList: true, characterData: true });
  });
  answer.letGo();
  await until(() => fetched.count > 1, 'the page did not ask for what it had not been told');
  await pause(1000);
  assert.match(await place.textContent(), /€12\.00/);
  assert.deepEqual((await page.evaluate(() => window.texts)).filter((text) => text.includes('9.00')), []);
  assert.equal(fetched.count, 2);
  await customer.close();
});

test('a page that has to look again while it is looking does so afterwards, once', async () => {
  const customer = await watcher();
  const page = await customer.page();
  const answer = late();
  const fetched = await meddle(page, '**/products?*', answer.step);
  await open(page, LIST);
  await resync(page);
  await answer.isMade;
  await resync(page);
  await resync(page);
  answer.letGo();
  await until(() => fetched.count > 1, 'a resync was forgotten');
  await pause(1000);
  assert.equal(fetched.count, 2);
  await customer.close();
});

test('a page that gets no answer asks until it gets one', async () => {
  const customer = await watcher();
  const page = await customer.page();
  const busy = (route) => route.fulfill({ status: 503, body: 'busy' });
  const fetched = await meddle(page, '**/products?*', (route) => route.abort(), busy);
  await open(page, LIST);
  const price = await kite(page).locator('.price').textContent();
  await forgetPrice(page);
  const start = Date.now();
  await resync(page);
  await kite(page).getByText(price).waitFor();
  const took = Date.now() - start;
  assert.equal(fetched.count, 3);
  // 2 seconds, then 4, and up to a quarter of each.
  assert.ok(took >= 6_000, `after ${took} ms`);
  // That there was no answer is in the browser's console, rightly.
  await customer.context.close();
});

test('so does the count of notices', async () => {
  const second = await watcher();
  const page = await second.page();
  await signIn(page);
  await open(page, '/admin/products');
  const fetched = await meddle(page, '**/account/notices', (route) => route.fulfill({ status: 503, body: 'busy' }));
  await change({ Stock: '2' });
  await page.getByRole('status').filter({ hasText: `${KITE}: only 2 left` }).waitFor();
  await page.getByRole('link', { name: 'Notices 1 new notice', exact: true }).waitFor();
  assert.equal(fetched.count, 2);
  await second.context.close();
});

test('a connection that is still being closed does not disturb the one after it', async () => {
  const customer = await watcher();
  const page = await customer.page();
  await open(page, LIST);
  await page.evaluate(() => {
    window.sockets[0].close();
    dispatchEvent(new Event('online'));
  });
  // Long enough for the first one to come back by itself.
  await pause(2000);
  const states = await page.evaluate(() => window.sockets.map((socket) => socket.readyState));
  assert.deepEqual(states, [3, 1]);
  await customer.close();
});

test('whoever is on a card with the keyboard stays there when it is replaced', async () => {
  const customer = await watcher();
  const page = await customer.page();
  await open(page, LIST);
  const price = await kite(page).locator('.price').textContent();
  await forgetPrice(page);
  await kite(page).focus();
  // Out of sight: the page may not jump there.
  await page.evaluate(() => {
    window.before = document.activeElement;
    scrollTo(0, document.body.scrollHeight);
  });
  const scrolled = await page.evaluate(() => scrollY);
  assert.ok(scrolled > 0);
  await resync(page);
  await kite(page).getByText(price).waitFor();
  assert.ok(!(await page.evaluate(() => window.before.isConnected)), 'the card was not replaced');
  assert.ok(await kite(page).evaluate((place) => place === document.activeElement), 'the focus is lost');
  assert.equal(await page.evaluate(() => scrollY), scrolled);
  await customer.close();
});

test('what the bar shows is said, too, and once', async () => {
  const customer = await watcher();
  const page = await customer.page();
  await open(page, LIST);
  await listen(page);
  await createProduct(desk, { Name: 'Box kite', Price: '30.00' });
  await page.getByRole('status').filter({ hasText: '1 new product' }).waitFor();
  // Somebody is on the link while it changes.
  await page.getByRole('link', { name: '1 new product' }).focus();
  await createProduct(desk, { Name: 'Stunt kite', Price: '40.00' });
  await page.getByRole('status').filter({ hasText: '2 new products' }).waitFor();
  assert.equal(await page.evaluate(() => document.activeElement.textContent), '2 new products');
  // A product that the list does not have any more.
  await kite(page).evaluate((place) => {
    place.dataset.product = '999999';
  });
  await resync(page);
  await page.getByRole('status').filter({ hasText: 'This list has changed' }).waitFor();
  await resync(page);
  await pause(1500);
  assert.deepEqual(await page.evaluate(() => window.said), ['1 new product', '2 new products', 'This list has changed']);
  await customer.close();
});

test('whoever is signed out in another window is told so, and goes on after signing in', async () => {
  const second = await watcher();
  const other = await second.page();
  await signIn(other);
  const page = await second.page();
  await page.clock.install();
  await open(page, '/admin/products');
  const notice = page.locator('.live-bar').filter({ hasText: 'You are signed out.' });
  const count = () => page.evaluate(() => window.sockets.length);

  await listen(page);
  await signOut(other);
  await notice.waitFor();
  await page.getByRole('status').filter({ hasText: 'You are signed out.' }).waitFor();
  assert.deepEqual(await accessibilityFaults(page), []);
  await screenshot(page, 'live-signed-out');
  const before = await count();
  await page.clock.fastForward(20_000);
  await pause(500);
  assert.equal(await count(), before, 'it does not wait');
  await page.clock.fastForward(11_000);
  await pause(1500);
  assert.equal(await count(), before + 1, 'it does not try again');
  assert.ok(await notice.isVisible(), 'gone although nobody is signed in');
  assert.deepEqual(await page.evaluate(() => window.said), ['You are signed out. Sign in again']);

  await signIn(other);
  await page.clock.fastForward(31_000);
  await notice.waitFor({ state: 'hidden' });

  await signOut(other);
  await notice.getByRole('link', { name: 'Sign in again' }).click();
  await page.waitForURL(/\/login/);
  await second.close();
});

test('a position told by a connection that watches nothing is not taken', async () => {
  const customer = await watcher();
  const page = await customer.page();
  await open(page, LIST);
  const asked = (index) =>
    page.waitForFunction((at) => window.sockets[at]?.sent.find((text) => text.includes('"subscribe"')), index);
  await page.evaluate(() => {
    window.isMuffled = true;
    window.sockets[0].close();
  });
  await asked(1);
  await page.evaluate(() => {
    window.sockets[1].onmessage({ data: '{"op":"pong","seq":9000000}' });
    window.isMuffled = false;
    window.sockets[1].close();
  });
  const { since } = JSON.parse(await (await asked(2)).jsonValue());
  assert.ok(since < 9_000_000, `${since}`);
  await customer.close();
});

test('the script of every public page is small', async () => {
  const script = await readFile(new URL('../../static/live.js', import.meta.url));
  const size = gzipSync(script, { level: 9 }).length;
  assert.ok(size <= MOST_BYTES, `${size} bytes`);
});
