/**
 * A collection of a site and the clients subscribed to it: shared by the cells of one number of live queries.
 *
 * Called by main.ts and stress.ts. Each node has `queries` different live queries, all of this collection. One client of the
 * node subscribes to the first, which selects all documents. A second client subscribes to the others, which select by
 * `shard`. So a document is in two live queries, in whichever number there are.
 */

import { randomBytes } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { Db } from 'mongodb';
import pWaitFor from 'p-wait-for';
import type { Item } from './node-app';
import type { Site } from './site';
import { Subscriber } from './subscriber';

export const BLOCKS = 8;
export const BLOCK_SIZE = 10;
/** The block of the documents that are inserted while measuring. */
export const INSERTED = -1;
const TEXT = 'Meteor Cluster lets several nodes share a live database. '.repeat(2);

export interface Fixture {
  readonly site: Site;
  readonly queries: number;
  readonly collection: string;
  readonly subscribers: readonly Subscriber[];
  /** Returns a higher number than those of all earlier writes. */
  nextNumber(): number;
  newItem(id: string, block: number, n: number): Item;
  /** Waits until every view equals the database. @returns the difference that remains; undefined: none */
  converge(timeoutMs: number): Promise<string | undefined>;
  close(): Promise<void>;
}

export async function createFixture(site: Site, queries: number, db: Db): Promise<Fixture> {
  const collection = `bench_${site.strategy}_${queries}_${randomBytes(4).toString('hex')}`;
  const stored = db.collection<Item>(collection);
  const shards = Math.max(1, queries - 1);
  let number = 0;
  let count = 0;
  const newItem = (_id: string, block: number, n: number) => {
    count += 1;
    return { _id, block, shard: count % shards, n, text: TEXT };
  };
  const seeds = Array.from({ length: BLOCKS * BLOCK_SIZE }, (_, i) =>
    newItem(seedId(i % BLOCKS, Math.floor(i / BLOCKS)), i % BLOCKS, 0),
  );
  await stored.insertMany(seeds);
  await Promise.all(site.nodes.map((node) => node.call('open', collection)));
  const subscribers: Subscriber[] = [];
  const close = async () => {
    for (const subscriber of subscribers) subscriber.close();
    await stored.drop();
  };
  const subscribe = async ({ url }: { url: string }, node: number) => {
    const first = new Subscriber(url, node, collection);
    subscribers.push(first);
    await first.subscribe('all');
    if (queries === 1) return;
    const second = new Subscriber(url, node, collection);
    subscribers.push(second);
    await Promise.all(Array.from({ length: shards }, (_, shard) => second.subscribe('shard', shard)));
  };
  try {
    await Promise.race([site.failed, Promise.all(site.nodes.map(subscribe))]);
  } catch (error) {
    await close();
    throw error;
  }
  return {
    ...{ site, queries, collection, subscribers, newItem, close },
    nextNumber() {
      number += 1;
      return number;
    },
    async converge(timeoutMs) {
      let difference: string | undefined;
      const isConverged = async () => {
        difference = differenceOf(subscribers, await stored.find().toArray());
        return difference === undefined;
      };
      const timeout = { milliseconds: timeoutMs, fallback: () => {} };
      await pWaitFor(isConverged, { interval: 50, timeout });
      return difference;
    },
  };
}

export function seedId(block: number, i: number): string {
  return `seed-${block}-${i}`;
}

function differenceOf(subscribers: readonly Subscriber[], stored: readonly Item[]): string | undefined {
  for (const subscriber of subscribers) {
    const view = subscriber.documents();
    const missing = stored.filter((item) => !isDeepStrictEqual(item, view.get(item._id)));
    const extra = view.size - stored.filter(({ _id }) => view.has(_id)).length;
    if (missing.length > 0 || extra > 0) {
      return `a client of node ${subscriber.node} differs from the database in ${missing.length + extra} documents`;
    }
  }
  return undefined;
}
