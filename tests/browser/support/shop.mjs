// Starts the real binary with a fresh shop (its own folder, any free port) and stops it again.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const START_TIMEOUT_MS = 60_000; // a debug build on a busy machine creates the demo shop
const STOP_TIMEOUT_MS = 20_000;

/** A port that nothing listens on at the moment, for a shop that has to know its own address before it starts. */
export async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return String(port);
}

/**
 * A running shop, with these variables of the environment beside the usual ones: `origin`, the one-time `setupLink`, `stop()`, which gives the exit code, and for what comes back `end()` and
 * `begin()`: the same shop at the same address.
 */
export async function startShop(settings = {}, port = '0') {
  const folder = await mkdtemp(join(tmpdir(), 'vitrine-browser-'));
  let running;
  const stop = async () => {
    const code = await running?.stop();
    await rm(folder, { recursive: true, force: true });
    return code;
  };
  try {
    running = await serve(folder, port, settings);
  } catch (error) {
    await stop();
    throw error;
  }
  const { origin, setupLink } = running;
  const end = () => running.stop();
  const begin = async () => (running = await serve(folder, new URL(origin).port, settings));
  return { origin, setupLink, stop, end, begin, output: () => running.output() };
}

/** Runs the program in a folder until it is stopped. */
async function serve(folder, port, settings) {
  const binary = process.env.VITRINE_BIN;
  if (!binary) throw new Error('VITRINE_BIN must name the vitrine binary; `make test-browser` sets it');
  const child = spawn(binary, ['serve', '--port', port], {
    cwd: folder,
    env: {
      ...process.env,
      VITRINE__SERVER__OPS_PORT: '0',
      VITRINE__DATABASE__PRIMARY: `sqlite:${join(folder, 'vitrine.db')}`,
      VITRINE__MEDIA__STORE: `file://${join(folder, 'media')}`,
      VITRINE__SEARCH__PATH: '',
      ...settings,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });

  let output = '';
  const exited = new Promise((resolve) => child.once('close', (code, signal) => resolve(code ?? signal)));
  const addresses = new Promise((resolve, reject) => {
    const look = (chunk) => {
      output += chunk;
      const origin = /listening on (http:\/\/\S+?)\/?\s/.exec(output)?.[1];
      const setupLink = /(http:\/\/\S+\/admin\/setup\?token=\S+)\s/.exec(output)?.[1];
      // Its last line; a shop that has an owner invites nobody.
      if (origin && output.includes('health and metrics:')) resolve({ origin, setupLink });
    };
    child.stdout.setEncoding('utf8').on('data', look);
    // The log is kept for the message below only: what a person needs stands on standard output.
    child.stderr.setEncoding('utf8').on('data', (chunk) => (output += chunk));
    child.once('error', reject);
    exited.then((code) => reject(new Error(`the shop ended with ${code} before it listened:\n${output}`)));
    setTimeout(() => reject(new Error(`the shop did not say where it listens:\n${output}`)), START_TIMEOUT_MS).unref();
  });

  const stop = async () => {
    child.kill('SIGTERM');
    const late = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
    const code = await exited;
    clearTimeout(late);
    return code;
  };

  try {
    return { ...(await addresses), stop, output: () => output };
  } catch (error) {
    await stop();
    throw error;
  }
}
