// What people are told while a page is open: who decides hears of proposals, their author of what was decided.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { PHONE, accessibilityFaults, launchChromium, screenshot, sidewaysScroll, visitor } from './support/chromium.mjs';
import { arrive, setUpOwner } from './support/pages.mjs';
import { startShop } from './support/shop.mjs';

/** From the answer to a form until somebody else's page shows it. */
const AT_ONCE_MS = 300;

let shop;
let browser;
let people = [];
let desk; // of the owner, who decides
let maker; // of a stranger, on a phone

before(async () => {
  shop = await startShop({ VITRINE__SUBMISSIONS__REGISTRATION: 'open' });
  browser = await launchChromium();
  const owner = await visitor(browser, { javaScript: true, origin: shop.origin });
  const stranger = await visitor(browser, { javaScript: true, width: PHONE, dark: true, origin: shop.origin });
  people = [owner, stranger];
  desk = await owner.page();
  await setUpOwner(desk, shop.setupLink);
  maker = await stranger.page();
  await maker.goto('/register');
  await maker.getByLabel('Your name').fill('Mika Maker');
  await maker.getByLabel('E-mail').fill('mika@maker.example');
  await maker.getByLabel('Password').fill('driftwood from the beach');
  await press(maker, 'Register');
  await arrive(maker, 'Propose a product');
});

after(async () => {
  for (const person of people) await person.close();
  await browser?.close();
  assert.equal(await shop?.stop(), 0, 'the shop did not stop in order');
});

function press(page, name) {
  return page.getByRole('button', { name, exact: true }).click();
}

/** Opens a page that is then connected, and would know if it were loaded anew. */
async function watch(page, address, { tellsItsPosition }) {
  const connected = page.waitForEvent('websocket').then((socket) =>
    socket.waitForEvent('framereceived', { predicate: ({ payload }) => payload.includes('"subscribed"') }),
  );
  // Without it, what came before the page was connected is asked for once.
  const asked = tellsItsPosition || page.waitForResponse((response) => response.request().resourceType() === 'xhr');
  await page.goto(address);
  await connected;
  await asked;
  await page.evaluate(() => {
    window.sameDocument = true;
  });
}

/** When a text comes to stand on a page: a time of this machine's clock. */
function shownAt(page, text) {
  return page.evaluate(
    (text) =>
      new Promise((resolve) => {
        const look = () => document.body.innerText.includes(text) && resolve(Date.now());
        new MutationObserver(look).observe(document.body, { subtree: true, childList: true, characterData: true });
        look();
      }),
    text,
  );
}

/** Presses a button; how long another page takes from the answer until it shows the text. */
async function until(page, button, other, text) {
  const shown = shownAt(other, text);
  const answered = page.waitForResponse((response) => response.request().method() === 'POST').then(() => Date.now());
  await press(page, button);
  return (await shown) - (await answered);
}

async function propose(name, text) {
  await maker.goto('/submit');
  await maker.getByLabel('Name').fill(name);
  await maker.getByLabel('Price').fill('10');
  return until(maker, 'Send for review', desk, text);
}

test('who decides sees on an open page what was handed in, at once', async () => {
  await watch(desk, '/admin/products', { tellsItsPosition: true });
  const delays = [
    await propose('Driftwood lamp', 'Proposal 1 was handed in'),
    await propose('Seaweed basket', 'Proposal 2 was handed in'),
    await propose('Shell bowl', 'Proposal 3 was handed in'),
    await propose('Net hammock', 'Proposal 4 was handed in'),
    await propose('Sailcloth bag', 'Proposal 5 was handed in'),
  ].sort((a, b) => a - b);
  console.log(`# shown ${delays.join(', ')} ms after the form was answered`);
  assert.ok(delays[2] <= AT_ONCE_MS, `${delays} ms`);
  await desk.getByRole('link', { name: 'Notices 5 new notices', exact: true }).waitFor();
  await desk.getByRole('status').filter({ hasText: 'Proposal 5 was handed in' }).waitFor();
  assert.ok(await desk.evaluate(() => window.sameDocument), 'it was loaded anew');
  assert.deepEqual(await accessibilityFaults(desk), []);
  await screenshot(desk, 'notices-live-desktop');
});

test('an author sees what was decided, in the inbox that is open', async () => {
  await watch(maker, '/account/notices', { tellsItsPosition: false });
  await desk.getByRole('link', { name: 'Notices 5 new notices', exact: true }).click();
  await arrive(desk, 'Notices');
  await desk.getByRole('link', { name: 'Proposal 1', exact: true }).click();
  await desk.getByLabel('Message to the author').fill('How tall is it?');
  const delay = await until(desk, 'Ask for changes', maker, 'New: Proposal 1 needs a change');
  console.log(`# shown ${delay} ms after the form was answered`);
  await maker.getByRole('link', { name: 'Notices 1 new notice', exact: true }).waitFor();
  assert.ok(await maker.evaluate(() => window.sameDocument), 'it was loaded anew');
  assert.deepEqual(await accessibilityFaults(maker), []);
  assert.equal(await sidewaysScroll(maker), 0);
  await screenshot(maker, 'notices-live-phone');
  // What is decided waits for nobody any more.
  await desk.getByRole('link', { name: 'Notices 4 new notices', exact: true }).waitFor();
});

test('what is read is read on the page that was told of it, too', async () => {
  await press(maker, 'Mark all as read');
  await arrive(maker, 'Notices');
  await maker.getByText('0 unread').waitFor();
  await maker.getByRole('link', { name: 'Notices', exact: true }).waitFor();
});

/** Words that stand on more than one line. */
function brokenWords(page) {
  return page.evaluate(() => {
    const broken = [];
    const texts = document.createTreeWalker(document.querySelector('main'), NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
      for (const { 0: word, index } of texts.currentNode.data.matchAll(/\S+/g)) {
        const range = document.createRange();
        range.setStart(texts.currentNode, index);
        range.setEnd(texts.currentNode, index + word.length);
        if (new Set([...range.getClientRects()].map((line) => Math.round(line.top))).size > 1) broken.push(word);
      }
    }
    return broken;
  });
}

test('no word of the queue is broken on a narrow phone', async () => {
  await desk.goto('/admin/submissions?state=all');
  for (const width of [320, 360]) {
    await desk.setViewportSize({ width, height: 800 });
    assert.deepEqual(await brokenWords(desk), [], `at ${width} px`);
    assert.equal(await sidewaysScroll(desk), 0, `at ${width} px`);
    await screenshot(desk, `proposal-queue-${width}`);
  }
  await maker.setViewportSize({ width: 320, height: 800 });
  for (const [name, address] of [['list', '/account/proposals'], ['notices', '/account/notices']]) {
    await maker.goto(address);
    assert.deepEqual(await brokenWords(maker), [], address);
    assert.equal(await sidewaysScroll(maker), 0, address);
    await screenshot(maker, `proposal-${name}-320-dark`);
  }
});
