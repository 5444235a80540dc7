/** Counts what the nodes of a site announce on their channel, as one more subscriber. Called by site.ts. */

import { createClient } from 'redis';
import { parseRedisUrl } from '../../src/options';

export interface Traffic {
  /** Announcements; heartbeats, which come whether or not anybody writes, are not counted. */
  readonly messages: number;
  /** Of the announcements as they were published. Redis sends them to every node. */
  readonly bytes: number;
}

export interface RedisMeter {
  /** Since the start. */
  traffic(): Traffic;
  stop(): void;
}

export async function meterRedis(url: string, namespace: string): Promise<RedisMeter> {
  const { host, port, tls, username, password } = parseRedisUrl(url, 'CLUSTER_URL');
  const socket = tls ? { host, port, tls: true as const } : { host, port };
  const client = createClient({ RESP: 2, socket, username, password });
  client.on('error', () => {});
  await client.connect();
  let messages = 0;
  let bytes = 0;
  await client.subscribe(`cluster:${namespace}`, (text) => {
    if (text.includes('"counts":')) return;
    messages += 1;
    bytes += Buffer.byteLength(text);
  });
  return { traffic: () => ({ messages, bytes }), stop: () => client.destroy() };
}
