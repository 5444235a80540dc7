/** A TCP server on any free port of this machine, for the proxies of the tests. */

import { once } from 'node:events';
import { createServer, type Server } from 'node:net';

/** Starts one. It does not keep the process running. */
export async function listenLocally(): Promise<Server> {
  const server = createServer().listen(0, '127.0.0.1').unref();
  await once(server, 'listening');
  return server;
}

/** Returns the port that a server listens on. */
export function portOf(server: Server): number {
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}
