// The owner, without JavaScript: set up the shop, sign in, edit and see the change outside; mistakes,
// two tabs at once, deleting and restoring. The steps build on each other, in this order.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { DESKTOP, PHONE, launchChromium, screenshot, visitor } from './support/chromium.mjs';
import {
  arrive, card, cardNames, createProduct, field, fill, openCatalog, openProduct, save, setUpOwner, signIn, signOut,
  status,
} from './support/pages.mjs';
import { startShop } from './support/shop.mjs';

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

/** Runs the steps on a signed-in page, and gives them the visitor for further pages. */
async function asOwner(width, steps) {
  const owner = await visitor(browser, { width, origin: shop.origin });
  const page = await owner.page();
  await signIn(page);
  await steps(page, owner);
  await owner.close();
}

test('the one-time link makes the owner, once', async () => {
  const owner = await visitor(browser, { origin: shop.origin });
  const page = await owner.page();
  await setUpOwner(page, shop.setupLink);
  await signOut(page);
  await page.goto('/admin/products');
  await page.waitForURL(/\/login/);
  assert.ok((await status(page, shop.setupLink)) >= 400, 'the link worked twice');
  await owner.close();
});

test('a wrong password does not sign in, and keeps the e-mail', async () => {
  const stranger = await visitor(browser, { origin: shop.origin });
  const page = await stranger.page();
  await page.goto('/login');
  await page.getByLabel('E-mail').fill('olive@shop.example');
  await page.getByLabel('Password').fill('not the password');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('alert').waitFor();
  assert.equal(await page.getByLabel('E-mail').inputValue(), 'olive@shop.example');
  await stranger.close();
});

for (const [width, price] of [[PHONE, '1234.56'], [DESKTOP, '2345.67']]) {
  test(`a new price is on the public page at once (${width} px)`, () =>
    asOwner(width, async (page, owner) => {
      const publicPage = await owner.page();
      await openCatalog(publicPage);
      const name = (await cardNames(publicPage))[0];

      await openProduct(page, name);
      await fill(page, { Price: price });
      await save(page);
      await page.getByRole('main').getByRole('status').waitFor();
      await screenshot(page, `no-javascript-saved-${width}`);

      await card(publicPage, name).click();
      await arrive(publicPage, name);
      const shown = (await publicPage.getByRole('main').innerText()).replaceAll(',', '');
      assert.ok(shown.includes(price), `${price} is not on the page of ${name}`);
    }));
}

test('a refused form names the faults and keeps what was typed', () =>
  asOwner(PHONE, async (page) => {
    await createProduct(page, { Name: '', Price: 'about ten', Description: 'typed at length' });
    const summary = page.getByRole('alert');
    await summary.waitFor();
    assert.equal(await field(page, 'Price').inputValue(), 'about ten');
    assert.equal(await field(page, 'Description').inputValue(), 'typed at length');
    for (const label of ['Name', 'Price']) {
      assert.equal(await field(page, label).getAttribute('aria-invalid'), 'true', `${label} is not marked`);
      const described = (await field(page, label).getAttribute('aria-describedby')).split(' ');
      const hint = await Promise.all(described.map((id) => page.locator(`[id="${id}"]`).innerText()));
      assert.ok(hint.join('').trim().length > 0, `${label} does not say what is wrong`);
      assert.ok(await summary.getByRole('link', { name: label }).count(), `the summary leaves out ${label}`);
    }
    await screenshot(page, 'no-javascript-refused-form');

    await fill(page, { Name: 'Paper kite', Price: '19.90' });
    await save(page);
    await page.getByRole('main').getByRole('status').waitFor();
    await openProduct(page, 'Paper kite');
    assert.equal(await field(page, 'Description').inputValue(), 'typed at length');
  }));

test('two tabs that change one product: the second sees both sides', () =>
  asOwner(DESKTOP, async (first, owner) => {
    await openProduct(first, 'Paper kite');
    const second = await owner.page();
    await second.goto(first.url());

    await fill(first, { Price: '21.50' });
    await save(first);
    await first.getByRole('main').getByRole('status').waitFor();
    await fill(second, { Price: '23.75', Brand: 'Windward' });
    await save(second);

    await arrive(second, /changed while you were editing/);
    const page = await second.getByRole('main').innerHTML();
    for (const side of ['21.50', '23.75', 'Windward']) assert.ok(page.includes(side), `${side} is missing`);
    await screenshot(second, 'no-javascript-conflict');
  }));

test('a deleted product is gone outside, and comes back when restored', () =>
  asOwner(DESKTOP, async (page, owner) => {
    await openProduct(page, 'Paper kite');
    const address = `/products/${await field(page, 'Slug').inputValue()}`;
    const publicPage = await owner.page();
    assert.equal(await status(publicPage, address), 200);

    await page.getByRole('button', { name: 'Delete' }).click();
    await arrive(page, /delete/i);
    await page.getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('main').getByRole('status').waitFor();
    assert.equal(await status(publicPage, address), 404);

    await page.goto('/admin/products');
    await page.getByRole('link', { name: 'Deleted' }).click();
    await page.getByRole('row', { name: /Paper kite/ }).getByRole('button', { name: 'Restore' }).click();
    await page.getByRole('main').getByRole('status').waitFor();
    assert.equal(await status(publicPage, address), 200);
  }));
