// Somebody has forgotten the password: on a phone and without scripts, from the sign-in to the mail and back into the shop.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  DESKTOP, PHONE, accessibilityFaults, launchChromium, screenshot, sidewaysScroll, visitor,
} from './support/chromium.mjs';
import { openMailbox } from './support/mail.mjs';
import { OWNER, arrive, setUpOwner } from './support/pages.mjs';
import { startShop } from './support/shop.mjs';

const PASSWORD = 'blue boat on a brown river';
const settings = {};
let shop;
let browser;
let mailbox;

before(async () => {
  mailbox = await openMailbox();
  shop = await startShop(settings);
  browser = await launchChromium();
});

after(async () => {
  await browser?.close();
  mailbox?.close();
  assert.equal(await shop?.stop(), 0, 'the shop did not stop in order');
});

async function looksRight(page, name) {
  for (const width of [PHONE, DESKTOP]) {
    await page.setViewportSize({ width, height: 900 });
    await screenshot(page, `${name}-${width}`);
    assert.deepEqual(await accessibilityFaults(page), [], `${name} breaks WCAG 2.2 AA`);
    assert.equal(await sidewaysScroll(page), 0, `${name} scrolls sideways at ${width} px`);
  }
}

test('without mail the page says whom to ask', async () => {
  const owner = await visitor(browser, { origin: shop.origin });
  await setUpOwner(await owner.page(), shop.setupLink);
  await owner.close();
  const guest = await visitor(browser, { javaScript: true, origin: shop.origin });
  const page = await guest.page();
  await page.goto('/login');
  await page.getByRole('link', { name: 'Forgot your password?' }).click();
  await arrive(page, 'Forgot your password?');
  await page.getByText('Ask an owner of the shop').waitFor();
  assert.equal(await page.getByLabel('E-mail').count(), 0);
  await looksRight(page, 'forgotten-ask');
  await guest.close();
});

test('an owner who has forgotten the password comes back by a mailed link', async () => {
  await shop.end();
  Object.assign(settings, {
    VITRINE__SERVER__PUBLIC_URL: shop.origin,
    VITRINE__MAIL__HOST: '127.0.0.1',
    VITRINE__MAIL__PORT: String(mailbox.port),
    VITRINE__MAIL__TLS: 'none',
    VITRINE__MAIL__FROM: 'shop@shop.example',
  });
  await shop.begin();
  const guest = await visitor(browser, { width: PHONE, origin: shop.origin });
  const page = await guest.page();
  await page.goto('/login');
  await page.getByRole('link', { name: 'Forgot your password?' }).click();
  await page.getByLabel('E-mail').fill(OWNER.email);
  await page.getByRole('button', { name: 'Send the link' }).click();
  await arrive(page, 'Look into your mailbox');
  const mail = await mailbox.next();
  const [link] = mail.match(/^http:\/\/\S+$/m);
  assert.ok(link.startsWith(`${shop.origin}/account/link?token=`), mail);
  await page.goto(link);
  await arrive(page, 'Set a new password');
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Set the password' }).click();
  await arrive(page, /^Products/);
  await guest.close();
});

test('the pages of a forgotten password are accessible', async () => {
  const guest = await visitor(browser, { javaScript: true, origin: shop.origin });
  const page = await guest.page();
  await page.goto('/login');
  await looksRight(page, 'forgotten-login');
  await page.getByRole('link', { name: 'Forgot your password?' }).click();
  await arrive(page, 'Forgot your password?');
  await looksRight(page, 'forgotten');
  await page.getByRole('button', { name: 'Send the link' }).click();
  await page.getByText('Enter an e-mail address.').first().waitFor();
  await looksRight(page, 'forgotten-fault');
  await page.getByLabel('E-mail').fill('nobody@shop.example');
  await page.getByRole('button', { name: 'Send the link' }).click();
  await arrive(page, 'Look into your mailbox');
  await looksRight(page, 'forgotten-asked');
  await guest.close();
});
