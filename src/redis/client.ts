/**
 * One Redis client: created by npm `redis` or by the application, checked, and closed.
 *
 * Called by `connection.ts`.
 */

import { isIP } from 'node:net';
import { createClient as createRedisClient } from 'redis';
import { isThenable, property } from '../base/values';
import type { RedisAddress } from '../config/address';
import { ClusterConfigError } from '../config/config-error';
import type { ClientRole, RedisClient } from '../config/interfaces';
import type { ConnectedOptions } from '../config/options';

/** The longest pause between two attempts to reconnect, in ms. */
const MAX_RETRY_DELAY_MS = 2000;
const MIN_RETRY_DELAY_MS = 50;
/** How long a socket may be silent, in `heartbeatTimeout`s: a handshake has no echoes. */
const SOCKET_TIMEOUT_FACTOR = 3;

const PROMISED =
  'it returned a promise: make it a function that is not async, and leave connect() to Cluster';

/**
 * Creates a client that is not connected yet.
 *
 * @throws ClusterConfigError when the application's `createClient` returns no usable client; what it throws itself
 */
export function createClient(role: ClientRole, options: ConnectedOptions): RedisClient {
  const { redis } = options;
  if (typeof redis !== 'function') return createOwnClient(redis, options);
  const client: unknown = redis(role);
  const missing = missingParts(client, options);
  if (missing.length === 0) return client as RedisClient;
  const isPromise = isThenable(client);
  if (isPromise) client.then(endUnusable, () => {});
  else endUnusable(client);
  throw new ClusterConfigError(
    'createClient',
    'the option "createClient" must return a client, cluster or sentinel of npm "redis", or one with the same ' +
      `interface; ${isPromise ? PROMISED : `the returned value has no ${missing.join(', ')}`}`,
  );
}

/** Returns what a client lacks of the interface `RedisClient`. */
function missingParts(client: unknown, { sharded, redisOplog }: ConnectedOptions): string[] {
  const methods = [
    'on',
    'connect',
    'destroy',
    ...(sharded ? ['sPublish', 'sSubscribe'] : ['publish', 'subscribe']),
    ...(redisOplog === false ? [] : ['subscribe', 'pSubscribe']),
  ];
  const missing = [...new Set(methods)].filter((name) => typeof property(client, name) !== 'function');
  const flags = ['isOpen', 'isReady'].filter((name) => typeof property(client, name) !== 'boolean');
  return [...missing.map((name) => `${name}()`), ...flags];
}

/** Other libraries' clients may connect as soon as they are created: this one must not stay connected. */
function endUnusable(client: unknown): void {
  for (const name of ['destroy', 'disconnect', 'quit']) {
    const end = property(client, name);
    if (typeof end !== 'function') continue;
    void (async () => end.call(client))().catch(() => {});
    return;
  }
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

/**
 * Returns a method that not every client has. `createClient` has checked that this one has it, where it is needed: without
 * it, nothing may look as if Redis had accepted it.
 *
 * @throws Error when the client does not have it
 */
export function required<Method>(method: Method | undefined, name: keyof RedisClient): Method {
  if (method === undefined) throw new Error(`the client has no ${name}()`);
  return method;
}

/** Closes a client at once. Clients of several kinds throw, or reject, when they are closed already. */
export function destroyClient(client: RedisClient): void {
  void (async () => client.destroy())().catch(() => {});
}

/** Returns the pause before a client reconnects. @param retries the attempts that have failed in a row */
export function reconnectDelayMs(retries: number): number {
  return (
    Math.min(MIN_RETRY_DELAY_MS * 2 ** Math.min(retries, 10), MAX_RETRY_DELAY_MS) * (0.5 + Math.random() / 2)
  );
}

function createOwnClient(address: RedisAddress, options: ConnectedOptions): RedisClient {
  const { heartbeatIntervalMs, heartbeatTimeoutMs } = options;
  const { host, port, tls, username, password, db } = address;
  const timing = {
    reconnectStrategy: reconnectDelayMs,
    // Echoes reveal a silent connection earlier. A socket's timer runs before it is read, also after a stall of this process.
    socketTimeout: SOCKET_TIMEOUT_FACTOR * heartbeatTimeoutMs,
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
