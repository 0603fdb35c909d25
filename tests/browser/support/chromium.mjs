// Chromium, and pages that remember everything that went wrong on them.

import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

const ACTION_TIMEOUT_MS = 15_000;
const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
/** WCAG 2.2, levels A and AA: each version's new rules have their own tag. */
const WCAG_22_AA = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];

export const PHONE = 390;
export const DESKTOP = 1280;

export const screenshots = process.env.VITRINE_SCREENSHOTS || mkdtempSync(join(tmpdir(), 'vitrine-screenshots-'));
mkdirSync(screenshots, { recursive: true });

export function launchChromium() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM || '/usr/bin/chromium',
    // The sandbox needs privileges that containers and root do not have; the rest keeps the browser
    // from talking to anybody but the shop.
    args: [
      '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
      '--disable-component-update', '--disable-sync',
    ],
  });
}

/**
 * A context of one visitor. JavaScript is off unless asked for: every page has to work without it.
 * `page()` opens a watched page; `close()` fails if any of them showed an error.
 */
export async function visitor(browser, { width = DESKTOP, javaScript = false, dark = false, origin } = {}) {
  const context = await browser.newContext({
    baseURL: origin,
    viewport: { width, height: 900 },
    javaScriptEnabled: javaScript,
    colorScheme: dark ? 'dark' : 'light',
    reducedMotion: 'reduce',
  });
  context.setDefaultTimeout(ACTION_TIMEOUT_MS);
  if (javaScript) {
    await context.addInitScript({ path: AXE });
    await context.addInitScript(() => {
      document.addEventListener('securitypolicyviolation', (event) => {
        console.error(`content security policy: ${event.violatedDirective} blocked ${event.blockedURI}`);
      });
    });
  }
  const faults = [];
  const page = async () => watch(await context.newPage(), origin, faults);
  const close = async () => {
    await context.close();
    assert.deepEqual(faults, [], 'errors in the browser');
  };
  return { context, page, close };
}

/** Notes console errors (policy violations are among them), script errors and failed subresources. */
function watch(page, origin, faults) {
  const note = (what) => faults.push(`${page.url().replace(origin, '')}: ${what}`);
  page.on('console', (message) => {
    // Of a failed load the console tells no more than the response below does.
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) note(message.text());
  });
  page.on('pageerror', (error) => note(error.message));
  page.on('requestfailed', (request) => {
    // A picture still on its way when the next page is opened is no fault.
    const reason = request.failure()?.errorText;
    if (reason !== 'net::ERR_ABORTED') note(`${request.url()} failed: ${reason}`);
  });
  page.on('response', (response) => {
    const url = response.url();
    if (response.status() >= 400 && !response.request().isNavigationRequest()) note(`${response.status()} ${url}`);
    if (url.startsWith('http') && new URL(url).origin !== origin) note(`asked another host: ${url}`);
  });
  return page;
}

/** What axe-core finds against WCAG 2.2 AA, as one line per fault. Needs a visitor with JavaScript. */
export async function accessibilityFaults(page) {
  const violations = await page.evaluate(
    async (tags) => (await globalThis.axe.run(document, { runOnly: tags, resultTypes: ['violations'] })).violations,
    WCAG_22_AA,
  );
  return violations.flatMap(({ id, help, nodes }) =>
    nodes.map((node) => `${id}: ${help}: ${node.html.slice(0, 160)} (${node.any[0]?.message ?? ''})`),
  );
}

/** How many pixels the page is wider than the window. */
export function sidewaysScroll(page) {
  return page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
}

/** For people to look at; the longest page takes a busy machine a quarter of a minute. */
export async function screenshot(page, name) {
  await page.screenshot({ path: join(screenshots, `${name}.png`), fullPage: true, timeout: 60_000 });
}
