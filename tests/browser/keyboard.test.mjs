// Whole ways through the shop with nothing but the keyboard, on a phone and at a desk: once without JavaScript, and once
// in the dark with JavaScript, where axe-core looks at each page on the way.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { DESKTOP, PHONE, accessibilityFaults, launchChromium, screenshot, sidewaysScroll, visitor } from './support/chromium.mjs';
import { choose, press, tabTo, tick, write, writeTime } from './support/keyboard.mjs';
import {
  OWNER, arrive, card, cardNames, cardPrices, cards, chips, facts, field, openFilters, setUpOwner, status,
} from './support/pages.mjs';
import { startShop } from './support/shop.mjs';

let shop;
let browser;
/** A product on sale: what the customer is after. Which one it is, is the demo shop's affair. */
let wanted;

before(async () => {
  shop = await startShop();
  browser = await launchChromium();
  const guest = await visitor(browser, { origin: shop.origin });
  const page = await guest.page();
  const sale = '/products?on_sale=true';
  await page.goto(sale);
  const [names, prices] = [await cardNames(page), await cardPrices(page)];
  for (let index = 0; index < names.length && !wanted?.Material; index += 1) {
    await page.goto(sale);
    await card(page, names[index]).click();
    await arrive(page, names[index]);
    wanted = { name: names[index], price: prices[index], ...(await facts(page)) };
  }
  await setUpOwner(page, shop.setupLink);
  await guest.close();
});

after(async () => {
  await browser?.close();
  assert.equal(await shop?.stop(), 0, 'the shop did not stop in order');
});

/** Runs the steps for each kind of visitor. `look` is what they see of a page before they go on. */
function walk(name, steps) {
  for (const width of [PHONE, DESKTOP]) {
    for (const javaScript of [false, true]) {
      const kind = javaScript ? 'dark' : 'no-javascript';
      test(`${name} (${width} px, ${kind})`, async () => {
        const person = await visitor(browser, { width, javaScript, dark: javaScript, origin: shop.origin });
        const look = async (page, what) => {
          await screenshot(page, `keyboard-${what}-${width}-${kind}`);
          assert.equal(await sidewaysScroll(page), 0, `${page.url()} scrolls sideways at ${width} px`);
          if (javaScript) assert.deepEqual(await accessibilityFaults(page), [], `${page.url()} breaks WCAG 2.2 AA`);
        };
        await steps({ page: await person.page(), person, look, own: `${width} ${kind}` });
        await person.close();
      });
    }
  }
}

const unfold = (page) => openFilters(page, (link) => press(page, link));

walk('a customer narrows the list and takes the filters away again', async ({ page, look }) => {
  await page.goto('/');
  await press(page, page.getByRole('navigation', { name: 'Categories' }).getByRole('link', { name: 'All products' }));
  await page.waitForURL('**/products');
  const filter = await unfold(page);
  await look(page, 'unfolded');
  await choose(page, filter.getByLabel('Category'), wanted.Category);
  await choose(page, filter.getByLabel('Brand'), wanted.brand);
  await write(page, filter.getByLabel('Maximum price'), wanted.price.toFixed(2));
  await tick(page, filter.getByLabel('On sale only'));
  await press(page, filter.getByText(/^More filters/));
  await tick(page, filter.getByRole('group', { name: 'Material' }).getByLabel(new RegExp(`^${wanted.Material}( \\(\\d+\\))?$`)));
  await press(page, filter.getByRole('button', { name: 'Apply' }));
  await page.waitForURL(/[?&]brand=\w/);
  assert.deepEqual(await cardNames(page), [wanted.name]);
  await look(page, 'narrowed');

  let words = await chips(page).allInnerTexts();
  assert.equal(words.length, 5, `not every filter has a chip: ${words}`);
  while (words.length > 1) {
    await press(page, chips(page).first());
    await page.waitForURL((address) => address.searchParams.size === words.length - 1);
    const left = await chips(page).allInnerTexts();
    assert.deepEqual(left, words.slice(1), 'another filter went along');
    assert.ok((await cardNames(page)).includes(wanted.name), 'fewer filters find less');
    words = left;
  }
  await press(page, chips(page).first());
  await page.waitForURL('**/products');
});

walk('a customer sorts, pages forth and back, opens a product and returns by its breadcrumb', async ({ page, look }) => {
  await page.goto('/products');
  const filter = await unfold(page);
  await choose(page, filter.getByLabel('Sort by'), 'Price, low to high');
  await press(page, filter.getByRole('button', { name: 'Apply' }));
  await page.waitForURL(/sort=price/);
  const first = await cardNames(page);
  const prices = await cardPrices(page);
  assert.deepEqual(prices, prices.toSorted((a, b) => a - b));

  await press(page, page.getByRole('link', { name: 'Next page' }));
  await page.waitForURL(/page=2/);
  const second = await cardNames(page);
  assert.equal(new Set([...first, ...second]).size, first.length + second.length, 'a product is on both pages');
  assert.ok((await cardPrices(page))[0] >= prices.at(-1), 'the second page is not in order');
  await press(page, page.getByRole('link', { name: 'Previous page' }));
  await page.waitForURL((address) => !address.searchParams.has('page'));
  assert.deepEqual(await cardNames(page), first);

  await press(page, cards(page).first());
  await arrive(page, first[0]);
  await look(page, 'product');
  const crumb = page.getByRole('navigation', { name: 'Breadcrumb' }).getByRole('link').last();
  const category = await crumb.innerText();
  await press(page, crumb);
  await arrive(page, category);
  assert.ok((await cardNames(page)).includes(first[0]), `${first[0]} is not in ${category}`);
});

walk('a slip in a filter is told, and mended where it stands', async ({ page, look }) => {
  await page.goto('/products');
  const filter = await unfold(page);
  await write(page, filter.getByLabel('Minimum price'), 'about ten');
  await choose(page, filter.getByLabel('Brand'), wanted.brand);
  await page.keyboard.press('Tab');
  await press(page, filter.getByRole('button', { name: 'Apply' }));
  await page.getByRole('alert').waitFor();
  await look(page, 'slip');
  assert.equal(await filter.getByLabel('Minimum price').inputValue(), 'about ten');

  await press(page, page.getByRole('alert').getByRole('link', { name: /^Minimum price/ }));
  await write(page, filter.getByLabel('Minimum price'), '1');
  await press(page, filter.getByRole('button', { name: 'Apply' }));
  await page.waitForURL(/min_price=1(&|$)/);
  assert.ok((await cardNames(page)).includes(wanted.name), 'the brand was lost');
});

walk('an empty list leads to a list that has something', async ({ page, look }) => {
  await page.goto('/products');
  const filter = await unfold(page);
  await choose(page, filter.getByLabel('Brand'), wanted.brand);
  await write(page, filter.getByLabel('Minimum price'), '99999');
  await press(page, filter.getByRole('button', { name: 'Apply' }));
  await page.getByRole('heading', { name: 'Nothing fits' }).waitFor();
  await look(page, 'nothing-fits');
  await press(page, page.getByRole('link', { name: /^Without “From/ }));
  await page.waitForURL((address) => !address.searchParams.has('min_price'));
  assert.ok((await cardNames(page)).includes(wanted.name));
});

async function signIn(page) {
  await page.goto('/login');
  await write(page, page.getByLabel('E-mail'), OWNER.email);
  await write(page, page.getByLabel('Password'), OWNER.password);
  await press(page, page.getByRole('button', { name: 'Sign in' }));
  await page.getByRole('button', { name: 'Sign out' }).waitFor();
}

/** Saves a form and waits for the word that it is saved. */
async function save(page, button = 'Save') {
  await press(page, page.getByRole('main').getByRole('button', { name: button, exact: true }));
  await page.getByRole('main').getByRole('status').waitFor();
}

/** Follows a link of the owner's content to the page with this headline. */
async function follow(page, name, headline) {
  await press(page, page.getByRole('main').getByRole('link', { name, exact: true }));
  await arrive(page, headline);
}

async function findInTable(page, name) {
  await page.goto('/admin/products');
  const box = page.getByRole('main').getByRole('searchbox', { name: 'Search products' });
  await write(page, box, name);
  await page.keyboard.press('Enter');
  await page.waitForURL(/[?&]q=/);
  return page.getByRole('row', { name: new RegExp(name) });
}

walk('the owner makes an attribute and a product with a sale that is not yet shown, then shows it', async ({ page, person, look, own }) => {
  const [finish, kite] = [`Finish ${own}`, `Kite ${own}`];
  await signIn(page);
  await page.goto('/admin/attributes');
  await follow(page, 'New attribute', 'New attribute');
  await write(page, field(page, 'Name'), finish);
  await choose(page, field(page, 'Kind'), 'Choice');
  await write(page, field(page, 'Choices'), 'Matt\nGloss');
  await look(page, 'attribute');
  await save(page);

  await page.goto('/admin/products');
  await follow(page, 'New product', 'New product');
  await write(page, field(page, 'Name'), kite);
  await write(page, field(page, finish), 'Gloss');
  await writeTime(page, field(page, 'Visible from'), { month: '01', day: '02', year: '2037', hour: '09', minute: '30', half: 'AM' });
  await write(page, field(page, 'Price'), '30.00');
  await write(page, field(page, 'Sale price'), '20.00');
  await writeTime(page, field(page, 'Sale starts'), { month: '01', day: '02', year: '2020', hour: '09', minute: '30', half: 'PM' });
  await write(page, field(page, 'Stock'), '2');
  await save(page);
  await look(page, 'new-product');

  await findInTable(page, kite);
  await follow(page, kite, kite);
  assert.equal(await field(page, 'Visible from').inputValue(), '2037-01-02T09:30');
  assert.equal(await field(page, 'Sale starts').inputValue(), '2020-01-02T21:30');
  const address = `/products/${await field(page, 'Slug').inputValue()}`;
  const outside = await person.page();
  assert.equal(await status(outside, address), 404, 'it is shown before its time');
  await writeTime(page, field(page, 'Visible from'), { month: '01', day: '02', year: '2020', hour: '09', minute: '30', half: 'AM' });
  await save(page);
  assert.equal(await status(outside, address), 200);
  const shown = await outside.getByRole('main').innerText();
  for (const words of ['20.00', '30.00', finish, 'Gloss']) assert.ok(shown.includes(words), `${words} is not on its page`);
});

walk('the owner counts stock in the table', async ({ page, look, own }) => {
  const ball = `Ball ${own}`;
  await signIn(page);
  await page.goto('/admin/products/new');
  await write(page, field(page, 'Name'), ball);
  await write(page, field(page, 'Price'), '5.00');
  await write(page, field(page, 'Stock'), '7');
  await save(page);
  const row = await findInTable(page, ball);
  await press(page, row.getByRole('button', { name: /^\+/ }));
  await row.getByText('8 in stock').waitFor();
  await press(page, row.getByRole('button', { name: /^−/ }));
  await row.getByText('7 in stock').waitFor();
  await look(page, 'stock');
});

walk('the owner makes, renames and merges a category', async ({ page, person, look, own }) => {
  const [hats, caps, headgear] = [`Hats ${own}`, `Caps ${own}`, `Headgear ${own}`];
  await signIn(page);
  for (const name of [hats, caps]) {
    await page.goto('/admin/categories');
    await follow(page, 'New category', 'New category');
    await write(page, field(page, 'Name'), name);
    await save(page);
  }
  await page.goto('/admin/products/new');
  await write(page, field(page, 'Name'), `Bowler ${own}`);
  await write(page, field(page, 'Price'), '50.00');
  await write(page, field(page, 'Category'), hats);
  await save(page);

  await page.goto('/admin/categories');
  await follow(page, hats, hats);
  const former = await field(page, 'Address').inputValue();
  await write(page, field(page, 'Name'), headgear);
  await write(page, field(page, 'Address'), `new-${former}`);
  await save(page);
  const outside = await person.page();
  await outside.goto(`/categories/${former}`);
  await arrive(outside, headgear);
  assert.deepEqual(await cardNames(outside), [`Bowler ${own}`]);

  await press(page, page.getByRole('link', { name: 'Merge into another category' }));
  await choose(page, field(page, 'The category that stays'), caps);
  await look(page, 'merge');
  await save(page, 'Merge into it');
  await outside.goto(`/categories/${former}`);
  await arrive(outside, caps);
  assert.deepEqual(await cardNames(outside), [`Bowler ${own}`]);
});

walk('two tabs that change one product: each field is chosen by keyboard', async ({ page, person, look, own }) => {
  const drum = `Drum ${own}`;
  await signIn(page);
  await page.goto('/admin/products/new');
  await write(page, field(page, 'Name'), drum);
  await write(page, field(page, 'Price'), '10.00');
  await save(page);
  await findInTable(page, drum);
  await follow(page, drum, drum);
  const second = await person.page();
  await second.goto(page.url());
  await write(page, field(page, 'Price'), '11.00');
  await save(page);

  await write(second, field(second, 'Price'), '12.00');
  await write(second, field(second, 'Brand'), 'Windward');
  await press(second, second.getByRole('button', { name: 'Save' }));
  await arrive(second, /changed while you were editing/);
  await look(second, 'conflict');
  const price = second.getByRole('group', { name: 'Price', exact: true });
  await tabTo(second, price.getByRole('radio', { name: /^Your version/ }));
  await second.keyboard.press('ArrowDown');
  assert.ok(await price.getByRole('radio', { name: /^In the shop now/ }).isChecked());
  await save(second);
  await second.goto(second.url());
  assert.equal(await field(second, 'Price').inputValue(), '11.00');
  assert.equal(await field(second, 'Brand').inputValue(), 'Windward');
});

walk('the owner drops kept answers; what does not fit together is told where it stands', async ({ page, person, look }) => {
  const outside = await person.page();
  for (let visit = 0; visit < 3; visit += 1) await outside.goto('/products');
  await signIn(page);
  await page.goto('/admin/system');
  await page.getByRole('rowheader', { name: 'Found and sent' }).waitFor();
  await choose(page, field(page, 'What to drop'), 'Everything');
  await write(page, field(page, 'Product or tag'), '7');
  await press(page, page.getByRole('button', { name: 'Drop', exact: true }));
  await page.getByRole('alert').waitFor();
  await look(page, 'drop-refused');
  assert.equal(await field(page, 'Product or tag').inputValue(), '7');
  assert.equal(await field(page, 'What to drop').inputValue(), 'all');

  await press(page, page.getByRole('alert').getByRole('link', { name: /^Product or tag/ }));
  await choose(page, field(page, 'What to drop'), 'One product or tag');
  await save(page, 'Drop');
  await look(page, 'dropped');
  await page.goto('/admin/history');
  const change = page.getByRole('listitem').filter({ hasText: 'cache dropped' }).first();
  assert.ok((await change.innerText()).includes('product:7'));
  await press(page, change.getByRole('link', { name: 'Kept answers' }));
  await arrive(page, 'System');
});
