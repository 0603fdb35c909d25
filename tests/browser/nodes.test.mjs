// The brief's flow on three nodes: a stranger registers on one, proposes a product with a picture, a reviewer on another asks for
// a change, the author answers, the reviewer approves: then every node shows it, on the list and in the search, within a
// second, and the owner's undo takes it back everywhere. Without JavaScript.
//
// The second is measured by asking every node for both pages as a guest all the time (a fresh request 20 ms after the last
// answer), from before the button is pressed. It begins when the browser has the answer to the press, which is no earlier than
// the commit and no later than anybody can know of it, and ends with the answer of the last node that shows the product.
// With the services of `make test-browser`: MariaDB with two replicas, Redis. Without them on SQLite and by the poll of each
// node, which the test says aloud.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { DESKTOP, PHONE, launchChromium, screenshot, visitor } from './support/chromium.mjs';
import { arrive, setUpOwner } from './support/pages.mjs';
import { LANTERN } from './support/picture.mjs';
import { startShop } from './support/shop.mjs';

const PRODUCT = 'Driftwood lantern';
const REVIEWER = { email: 'rita@shop.example', password: 'a word about every lantern' };
const PROMISE_MS = 1_000;
const PATIENCE_MS = 15_000;

const { VITRINE_TEST_MYSQL_PRIMARY: primary, VITRINE_TEST_REDIS: redis } = process.env;
let folder;
let database;
const nodes = [];
let browser;
let maker; // on a phone, at the first node
let reviewer; // at a desk, at the second
let owner; // at the third

before(async () => {
  const required = process.env.VITRINE_TEST_REQUIRE_SERVICES === '1';
  if (!primary || !redis) {
    assert.ok(!required, 'VITRINE_TEST_MYSQL_PRIMARY and VITRINE_TEST_REDIS must name servers');
    console.error('NOT ON SERVERS: the three nodes share a file of SQLite and find changes by asking, once a second');
  }
  folder = await mkdtemp(join(tmpdir(), 'vitrine-nodes-'));
  const settings = {
    VITRINE__MEDIA__STORE: `file://${join(folder, 'media')}`,
    VITRINE__SUBMISSIONS__REGISTRATION: 'open',
    ...(primary ? onMariadb() : { VITRINE__DATABASE__PRIMARY: `sqlite:${join(folder, 'vitrine.db')}` }),
    ...(redis && {
      VITRINE__CACHE__BACKEND: 'redis', VITRINE__CACHE__REDIS_URL: redis,
      VITRINE__REALTIME__BACKEND: 'redis', VITRINE__REALTIME__REDIS_URL: redis,
    }),
  };
  // The first one makes the tables and the demo shop.
  for (let place = 0; place < 3; place += 1) nodes.push(await startShop(settings));
  browser = await launchChromium();
  [maker, reviewer, owner] = await Promise.all([PHONE, DESKTOP, DESKTOP].map(async (width, place) => {
    const somebody = await visitor(browser, { width, origin: nodes[place].origin });
    return somebody.page();
  }));
  // The link of the last start counts.
  await setUpOwner(owner, nodes[2].setupLink);
  await invite();
});

after(async () => {
  await browser?.close();
  for (const node of nodes) assert.equal(await node.stop(), 0, 'a node did not stop in order');
  if (database) sql(`DROP DATABASE ${database}`);
  if (folder) await rm(folder, { recursive: true, force: true });
});

function onMariadb() {
  database = `nodes_${randomBytes(6).toString('hex')}`;
  sql(`CREATE DATABASE ${database}`);
  const replicas = (process.env.VITRINE_TEST_MYSQL_REPLICAS ?? '').split(',').filter(Boolean);
  return {
    VITRINE__DATABASE__PRIMARY: `${primary}/${database}`,
    VITRINE__DATABASE__REPLICAS: replicas.map((server) => `${server}/${database}`).join(','),
  };
}

function sql(statement) {
  const { hostname, port, username, password } = new URL(primary);
  const account = [`--host=${hostname}`, `--port=${port}`, `--user=${username}`, `--password=${password}`];
  execFileSync('mariadb', ['--no-defaults', '--protocol=tcp', ...account, '--execute', statement]);
}

/** The owner invites a reviewer, who comes by the link, at another node. */
async function invite() {
  await owner.goto('/admin/people');
  await owner.getByLabel('E-mail').fill(REVIEWER.email);
  await owner.getByLabel('Role').selectOption('reviewer');
  await press(owner, 'Make an invitation');
  await arrive(owner, 'An invitation');
  // The link names the node at which it was made; the reviewer works at another one.
  const link = new URL(await owner.getByLabel('Link').inputValue());
  await reviewer.goto(link.pathname + link.search);
  await reviewer.getByLabel('Your name').fill('Rita Reviewer');
  await reviewer.getByLabel('Password').fill(REVIEWER.password);
  await reviewer.getByRole('main').getByRole('button').first().click();
  await reviewer.getByRole('button', { name: 'Sign out' }).waitFor();
}

function press(page, name) {
  return page.getByRole('button', { name, exact: true }).click();
}

/** Whether a guest of a node sees the product there; words that a search has found are marked. */
async function shows(node, path) {
  const answer = await fetch(node.origin + path);
  assert.equal(answer.status, 200, `${node.origin}${path}`);
  return (await answer.text()).replace(/<\/?mark>/g, '').includes(PRODUCT);
}

/**
 * Does something and gives how many milliseconds after its answer the last page of all nodes was as it should be for the first
 * time.
 */
async function watch(isThere, action) {
  const places = nodes.flatMap((node, place) =>
    ['/products?sort=-created_at', `/search?q=${PRODUCT.split(' ')[0]}`].map((path) => ({ node, place, path })));
  const late = AbortSignal.timeout(PATIENCE_MS);
  const seen = places.map(async ({ node, place, path }) => {
    while (!late.aborted) {
      if ((await shows(node, path)) === isThere) return { place, path, at: performance.now() };
      await pause(20);
    }
    assert.fail(`node ${place} does not ${isThere ? 'show' : 'forget'} the product on ${path}`);
  });
  await action();
  const answered = performance.now();
  const after = (await Promise.all(seen)).map(({ place, path, at }) => ({ place, path, ms: Math.max(0, Math.round(at - answered)) }));
  console.log(`${isThere ? 'shown' : 'gone'} after (ms):`, after.map(({ place, path, ms }) => `node ${place} ${path.split('?')[0]} ${ms}`).join(', '));
  return Math.max(...after.map(({ ms }) => ms));
}

/** Presses a button and waits for the answer to exactly that. */
async function pressed(page, button) {
  const answer = page.waitForResponse((response) => response.request().method() === 'POST');
  await button.click();
  assert.equal((await answer).status(), 303);
}

test('a stranger registers at one node and proposes a product with a picture', async () => {
  await maker.goto('/');
  await maker.getByRole('contentinfo').getByRole('link', { name: 'Propose a product' }).click();
  await arrive(maker, 'Register');
  await maker.getByLabel('Your name').fill('Mika Maker');
  await maker.getByLabel('E-mail').fill('mika@maker.example');
  await maker.getByLabel('Password').fill('driftwood from the beach');
  await press(maker, 'Register');
  await arrive(maker, 'Propose a product');
  await maker.getByLabel('Name').fill(PRODUCT);
  await maker.getByLabel('Price').fill('64.5');
  await maker.getByLabel('Add pictures').setInputFiles({ name: 'lantern.png', mimeType: 'image/png', buffer: LANTERN });
  await press(maker, 'Send for review');
  await maker.getByRole('status').filter({ hasText: 'Sent.' }).waitFor();
  const picture = maker.getByRole('img', { name: 'Picture 1' });
  assert.equal(await picture.evaluate((image) => image.naturalWidth), 60);
  await screenshot(maker, 'nodes-proposal-phone');
});

test('a reviewer at another node sees the picture and asks for a change', async () => {
  await reviewer.goto('/admin/submissions');
  await reviewer.getByRole('link', { name: PRODUCT }).click();
  const picture = reviewer.getByRole('main').locator('figure img');
  await picture.waitFor();
  assert.equal(await picture.evaluate((image) => image.complete && image.naturalWidth), 60);
  await reviewer.getByLabel('Message to the author').fill('How tall is it?');
  await screenshot(reviewer, 'nodes-case-desktop');
  await press(reviewer, 'Ask for changes');
  await reviewer.getByRole('status').filter({ hasText: 'Sent back' }).waitFor();
});

test('the author answers', async () => {
  // A follower of the log tells it, a moment after the decision.
  const told = maker.getByRole('link', { name: /^Notices 1 new notice/ });
  const deadline = Date.now() + PATIENCE_MS;
  do await maker.goto('/account/proposals');
  while ((await told.count()) === 0 && Date.now() < deadline);
  await told.waitFor();
  await maker.getByRole('link', { name: PRODUCT }).click();
  await maker.getByText('How tall is it?').waitFor();
  await maker.getByLabel('Description').fill('Forty centimetres of beach.');
  await press(maker, 'Send again');
  await maker.getByRole('status').filter({ hasText: 'Sent.' }).waitFor();
});

test('what is approved is on the list and in the search of every node within a second', async () => {
  await reviewer.goto('/admin/submissions');
  await reviewer.getByRole('link', { name: PRODUCT }).click();
  const ms = await watch(true, () => pressed(reviewer, reviewer.getByRole('button', { name: 'Approve', exact: true })));
  assert.ok(ms <= PROMISE_MS, `the last node shows it after ${ms} ms`);
  // The picture is everybody's now, at every node.
  const guest = await visitor(browser, { width: PHONE, origin: nodes[2].origin });
  const page = await guest.page();
  await page.goto(`/search?q=${PRODUCT.split(' ')[0]}`);
  await page.getByRole('main').getByRole('link').filter({ has: page.getByRole('heading') }).first().click();
  await page.waitForURL(/\/products\/[^/?]+$/);
  assert.equal(await page.getByRole('main').getByRole('img').first().evaluate((image) => image.naturalWidth), 60);
  for (const node of nodes) {
    const source = await page.getByRole('main').getByRole('img').first().getAttribute('src');
    assert.equal((await fetch(node.origin + source)).status, 200);
  }
  await screenshot(page, 'nodes-product-phone');
  await guest.close();
});

test('undo takes it back at every node', async () => {
  await owner.goto('/admin/submissions?state=approved');
  await owner.getByRole('link', { name: PRODUCT }).click();
  await owner.getByRole('link', { name: 'Its history' }).click();
  await owner.getByRole('link', { name: /^Undo/ }).first().click();
  const ms = await watch(false, () => pressed(owner, owner.getByRole('main').getByRole('button').first()));
  assert.ok(ms <= PROMISE_MS, `the last node shows it for another ${ms} ms`);
});
