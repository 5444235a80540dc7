/**
 * A Redis client for the tools.
 *
 * Called by probe.ts and, through it, by the benchmark. The only file of the tools that imports the package's sources: the
 * tools accept the same URLs as the package.
 */

import { createClient } from 'redis';
import { describeAddress, parseRedisUrl } from '../src/config/address';

/**
 * Returns a client, not connected yet, that neither reconnects nor logs.
 *
 * @throws Error that shows nothing of the URL when it is malformed
 */
export function redisClient(url: string, connectTimeoutMs = 10_000) {
  const parsed = parseRedisUrl(url, 'CLUSTER_URL');
  const { host, port, tls, username, password, db: database } = parsed;
  const client = createClient({
    RESP: 2,
    username,
    password,
    database,
    socket: {
      host,
      port,
      ...(tls && { tls }),
      connectTimeout: connectTimeoutMs,
      reconnectStrategy: false,
    },
  });
  // Errors reach the callers through the promises. Without a listener they would end the process.
  client.on('error', () => {});
  return { client, address: describeAddress(parsed), password };
}
