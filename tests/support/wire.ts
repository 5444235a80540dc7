/** The channel, seen and spoken on by a Redis client of the tests' own. */

import { createClient } from 'redis';

export interface Wire {
  /** The messages heard so far, parsed. */
  readonly heard: { collection?: string; ids?: string[] | null; node?: string }[];
  /** @returns to how many subscribers Redis has handed it */
  publish(text: string): Promise<number>;
  /** The clients that are connected to Redis, by their ids. */
  clientIds(): Promise<string[]>;
  close(): void;
}

export async function listen(namespace: string): Promise<Wire> {
  const url = process.env.CLUSTER_URL ?? 'redis://127.0.0.1:6379';
  const publisher = await createClient({ url, RESP: 2 }).connect();
  const subscriber = await createClient({ url, RESP: 2 }).connect();
  const heard: Wire['heard'] = [];
  await subscriber.subscribe(`cluster:${namespace}`, (text) => {
    try {
      heard.push(JSON.parse(text));
    } catch {
      heard.push({});
    }
  });
  return {
    heard,
    publish: (text) => publisher.publish(`cluster:${namespace}`, text),
    async clientIds() {
      const list = String(await publisher.sendCommand(['CLIENT', 'LIST']));
      return [...list.matchAll(/^id=(\d+)/gm)].map(([, id]) => String(id));
    },
    close() {
      publisher.destroy();
      subscriber.destroy();
    },
  };
}
