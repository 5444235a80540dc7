/** The Redis that Cluster uses by default, and how nodes reach it through a proxy. */

import type { RedisAddress } from '../../src/config/address';
import { resolveOptions } from '../../src/config/options';
import { FaultyProxy } from './proxy';

export function defaultRedis(): RedisAddress {
  return resolveOptions(undefined).redis as RedisAddress;
}

/** Returns whether a proxy can be put in front of it: it is on this machine, without TLS. */
export function canProxyRedis(): boolean {
  const { host, tls } = defaultRedis();
  return !tls && ['127.0.0.1', 'localhost'].includes(host);
}

/** Starts a proxy in front of it. @throws Error when there can be none */
export async function proxyRedis(): Promise<{ readonly proxy: FaultyProxy; readonly url: string }> {
  if (!canProxyRedis()) throw new Error('CLUSTER_URL must be a Redis on this machine, without TLS');
  const proxy = await FaultyProxy.start(defaultRedis().port);
  const url = new URL(process.env.CLUSTER_URL || 'redis://127.0.0.1');
  url.host = `127.0.0.1:${proxy.port}`;
  return { proxy, url: url.href };
}
