// The second factor: set up with keys alone, asked for on a phone without scripts, a recovery code in its place.

import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { after, before, test } from 'node:test';
import {
  DESKTOP, PHONE, accessibilityFaults, launchChromium, screenshot, sidewaysScroll, visitor,
} from './support/chromium.mjs';
import { press, write } from './support/keyboard.mjs';
import { OWNER, arrive, setUpOwner } from './support/pages.mjs';
import { startShop } from './support/shop.mjs';

const STEP_S = 30;
let shop;
let browser;
let secret;
let recoveryCodes;

before(async () => {
  shop = await startShop();
  browser = await launchChromium();
});

after(async () => {
  await browser?.close();
  assert.equal(await shop?.stop(), 0, 'the shop did not stop in order');
});

/** What an app shows so many steps of time from now (RFC 6238). */
function codeIn(steps, base32) {
  const bits = [...base32].map((letter) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter).toString(2).padStart(5, '0')).join('');
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => Number.parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 1000 / STEP_S) + steps));
  const mac = createHmac('sha1', key).update(counter).digest();
  const value = mac.readUInt32BE(mac[19] & 0xf) & 0x7fffffff;
  return String(value % 1_000_000).padStart(6, '0');
}

async function look(page, name) {
  await screenshot(page, name);
  assert.deepEqual(await accessibilityFaults(page), [], `${name} breaks WCAG 2.2 AA`);
  assert.equal(await sidewaysScroll(page), 0, `${name} scrolls sideways`);
}

async function typePassword(page) {
  await page.goto('/login');
  await page.getByLabel('E-mail').fill(OWNER.email);
  await page.getByLabel('Password').fill(OWNER.password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await arrive(page, 'Your second factor');
}

test('a second factor is set up by keyboard', async () => {
  const owner = await visitor(browser, { width: DESKTOP, javaScript: true, origin: shop.origin });
  const page = await owner.page();
  await setUpOwner(page, shop.setupLink);
  await page.goto('/account');
  await look(page, `factor-account-off-${DESKTOP}`);
  await press(page, page.getByRole('button', { name: 'Set up a second factor' }));
  await arrive(page, 'Set up a second factor');
  await page.getByRole('img', { name: /QR code/ }).waitFor();
  await look(page, `factor-secret-${DESKTOP}`);
  secret = (await page.locator('code').innerText()).replaceAll(' ', '');
  const address = await page.getByRole('link', { name: 'open it there' }).getAttribute('href');
  assert.ok(address.startsWith('otpauth://totp/') && address.includes(`secret=${secret}`), address);

  await write(page, page.getByLabel('Code', { exact: true }), 'no code');
  await press(page, page.getByRole('button', { name: 'Switch it on' }));
  await page.getByRole('alert').waitFor();
  await look(page, `factor-wrong-${DESKTOP}`);
  await write(page, page.getByLabel('Code', { exact: true }), codeIn(0, secret));
  await press(page, page.getByRole('button', { name: 'Switch it on' }));
  await arrive(page, 'Your recovery codes');
  await look(page, `factor-codes-${DESKTOP}`);
  await page.setViewportSize({ width: PHONE, height: 900 });
  await look(page, `factor-codes-${PHONE}`);
  recoveryCodes = await page.locator('code').allInnerTexts();
  assert.equal(recoveryCodes.length, 10);
  await press(page, page.getByRole('link', { name: 'I have them' }));
  await arrive(page, 'Your account');
  await look(page, `factor-account-on-${PHONE}`);
  await owner.close();
});

test('signing in asks for the code on a phone without scripts', async () => {
  const owner = await visitor(browser, { width: PHONE, origin: shop.origin });
  const page = await owner.page();
  await typePassword(page);
  await screenshot(page, `factor-code-${PHONE}`);
  await page.getByLabel('Code', { exact: true }).fill('12345');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('alert').waitFor();
  await screenshot(page, `factor-code-wrong-${PHONE}`);
  await page.getByLabel('Code', { exact: true }).fill(codeIn(1, secret));
  await page.getByRole('button', { name: 'Sign in' }).click();
  await arrive(page, /^Products/);
  await owner.close();
});

test('a recovery code stands in, and the second factor is switched off', async () => {
  for (const width of [PHONE, DESKTOP]) {
    const owner = await visitor(browser, { width, javaScript: true, origin: shop.origin });
    const page = await owner.page();
    await typePassword(page);
    await look(page, `factor-code-${width}-scripts`);
    await write(page, page.getByLabel('Code', { exact: true }), recoveryCodes.pop());
    await page.keyboard.press('Enter');
    await arrive(page, /^Products/);
    if (width === DESKTOP) {
      await page.goto('/account');
      await page.getByText('8 recovery codes left').waitFor();
      await press(page, page.getByRole('button', { name: 'Switch it off' }));
      await page.getByRole('main').getByRole('status').waitFor();
    }
    await owner.close();
  }
});
