/** The channel, seen and spoken on by a Redis client of the tests' own. */

import { createClient } from 'redis';
import { type RedisAddress, resolveOptions } from '../../src/options';

export interface Wire {
  /** The announcements heard so far, parsed; heartbeats are left out. */
  readonly heard: { collection?: string; ids?: string[] | null; node?: string }[];
  /** @returns to how many subscribers Redis has handed it */
  publish(text: string): Promise<number>;
  close(): void;
}

export async function listen(namespace: string): Promise<Wire> {
  const publisher = await connect();
  const subscriber = await connect();
  const heard: Wire['heard'] = [];
  await subscriber.subscribe(`cluster:${namespace}`, (text) => {
    if (!text.includes('"counts":')) heard.push(parsed(text));
  });
  return {
    heard,
    publish: (text) => publisher.publish(`cluster:${namespace}`, text),
    close() {
      publisher.destroy();
      subscriber.destroy();
    },
  };
}

/** To the Redis that Cluster uses when nothing is configured. */
function connect() {
  const { host, port, tls, username, password } = resolveOptions(undefined).redis as RedisAddress;
  const socket = tls ? { host, port, tls: true as const } : { host, port };
  return createClient({ RESP: 2, socket, username, password }).connect();
}

function parsed(text: string): object {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}
