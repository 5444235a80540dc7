/**
 * A free port of 127.0.0.1.
 *
 * Called by the tools, the scripts, the benchmark and the tests. The tests also run on Meteor, which loads no npm package
 * but those of `package.js`: hence Node's built-in modules instead of get-port.
 */

import { once } from 'node:events';
import { createServer } from 'node:net';

/**
 * Returns a port that no process listens on at this moment.
 *
 * @param port a port to check. @default any
 * @throws Error with the code `EADDRINUSE` when that port is in use
 */
export async function freePort(port = 0): Promise<number> {
  const server = createServer().listen(port, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('The server has no port');
  return address.port;
}
