/**
 * A collection of a site and the clients subscribed to it: shared by the cells of one shape.
 *
 * Called by main.ts and stress.ts. Each node has `queries` different live queries, all of this collection. In the layout
 * `shared` one client of the node subscribes to the first, which selects all documents. A second client subscribes to the
 * others, which select by `room`, in the form of the shape. So a document is in two live queries, in whichever number there are. In the layout
 * `partitioned` all live queries select by `room`, and each node has rooms of its own. So a document is in one live query of one
 * node.
 */

import { randomBytes } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { Db } from 'mongodb';
import pWaitFor from 'p-wait-for';
import type { Shape } from './matrix';
import type { Item } from './node-app';
import type { Site } from './site';
import { Subscriber } from './subscriber';

export const BLOCKS = 8;
export const BLOCK_SIZE = 10;
/** The block of the documents that are inserted while measuring. */
export const INSERTED = -1;
/** The block of the documents that nobody writes. */
const UNCHANGED = -2;
const SENTENCE = 'Meteor Cluster lets several nodes share a live database. ';

export interface Fixture {
  readonly site: Site;
  readonly shape: Shape;
  readonly collection: string;
  /** The clients that show what is written. */
  readonly readers: readonly Subscriber[];
  /** Returns a higher number than those of all earlier writes. */
  nextNumber(): number;
  newItem(id: string, block: number, n: number): Item;
  /** Waits until every view equals the database. @returns the difference that remains; undefined: none */
  converge(timeoutMs: number): Promise<string | undefined>;
  close(): Promise<void>;
}

export async function createFixture(site: Site, shape: Shape, db: Db): Promise<Fixture> {
  const { queries, selectors } = shape;
  const isPartitioned = shape.layout === 'partitioned';
  const collection = `bench_${site.strategy}_${queries}_${randomBytes(4).toString('hex')}`;
  const stored = db.collection<Item>(collection);
  /** Rooms of a node. Those of the first node come first. */
  const rooms = isPartitioned ? queries : Math.max(1, queries - 1);
  const isShown = (node: number, { room }: Item) => !isPartitioned || Math.floor(room / rooms) === node;
  const text = SENTENCE.repeat(Math.ceil(shape.documentBytes / SENTENCE.length)).slice(
    0,
    shape.documentBytes,
  );
  let number = 0;
  let count = 0;
  const newItem = (_id: string, block: number, n: number) => {
    count += 1;
    // A block of a partition is in one room: so each write concerns one room.
    const room = (isPartitioned && block >= 0 ? block : count) % rooms;
    return { _id, block, room, place: { room }, n, text };
  };
  await stored.insertMany(seeds(newItem, isPartitioned ? site.nodes.length : 1, rooms));
  await Promise.all(site.nodes.map((node) => node.call('open', collection)));
  const subscribers: Subscriber[] = [];
  const close = async () => {
    for (const subscriber of subscribers) subscriber.close();
    await stored.drop();
  };
  const connect = (url: string, node: number) => {
    const subscriber = new Subscriber(url, node, collection);
    subscribers.push(subscriber);
    return subscriber;
  };
  const subscribe = async ({ url }: { url: string }, node: number) => {
    if (!isPartitioned) await connect(url, node).subscribe('all');
    if (!isPartitioned && queries === 1) return;
    const subscriber = connect(url, node);
    const first = isPartitioned ? node * rooms : 0;
    await Promise.all(
      Array.from({ length: rooms }, (_, i) => subscriber.subscribe('room', first + i, selectors)),
    );
  };
  try {
    await Promise.race([site.failed, Promise.all(site.nodes.map(subscribe))]);
  } catch (error) {
    await close();
    throw error;
  }
  return {
    site,
    shape,
    collection,
    newItem,
    close,
    readers: subscribers.filter(({ node }) => !isPartitioned || node === 0),
    nextNumber() {
      number += 1;
      return number;
    },
    async converge(timeoutMs) {
      let difference: string | undefined;
      const isConverged = async () => {
        const items = await stored.find().toArray();
        difference = subscribers
          .map((each) =>
            differenceOf(
              each,
              items.filter((item) => isShown(each.node, item)),
            ),
          )
          .find((each) => each !== undefined);
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

/** Returns the documents that are written, in rooms of the first partition, and unchanged ones for the others. */
function seeds(newItem: Fixture['newItem'], partitions: number, rooms: number): Item[] {
  const written = Array.from({ length: BLOCKS * BLOCK_SIZE }, (_, i) =>
    newItem(seedId(i % BLOCKS, Math.floor(i / BLOCKS)), i % BLOCKS, 0),
  );
  const unchanged = Array.from({ length: (partitions - 1) * BLOCK_SIZE }, (_, i) => {
    const partition = 1 + Math.floor(i / BLOCK_SIZE);
    const room = partition * rooms + (i % rooms);
    return { ...newItem(`unchanged-${i}`, UNCHANGED, 0), room, place: { room } };
  });
  return [...written, ...unchanged];
}

function differenceOf(subscriber: Subscriber, expected: readonly Item[]): string | undefined {
  const view = subscriber.documents();
  const missing = expected.filter((item) => !isDeepStrictEqual(item, view.get(item._id)));
  const extra = view.size - expected.filter(({ _id }) => view.has(_id)).length;
  if (missing.length === 0 && extra === 0) return undefined;
  return `a client of node ${subscriber.node} differs from the database in ${missing.length + extra} documents`;
}
