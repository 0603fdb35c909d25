// Every kind of page against WCAG 2.2 AA, light and dark, on a phone and at a desk; no page scrolls
// sideways; the keyboard is enough. With JavaScript on, which axe-core needs.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  DESKTOP, PHONE, accessibilityFaults, launchChromium, screenshot, sidewaysScroll, visitor,
} from './support/chromium.mjs';
import {
  arrive, card, cardNames, fill, openCatalog, openProduct, save, setUpOwner, signIn,
} from './support/pages.mjs';
import { LANTERN } from './support/picture.mjs';
import { startShop } from './support/shop.mjs';

let shop;
let browser;
const pages = {
  home: '/',
  list: '/products',
  'list-filtered': '/products?tag=gift&in_stock=true&attr.height.min=1',
  'list-slip': '/products?min_price=abc&attr.height.max=tall',
  'list-empty': '/products?tag=gift&min_price=99999',
  'empty-search': '/search?q=zzyzx',
  'search-misspelt': '/search?q=lantren',
  'search-narrowed': '/search?q=lamp&in_stock=true&max_price=500',
  'search-blank': '/search',
  'text-page': '/pages/about',
  'text-pages': '/pages',
  '404': '/no/such/page',
  docs: '/docs',
  'sign-in': '/login',
};
const ownersPages = {
  'admin-table': '/admin/products',
  'admin-new': '/admin/products/new',
  'admin-categories': '/admin/categories',
  'admin-category': '/admin/categories/1',
  'admin-merge': '/admin/categories/1/merge',
  'admin-term-delete': '/admin/categories/1/delete',
  'admin-attribute-delete': '/admin/attributes/1/delete',
  'admin-brands': '/admin/brands',
  'admin-tags': '/admin/tags',
  'admin-attributes': '/admin/attributes',
  'admin-system': '/admin/system',
  'admin-people': '/admin/people',
  'admin-person': '/admin/people/1',
  'admin-person-erase': '/admin/people/1/erase',
  'admin-keys': '/admin/keys',
  account: '/account',
  'admin-search': '/admin/search',
  'admin-synonyms': '/admin/search/synonyms',
  'admin-synonym-new': '/admin/search/synonyms/new?query=settee',
  'admin-redirect-new': '/admin/search/redirects/new?query=gift',
  'admin-attribute': '/admin/attributes/1',
  'admin-attribute-new': '/admin/attributes/new',
  'admin-pages': '/admin/pages',
  'admin-page': '/admin/pages/1',
  'admin-page-new': '/admin/pages/new',
  'admin-page-delete': '/admin/pages/1/delete',
  'proposal-new': '/submit',
  'proposal-own': '/submit/1',
  'proposals-own': '/account/proposals',
  'proposals-queue': '/admin/submissions',
  'proposal-case': '/admin/submissions/1',
  notices: '/account/notices',
  'admin-batch': '/admin/history?batch=demo',
  'admin-batch-undo': '/admin/batches/demo/undo',
};

before(async () => {
  shop = await startShop();
  browser = await launchChromium();

  // Which products there are is the demo shop's affair: the addresses are found by walking.
  const owner = await visitor(browser, { origin: shop.origin });
  const page = await owner.page();
  await setUpOwner(page, shop.setupLink);
  await openCatalog(page);
  const name = (await cardNames(page))[0];
  pages.search = `/search?q=${encodeURIComponent(name)}`;
  await card(page, name).click();
  await page.waitForURL(/\/products\/[^/?]+$/);
  pages.product = new URL(page.url()).pathname;
  await openProduct(page, name);
  ownersPages['admin-edit'] = new URL(page.url()).pathname;
  // Two changes of one field: the later one can be undone at once, the earlier one asks.
  for (const price of ['12.34', '23.45']) {
    await fill(page, { Price: price });
    await save(page);
    await page.getByRole('main').getByRole('status').waitFor();
    await page.goto(ownersPages['admin-edit']);
  }
  await page.getByRole('link', { name: 'History', exact: true }).last().click();
  await arrive(page, /^History of/);
  const undo = page.getByRole('link', { name: /^Undo what was done/ });
  ownersPages['admin-history'] = new URL(page.url()).pathname;
  ownersPages['admin-history-of-one'] = new URL(page.url()).pathname + new URL(page.url()).search;
  ownersPages['admin-undo'] = await undo.nth(0).getAttribute('href');
  ownersPages['admin-undo-merge'] = await undo.nth(1).getAttribute('href');
  ownersPages['admin-undo-removal'] = await undo.nth(2).getAttribute('href');
  await page.goto('/submit');
  await fill(page, { Name: 'Driftwood lantern', Price: '64.5', Description: 'Forty centimetres of beach.' });
  await page.getByLabel('Add pictures').setInputFiles({ name: 'lantern.png', mimeType: 'image/png', buffer: LANTERN });
  await page.getByRole('button', { name: 'Send for review' }).click();
  await page.waitForURL('**/submit/1?done=sent');
  await owner.close();
});

after(async () => {
  await browser?.close();
  assert.equal(await shop?.stop(), 0, 'the shop did not stop in order');
});

async function inspect(page, name, address, width) {
  await page.goto(address);
  await page.getByRole('heading', { level: 1 }).waitFor();
  await screenshot(page, name);
  assert.deepEqual(await accessibilityFaults(page), [], `${address} breaks WCAG 2.2 AA`);
  assert.equal(await sidewaysScroll(page), 0, `${address} scrolls sideways at ${width} px`);
}

for (const width of [PHONE, DESKTOP]) {
  for (const dark of [false, true]) {
    const look = dark ? 'dark' : 'light';
    test(`every page is accessible (${width} px, ${look})`, async (t) => {
      const guest = await visitor(browser, { width, dark, javaScript: true, origin: shop.origin });
      const page = await guest.page();
      for (const [name, address] of Object.entries(pages)) {
        await t.test(name, () => inspect(page, `${name}-${width}-${look}`, address, width));
      }
      await signIn(page);
      for (const [name, address] of Object.entries(ownersPages)) {
        await t.test(name, () => inspect(page, `${name}-${width}-${look}`, address, width));
      }
      await guest.close();
    });
  }
}

test('the first Tab offers to skip to the content', async () => {
  const guest = await visitor(browser, { javaScript: true, origin: shop.origin });
  const page = await guest.page();
  await page.goto('/products');
  await page.keyboard.press('Tab');
  const skip = page.getByRole('link', { name: /^Skip to/ });
  assert.ok(await skip.evaluate((link) => link === document.activeElement), 'the skip link is not first');
  assert.ok(await skip.evaluate((link) => link.getBoundingClientRect().top >= 0), 'the skip link is out of sight');
  await page.keyboard.press('Enter');
  await page.keyboard.press('Tab');
  assert.ok(
    await page.getByRole('main').evaluate((main) => main.contains(document.activeElement)),
    'the next Tab is not inside the content',
  );
  await guest.close();
});

test('every stop of the Tab key is seen', async () => {
  const guest = await visitor(browser, { javaScript: true, origin: shop.origin });
  const page = await guest.page();
  await page.goto('/products');
  for (let stop = 1; stop <= 15; stop += 1) {
    await page.keyboard.press('Tab');
    const focus = await page.evaluate(() => {
      const element = document.activeElement;
      const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(element);
      const marked = (outlineStyle !== 'none' && parseFloat(outlineWidth) > 0) || boxShadow !== 'none';
      return { marked, what: element.outerHTML.slice(0, 120) };
    });
    assert.ok(focus.marked, `stop ${stop} does not show its focus: ${focus.what}`);
  }
  await guest.close();
});
