/** The channel, received and published on by a Redis client of the tests' own. */

import { randomUUID } from 'node:crypto';
import { createClient } from 'redis';
import { defaultRedis } from './default-redis';
import { eventually } from './eventually';

/** A message about a change, as it was on the channel. */
export interface ReceivedChange {
  readonly node: string;
  readonly collection: string;
  readonly ids: readonly string[] | 'all';
  readonly database?: string;
  /** One per id: 0, or the kind of write with the hashes of the fields that it changed. */
  readonly hints?: readonly unknown[];
  /** The fields of the selector by which the ids were looked up, or 0, and a hint. */
  readonly lookedUp?: readonly unknown[];
}

export interface Wire {
  /** The changes received so far, in order. */
  readonly changes: readonly ReceivedChange[];
  /** Every text received so far, in order. */
  readonly texts: readonly string[];
  /** The nodes whose leave messages were received so far. */
  readonly left: readonly string[];
  /** @returns to how many subscribers Redis has sent it */
  publish(text: string): Promise<number>;
  /** Resolves when everything that Redis has accepted before is received. */
  flush(): Promise<void>;
  close(): void;
}

type Received = Partial<ReceivedChange> & { readonly kind?: unknown };

export async function listen(namespace: string): Promise<Wire> {
  const channel = `cluster:${namespace}`;
  const publisher = await connect();
  const subscriber = await connect();
  const changes: ReceivedChange[] = [];
  const left: string[] = [];
  const markers = new Set<string>();
  const texts: string[] = [];
  await subscriber.subscribe(channel, (text) => {
    const message = parsed(text);
    texts.push(text);
    if (message.kind === 'change') changes.push(message as ReceivedChange);
    if (message.kind === 'leave') left.push(String(message.node));
    if (message.kind === 'test marker') markers.add(String(message.node));
  });
  return {
    changes,
    left,
    texts,
    publish: (text) => publisher.publish(channel, text),
    async flush() {
      const node = randomUUID();
      // Nodes ignore messages of unknown kinds.
      await publisher.publish(channel, JSON.stringify({ v: 1, kind: 'test marker', node }));
      await eventually('the marker on the channel', () => markers.has(node));
    },
    close() {
      publisher.destroy();
      subscriber.destroy();
    },
  };
}

/** Connects to the Redis that Cluster uses by default. */
function connect() {
  const { host, port, tls, username, password } = defaultRedis();
  const socket = tls ? { host, port, tls: true as const } : { host, port };
  return createClient({ RESP: 2, socket, username, password }).connect();
}

function parsed(text: string): Received {
  try {
    return JSON.parse(text) ?? {};
  } catch {
    return {};
  }
}
