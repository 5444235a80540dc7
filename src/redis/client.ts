/**
 * One Redis client: created by npm `redis` or by the application, checked, and closed.
 *
 * Called by `connection.ts`.
 */

import { isIP } from 'node:net';
import { createClient as createRedisClient } from 'redis';
import type { RedisAddress } from '../config/address';
import { ClusterConfigError } from '../config/config-error';
import type { Options } from '../config/options';
import type { ClientRole, RedisClient } from '../config/redis-client';

/** The longest pause between two attempts to reconnect, in ms. */
const MAX_RETRY_DELAY_MS = 2000;
const MIN_RETRY_DELAY_MS = 50;

/**
 * Creates a client that is not connected yet.
 *
 * @throws ClusterConfigError when the application's `createClient` returns no usable client; what it throws itself
 */
export function createClient(role: ClientRole, options: Options): RedisClient {
  const { redis, sharded } = options;
  if (typeof redis !== 'function') return createOwnClient(redis, options);
  const client = redis(role);
  const needed = sharded ? (['sPublish', 'sSubscribe'] as const) : (['publish', 'subscribe'] as const);
  for (const method of needed) {
    if (typeof client?.[method] === 'function') continue;
    throw new ClusterConfigError(
      'createClient',
      `the option "createClient" must return a Redis client; the returned value has no ${method}()`,
    );
  }
  return client;
}

/**
 * Calls back whenever a client becomes ready. A Redis Cluster emits `connect` instead of `ready`, and `node-ready` for
 * each of its connections, the subscribed one among them.
 */
export function onReady(client: RedisClient, listener: () => void): void {
  for (const event of ['ready', 'connect', 'node-ready'] as const) {
    client.on(event, () => {
      if (client.isReady) listener();
    });
  }
}

/** Closes a client at once. Clients of several kinds throw, or reject, when they are closed already. */
export function destroyClient(client: RedisClient): void {
  void (async () => client.destroy())().catch(() => {});
}

function createOwnClient(address: RedisAddress, options: Options): RedisClient {
  const { heartbeatIntervalMs, heartbeatTimeoutMs } = options;
  const { host, port, tls, username, password, db } = address;
  const reconnectStrategy = (retries: number) =>
    Math.min(MIN_RETRY_DELAY_MS * 2 ** Math.min(retries, 10), MAX_RETRY_DELAY_MS) * (0.5 + Math.random() / 2);
  const timing = {
    reconnectStrategy,
    socketTimeout: heartbeatTimeoutMs,
    connectTimeout: heartbeatTimeoutMs,
  };
  return createRedisClient({
    // Every Redis, and every compatible server, supports the older protocol.
    RESP: 2,
    socket: tls ? { host, port, tls: true, ...serverName(host), ...timing } : { host, port, ...timing },
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(db === undefined ? {} : { database: db }),
    pingInterval: heartbeatIntervalMs,
    disableOfflineQueue: true,
  });
}

/** TLS server names are host names only (RFC 6066); an address is compared with the certificate without one. */
function serverName(host: string): { servername?: string } {
  return isIP(host) === 0 ? { servername: host } : {};
}
