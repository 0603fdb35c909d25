// A customer on a phone and at a desk, without JavaScript: browse, filter, search, get lost.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { DESKTOP, PHONE, launchChromium, screenshot, visitor } from './support/chromium.mjs';
import { arrive, cardNames, cardPrices, cards, openCatalog, openFilters, search, status, wayOn } from './support/pages.mjs';
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

for (const width of [PHONE, DESKTOP]) {
  /** Runs the steps on a page of a new visitor, then checks that the browser had nothing to complain of. */
  const walk = (name, steps) =>
    test(`${name} (${width} px)`, async () => {
      const customer = await visitor(browser, { width, origin: shop.origin });
      await steps(await customer.page());
      await customer.close();
    });

  walk('a customer goes from the front door to a product', async (page) => {
    await openCatalog(page);
    const name = (await cardNames(page))[0];
    await cards(page).first().click();
    await arrive(page, name);
    assert.match(page.url(), /\/products\/[^/?]+$/);
    const picture = page.getByRole('main').getByRole('img').first();
    await picture.scrollIntoViewIfNeeded();
    assert.ok(await picture.evaluate((image) => image.decode().then(() => image.naturalWidth > 0)), 'no picture');
    await screenshot(page, `no-javascript-product-${width}`);
  });

  walk('filters narrow the list, and stay filled in', async (page) => {
    await openCatalog(page);
    let filter = await openFilters(page);
    const category = (await filter.getByLabel('Category').locator('option').allInnerTexts())[1];
    await filter.getByLabel('Category').selectOption({ label: category });
    await filter.getByLabel('Minimum price').fill('1');
    await filter.getByLabel('Maximum price').fill('100000');
    await filter.getByLabel('In stock only').check();
    await filter.getByLabel('Sort by').selectOption('price');
    await filter.getByRole('button', { name: 'Apply' }).click();
    await page.waitForURL(/[?&]category=/);

    const prices = await cardPrices(page);
    assert.ok(prices.length > 0, 'nothing in that category');
    assert.deepEqual(prices, prices.toSorted((a, b) => a - b), 'not sorted by price');
    filter = await openFilters(page);
    assert.equal(await filter.getByLabel('Minimum price').inputValue(), '1');
    assert.ok(await filter.getByLabel('In stock only').isChecked());

    const cheapest = prices[0];
    await filter.getByLabel('Maximum price').fill(cheapest.toFixed(2));
    await filter.getByRole('button', { name: 'Apply' }).click();
    await page.waitForURL(/max_price=(?!100000)/);
    assert.ok((await cardPrices(page)).every((price) => price <= cheapest), 'dearer than asked for');
  });

  walk('the search box finds a product by a word of its name', async (page) => {
    await openCatalog(page);
    const name = (await cardNames(page))[0];
    await search(page, name);
    assert.ok((await cardNames(page)).includes(name), `${name} was not found`);
  });

  walk('a search that finds nothing offers a way on', async (page) => {
    await page.goto('/');
    await search(page, 'zzyzx qwrtp');
    assert.equal(await cards(page).count(), 0);
    assert.equal(await wayOn(page), 200);
  });

  walk('an address that does not exist answers 404 and offers a way on', async (page) => {
    assert.equal(await status(page, '/products/no-such-product'), 404);
    assert.equal(await status(page, '/no/such/page'), 404);
    assert.equal(await wayOn(page), 200);
  });
}
