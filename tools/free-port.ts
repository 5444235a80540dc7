/**
 * A free port of 127.0.0.1.
 *
 * Called by the tools, the scripts, the benchmark and the tests. The tests also run on Meteor, which loads no npm package
 * but those of `package.js`: hence Node's built-in modules instead of get-port.
 */

import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';

/**
 * Below the ports that systems give to outgoing connections: from 32768 on Linux, from 49152 elsewhere. One of those could
 * be taken between this check and the start of a server.
 */
const [FIRST_PORT, LAST_PORT] = [20_000, 29_999];
const MAX_ATTEMPTS = 100;
/** Of two test processes, `1/2` and `2/2`, each has every second port: a port that both find free is given out once. */
const [PART = 1, PARTS = 1] = (process.env.CLUSTER_TEST_PORTS ?? '1/1').split('/').map(Number);

/** Ports that this process was given before: their servers may not have started yet. */
const given = new Set<number>();

/**
 * Returns a port that no process listens on at this moment.
 *
 * @param port a port to check. @default any
 * @throws Error with the code `EADDRINUSE` when that port is in use
 */
export async function freePort(port?: number): Promise<number> {
  if (port !== undefined) {
    await listenAndClose(port);
    return port;
  }
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt += 1) {
    const candidate = randomInt(FIRST_PORT, LAST_PORT + 1);
    if (given.has(candidate) || candidate % PARTS !== PART - 1) continue;
    if (!(await isFree(candidate)) || given.has(candidate)) continue;
    given.add(candidate);
    return candidate;
  }
  throw new Error(`No port from ${FIRST_PORT} to ${LAST_PORT} is free`);
}

/** Returns whether no process listens on a port at this moment. */
export function isFree(port: number): Promise<boolean> {
  return listenAndClose(port).then(
    () => true,
    () => false,
  );
}

/** @throws Error when the port is in use */
async function listenAndClose(port: number): Promise<void> {
  const server = createServer().listen(port, '127.0.0.1');
  await once(server, 'listening');
  server.close();
  await once(server, 'close');
}
