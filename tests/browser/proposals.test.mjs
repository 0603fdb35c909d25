// A stranger proposes a product, without JavaScript: registers, sends it, answers what is asked, and finds it on the list;
// the shop decides, and the history takes it back. The steps build on each other, in this order.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { DESKTOP, PHONE, launchChromium, screenshot, visitor } from './support/chromium.mjs';
import { arrive, cardNames, openCatalog, openRoom, setUpOwner } from './support/pages.mjs';
import { startShop } from './support/shop.mjs';

const PRODUCT = 'Driftwood lamp';

let shop;
let browser;
let maker; // on a phone
let owner; // at a desk

before(async () => {
  shop = await startShop({ VITRINE__SUBMISSIONS__REGISTRATION: 'open' });
  browser = await launchChromium();
  const stranger = await visitor(browser, { width: PHONE, origin: shop.origin });
  maker = await stranger.page();
  const person = await visitor(browser, { width: DESKTOP, origin: shop.origin });
  owner = await person.page();
  // Nobody registers before the shop has its owner.
  await setUpOwner(owner, shop.setupLink);
});

after(async () => {
  await browser?.close();
  assert.equal(await shop?.stop(), 0, 'the shop did not stop in order');
});

function press(page, name) {
  return page.getByRole('button', { name, exact: true }).click();
}

test('a stranger finds the way in, and registers', async () => {
  await maker.goto('/');
  await maker.getByRole('contentinfo').getByRole('link', { name: 'Propose a product' }).click();
  await arrive(maker, 'Register');
  await screenshot(maker, 'proposal-register-phone');
  await maker.getByLabel('Your name').fill('Mika Maker');
  await maker.getByLabel('E-mail').fill('mika@maker.example');
  await maker.getByLabel('Password').fill('driftwood from the beach');
  await press(maker, 'Register');
  await arrive(maker, 'Propose a product');
});

test('what is wrong with a proposal is named, and nothing typed is lost', async () => {
  await maker.getByLabel('Name').fill(PRODUCT);
  await maker.getByLabel('Price').fill('cheap');
  await maker.getByLabel('Message to the shop').fill('We make these by hand.');
  await press(maker, 'Send for review');
  await maker.getByRole('alert').getByRole('link', { name: /^Price/ }).waitFor();
  assert.equal(await maker.getByLabel('Name').inputValue(), PRODUCT);
  assert.equal(await maker.getByLabel('Message to the shop').inputValue(), 'We make these by hand.');
  await screenshot(maker, 'proposal-form-phone');
  await maker.getByLabel('Price').fill('64.5');
  await press(maker, 'Send for review');
  await maker.getByRole('status').filter({ hasText: 'Sent.' }).waitFor();
});

test('the shop asks for a change', async () => {
  await owner.goto('/admin/products');
  await openRoom(owner, 'People', 'Proposals');
  await arrive(owner, 'Proposals');
  await screenshot(owner, 'proposal-queue-desktop');
  await owner.getByRole('link', { name: PRODUCT }).click();
  await owner.getByText('We make these by hand.').waitFor();
  await owner.getByLabel('Message to the author').fill('How tall is it?');
  await screenshot(owner, 'proposal-case-desktop');
  await press(owner, 'Ask for changes');
  await owner.getByRole('status').filter({ hasText: 'Sent back' }).waitFor();
});

test('its maker is told, and answers', async () => {
  await maker.getByRole('link', { name: 'My proposals' }).first().click();
  await arrive(maker, 'My proposals');
  await screenshot(maker, 'proposal-list-phone');
  await maker.getByRole('link', { name: 'Notices 1 new notice' }).click();
  await maker.getByText('needs a change').waitFor();
  await screenshot(maker, 'notices-phone');
  await maker.getByRole('link', { name: 'Proposal 1' }).click();
  await maker.getByText('How tall is it?').waitFor();
  await maker.getByLabel('Description').fill('Forty centimetres of beach.');
  await maker.getByLabel('Message to the shop').fill('40 cm. It says so now.');
  await screenshot(maker, 'proposal-answer-phone');
  await press(maker, 'Send again');
  await maker.getByRole('status').filter({ hasText: 'Sent.' }).waitFor();
});

test('what is approved is on the list, and the history takes it back', async () => {
  await owner.goto('/admin/submissions');
  await owner.getByRole('link', { name: PRODUCT }).click();
  await owner.getByText('40 cm. It says so now.').waitFor();
  await press(owner, 'Approve');
  await owner.getByRole('status').filter({ hasText: 'Approved' }).waitFor();
  await openCatalog(maker);
  assert.ok((await cardNames(maker)).includes(PRODUCT), 'it is not on the list');

  await owner.getByRole('link', { name: 'Its history' }).click();
  await owner.getByRole('link', { name: /^Undo/ }).first().click();
  await owner.getByRole('main').getByRole('button').first().click();
  await owner.getByRole('main').getByRole('status').waitFor();
  await openCatalog(maker);
  assert.ok(!(await cardNames(maker)).includes(PRODUCT), 'it is still on the list');
});
