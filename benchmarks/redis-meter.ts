/** Counts the changes that the nodes of a site publish, as one more subscriber of their channel. Called by site.ts. */

import { redisClient } from '../tools/redis-client';

export interface Traffic {
  /** Without heartbeats, which nodes publish without any write. */
  readonly messages: number;
  /** As published. Redis sends them to every node. */
  readonly bytes: number;
}

export interface RedisMeter {
  /** Returns what was published since the start. */
  traffic(): Traffic;
  stop(): void;
}

export async function meterRedis(url: string, namespace: string): Promise<RedisMeter> {
  const { client } = redisClient(url);
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
