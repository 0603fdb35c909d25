// The words of the pages: how a person finds things on them. By role and label only, so that what a
// test can find, a screen reader can find too.

import assert from 'node:assert/strict';

export const OWNER = { name: 'Olive Owner', email: 'olive@shop.example', password: 'correct horse battery staple' };

/** Waits for the page that this headline belongs to; a click does not wait for what it leads to. */
export function arrive(page, headline) {
  return page.getByRole('heading', { level: 1, name: headline }).waitFor();
}

/** Clicks the first link of the content and gives the status of the page that it leads to. */
export async function wayOn(page) {
  const arrival = page.waitForResponse((response) => response.request().isNavigationRequest());
  await page.getByRole('main').getByRole('link').first().click();
  return (await arrival).status();
}

/** The cards of a list: links that carry the product's name as their heading. */
export function cards(page) {
  return page.getByRole('main').getByRole('link').filter({ has: page.getByRole('heading') });
}

/** The card of one product. */
export function card(page, name) {
  return cards(page).filter({ has: page.getByRole('heading', { name, exact: true }) });
}

export async function cardNames(page) {
  return (await cards(page).getByRole('heading').allInnerTexts()).map((name) => name.trim());
}

export function filterForm(page) {
  return page.getByRole('form', { name: 'Filter' });
}

/** The form over a list, which a link unfolds where there is little room; `go` follows it. */
export async function openFilters(page, go = (link) => link.click()) {
  const link = page.getByRole('link', { name: 'Filter and sort' });
  if (await link.isVisible()) await go(link);
  const form = filterForm(page);
  await form.waitFor();
  return form;
}

/** What a list is narrowed to; each chip takes itself away. */
export function chips(page) {
  return page.getByRole('group', { name: 'Filters in use' }).getByRole('link', { name: /^Remove filter/ });
}

/** What a product's page tells beside its name: brand, category, attributes. */
export async function facts(page) {
  const main = page.getByRole('main');
  const terms = await main.getByRole('term').allInnerTexts();
  const values = await main.getByRole('definition').allInnerTexts();
  const brand = await main.getByText(/^by /).getByRole('link').innerText();
  return { brand, ...Object.fromEntries(terms.map((term, index) => [term, values[index]])) };
}

export async function openCatalog(page) {
  await page.goto('/');
  await page.getByRole('navigation', { name: 'Categories' }).getByRole('link', { name: 'All products' }).click();
  await page.waitForURL('**/products');
}

/** The box in the head of every page; with scripts it suggests. */
export function searchBox(page) {
  const banner = page.getByRole('banner');
  const name = 'Search products';
  return banner.getByRole('searchbox', { name }).or(banner.getByRole('combobox', { name }));
}

export async function search(page, text) {
  const box = searchBox(page);
  await box.fill(text);
  await box.press('Enter');
  await page.waitForURL(/[?&]q=/);
}

/** Creates the owner by the one-time link and leaves the page signed in. */
export async function setUpOwner(page, setupLink) {
  await page.goto(setupLink);
  await page.getByLabel('Your name').fill(OWNER.name);
  await page.getByLabel('E-mail').fill(OWNER.email);
  await page.getByLabel('Password').fill(OWNER.password);
  await page.getByRole('button', { name: "Create the shop's owner" }).click();
  await page.getByRole('button', { name: 'Sign out' }).waitFor();
}

export async function signIn(page) {
  await page.goto('/login');
  await page.getByLabel('E-mail').fill(OWNER.email);
  await page.getByLabel('Password').fill(OWNER.password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.getByRole('button', { name: 'Sign out' }).waitFor();
}

export async function signOut(page) {
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByRole('button', { name: 'Sign out' }).waitFor({ state: 'detached' });
}

/** Goes to a room of the administration, behind the name of its group where it has company there. */
export async function openRoom(page, group, room) {
  const rooms = page.getByRole('navigation', { name: 'Administration' });
  const name = rooms.locator('summary').filter({ hasText: group });
  if (await name.count()) await name.click();
  await rooms.getByRole('link', { name: room, exact: true }).click();
}

/** Finds a product in the owner's table as an owner does, and opens its form. */
export async function openProduct(page, name) {
  await page.goto('/admin/products');
  const box = page.getByRole('main').getByRole('searchbox', { name: 'Search products' });
  await box.fill(name);
  await box.press('Enter');
  await page.waitForURL(/[?&]q=/);
  await page.getByRole('main').getByRole('link', { name, exact: true }).click();
  await page.waitForURL(/\/admin\/products\/\d+$/);
}

export async function createProduct(page, fields) {
  await page.goto('/admin/products');
  await page.getByRole('link', { name: 'New product' }).click();
  await fill(page, fields);
  await save(page);
}

/** Fields by their labels; the form's own, since other parts of a page may use the same words. */
export async function fill(page, fields) {
  for (const [label, value] of Object.entries(fields)) await field(page, label).fill(value);
}

export function field(page, label) {
  return page.getByRole('main').getByLabel(label, { exact: true });
}

export async function save(page) {
  await page.getByRole('button', { name: 'Save' }).click();
}

export async function status(page, address) {
  return (await page.goto(address)).status();
}

/** The amounts that customers pay, in the order of the cards; in a sale the one before it stands first. */
export async function cardPrices(page) {
  const texts = await cards(page).allInnerTexts();
  return texts.map((text) => {
    const amount = text.match(/\d[\d,]*\.\d{2}/g)?.at(-1);
    assert.ok(amount, `no price on the card: ${text}`);
    return Number(amount.replaceAll(',', ''));
  });
}
