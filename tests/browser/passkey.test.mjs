// Passkeys, with the device that Chromium pretends to have: one is made, signs in, is taken away; on a phone and without scripts.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  DESKTOP, PHONE, accessibilityFaults, launchChromium, screenshot, sidewaysScroll, visitor,
} from './support/chromium.mjs';
import { press, write } from './support/keyboard.mjs';
import { arrive, setUpOwner, signIn, signOut } from './support/pages.mjs';
import { freePort, startShop } from './support/shop.mjs';

let shop;
let browser;
let origin;

before(async () => {
  const port = await freePort();
  // Passkeys are made for a name: the one under which browsers trust a shop without https.
  origin = `http://localhost:${port}`;
  shop = await startShop({ VITRINE__SERVER__PUBLIC_URL: origin }, port);
  browser = await launchChromium();
});

after(async () => {
  await browser?.close();
  assert.equal(await shop?.stop(), 0, 'the shop did not stop in order');
});

async function look(page, name) {
  await screenshot(page, name);
  assert.deepEqual(await accessibilityFaults(page), [], `${name} breaks WCAG 2.2 AA`);
  assert.equal(await sidewaysScroll(page), 0, `${name} scrolls sideways`);
}

/** A device behind this page that knows its owner, until it is told otherwise. */
async function plugIn(owner, page) {
  const chromium = await owner.context.newCDPSession(page);
  await chromium.send('WebAuthn.enable');
  const { authenticatorId } = await chromium.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true, isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
  return {
    knows: (isUserVerified) => chromium.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified }),
    kept: async () => (await chromium.send('WebAuthn.getCredentials', { authenticatorId })).credentials,
  };
}

test('a passkey is made by keyboard, signs in, and opens nothing once it is removed', async () => {
  const owner = await visitor(browser, { width: DESKTOP, javaScript: true, origin });
  const page = await owner.page();
  const device = await plugIn(owner, page);
  await setUpOwner(page, shop.setupLink);
  await page.goto('/account');
  await look(page, `passkey-account-none-${DESKTOP}`);
  await press(page, page.getByRole('link', { name: 'Add a passkey' }));
  await arrive(page, 'Add a passkey');
  await look(page, `passkey-new-${DESKTOP}`);

  await write(page, page.getByLabel('Name', { exact: true }), 'My laptop');
  await device.knows(false);
  await press(page, page.getByRole('button', { name: 'Make it' }));
  await page.getByRole('alert').filter({ hasText: 'The browser gave no passkey' }).waitFor();
  await look(page, `passkey-not-made-${DESKTOP}`);
  await device.knows(true);
  await press(page, page.getByRole('button', { name: 'Make it' }));
  await arrive(page, 'Your account');
  await page.getByRole('button', { name: 'Remove My laptop' }).waitFor();
  await page.getByText('not used yet').waitFor();
  const [kept, ...others] = await device.kept();
  assert.deepEqual(others, []);
  assert.equal(kept.rpId, 'localhost');
  assert.equal(kept.isResidentCredential, true);
  await look(page, `passkey-account-one-${DESKTOP}`);
  await page.setViewportSize({ width: PHONE, height: 900 });
  await look(page, `passkey-account-one-${PHONE}`);
  // The same device makes no second one.
  await page.goto('/account/passkeys');
  await look(page, `passkey-new-${PHONE}`);
  await page.getByLabel('Name', { exact: true }).fill('Twice');
  await page.getByRole('button', { name: 'Make it' }).click();
  await page.getByRole('alert').filter({ hasText: 'already' }).waitFor();

  await signOut(page);
  await page.goto('/login');
  await look(page, `passkey-sign-in-${PHONE}`);
  await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
  await arrive(page, /^Products/);
  await page.setViewportSize({ width: DESKTOP, height: 900 });
  await page.goto('/account');
  await page.getByText('last used').waitFor();
  await press(page, page.getByRole('button', { name: 'Remove My laptop' }));
  await page.getByRole('main').getByRole('status').waitFor();
  await look(page, `passkey-removed-${DESKTOP}`);

  await signOut(page);
  await page.goto('/login');
  await press(page, page.getByRole('button', { name: 'Sign in with a passkey' }));
  await page.getByRole('alert').filter({ hasText: 'Something is wrong with this passkey' }).waitFor();
  await look(page, `passkey-refused-${DESKTOP}`);
  await page.setViewportSize({ width: PHONE, height: 900 });
  await look(page, `passkey-refused-${PHONE}`);
  // The password goes on working.
  await signIn(page);
  await owner.close();
});

test('without scripts the pages say what a passkey needs, and the password signs in', async () => {
  const owner = await visitor(browser, { width: PHONE, origin });
  const page = await owner.page();
  await page.goto('/login');
  await page.getByText('Signing in with a passkey needs JavaScript.').waitFor();
  assert.equal(await page.getByRole('button', { name: 'Sign in with a passkey' }).count(), 0);
  await screenshot(page, `passkey-sign-in-${PHONE}-no-scripts`);
  await signIn(page);
  await page.goto('/account/passkeys');
  await page.getByText('Passkeys need JavaScript').waitFor();
  assert.equal(await page.getByRole('button', { name: 'Make it' }).count(), 0);
  await screenshot(page, `passkey-new-${PHONE}-no-scripts`);
  await owner.close();
});
