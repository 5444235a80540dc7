/**
 * Measures what a live query takes of a node's heap: by itself, and for each document that it selects.
 *
 * Called by main.ts. A strategy that kept copies of documents in addition to Meteor's own would take more per document than
 * Meteor without Cluster.
 */

import { randomBytes } from 'node:crypto';
import type { Db } from 'mongodb';
import type { Item } from './node-app';
import type { MemoryResult } from './results';
import type { Site } from './site';
import { Subscriber } from './subscriber';

const QUERIES = 100;
const DOCUMENTS = 200;

export async function measureMemory({ strategy, nodes }: Site, db: Db): Promise<MemoryResult> {
  const [node] = nodes;
  if (!node) throw new Error('The site has no nodes');
  const collection = `bench_memory_${strategy}_${randomBytes(4).toString('hex')}`;
  const items = Array.from({ length: DOCUMENTS }, (_, i) => ({
    _id: `document-${i}`,
    block: 0,
    room: 0,
    place: { room: 0 },
    n: i,
    text: `text of document ${i}, `.repeat(10),
  }));
  await db.collection<Item>(collection).insertMany(items);
  await Promise.all(nodes.map((each) => each.call('open', collection)));
  const subscriber = new Subscriber(node.url, 0, collection);
  const heapWith = async (publication: string, from: number, to: number) => {
    for (let i = from; i < to; i += 1) await subscriber.subscribe(publication, i);
    return node.call('heap');
  };
  try {
    // The first live queries of each kind create what all of them share.
    await heapWith('never', 0, 5);
    const before = await heapWith('every', 0, 5);
    const withEmpty = await heapWith('never', 5, 5 + QUERIES);
    const withFull = await heapWith('every', 5, 5 + QUERIES);
    const perQuery = (withEmpty - before) / QUERIES;
    const perDocument = ((withFull - withEmpty) / QUERIES - perQuery) / DOCUMENTS;
    return { strategy, perQuery, perDocument };
  } finally {
    subscriber.close();
    await db.collection(collection).drop();
  }
}
