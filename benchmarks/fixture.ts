/**
 * A collection that a site works on, and the clients that look at it: what the cells of one number of live queries share.
 *
 * Called by bench.ts and stress.ts. Each node has `queries` different live queries, all on this collection. One client
 * of the node subscribes to the first, which selects everything; a second one to all others, which select by `shard`,
 * so that a document is in two live queries however many there are.
 */

import { randomBytes } from 'node:crypto';
import type { Db } from 'mongodb';
import type { Fields } from '../../stand-in/ddp-client';
import type { Item } from './bench-node';
import type { Site } from './site';
import { Viewer } from './viewer';

export const BLOCKS = 8;
export const BLOCK_SIZE = 10;
/** The block of documents that are inserted while measuring. */
export const INSERTED = -1;
const TEXT = 'Meteor Cluster lets several nodes share a live database. '.repeat(2);

export interface Stage {
  readonly site: Site;
  readonly queries: number;
  readonly collection: string;
  readonly viewers: readonly Viewer[];
  /** A number that no write of this stage has used, higher than all that have. */
  nextNumber(): number;
  newItem(id: string, block: number, n: number): Item;
  /** Waits until every view equals the database. @returns what differs in the end; `undefined`: nothing */
  settle(timeout: number): Promise<string | undefined>;
  close(): Promise<void>;
}

export async function setStage(site: Site, queries: number, db: Db): Promise<Stage> {
  const collection = `bench_${site.strategy}_${queries}_${randomBytes(4).toString('hex')}`;
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
  await db.collection<Item>(collection).insertMany(seeds);
  await Promise.all(site.nodes.map((node) => node.call('open', collection)));
  const viewers = site.nodes.flatMap(({ url }, node) =>
    Array.from({ length: queries > 1 ? 2 : 1 }, () => new Viewer(url, node, collection)),
  );
  const stored = () => db.collection<Item>(collection).find().toArray();
  const close = async () => {
    for (const viewer of viewers) viewer.close();
    await db.collection(collection).drop();
  };
  try {
    await Promise.race([site.failed, Promise.all(viewers.map((viewer, i) => subscribe(viewer, i, queries)))]);
  } catch (error) {
    await close();
    throw error;
  }
  return {
    ...{ site, queries, collection, viewers, newItem, close },
    nextNumber() {
      number += 1;
      return number;
    },
    async settle(timeout) {
      const deadline = performance.now() + timeout;
      for (;;) {
        const difference = differenceOf(viewers, await stored());
        if (difference === undefined || performance.now() > deadline) return difference;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    },
  };
}

export function seedId(block: number, i: number): string {
  return `seed-${block}-${i}`;
}

async function subscribe(viewer: Viewer, index: number, queries: number): Promise<void> {
  if (queries === 1 || index % 2 === 0) return viewer.subscribe('all');
  await Promise.all(Array.from({ length: queries - 1 }, (_, shard) => viewer.subscribe('shard', shard)));
}

function differenceOf(viewers: readonly Viewer[], stored: readonly Item[]): string | undefined {
  for (const viewer of viewers) {
    const seen = viewer.documents();
    const missing = stored.filter((item) => !isEqual(item, seen.get(item._id)));
    const extra = seen.size - (stored.length - missing.filter((item) => !seen.has(item._id)).length);
    if (missing.length > 0 || extra > 0) {
      return `a client of node ${viewer.node} differs from the database in ${missing.length + extra} documents`;
    }
  }
  return undefined;
}

function isEqual(item: Item, seen: Fields | undefined): boolean {
  if (seen === undefined) return false;
  const keys = new Set([...Object.keys(item), ...Object.keys(seen)]);
  return [...keys].every((key) => item[key as keyof Item] === seen[key]);
}
