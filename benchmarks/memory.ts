/**
 * What a live query takes of a node's heap: so much by itself, and so much for each document it selects. Called by
 * bench.ts.
 *
 * A strategy that kept copies of documents beside Meteor's own would take more per document than Meteor without Cluster.
 */

import { randomBytes } from 'node:crypto';
import type { Db } from 'mongodb';
import type { Item } from './bench-node';
import type { MemoryResult } from './results';
import type { Site } from './site';
import { Viewer } from './viewer';

const QUERIES = 100;
const DOCUMENTS = 200;

export async function measureMemory(site: Site, db: Db): Promise<MemoryResult> {
  const [node] = site.nodes;
  if (!node) throw new Error('a site without nodes');
  const collection = `bench_memory_${site.strategy}_${randomBytes(4).toString('hex')}`;
  const items = Array.from({ length: DOCUMENTS }, (_, i) => ({
    _id: `document-${i}`,
    block: 0,
    shard: 0,
    n: i,
    text: `text of document ${i}, `.repeat(10),
  }));
  await db.collection<Item>(collection).insertMany(items);
  await Promise.all(site.nodes.map((each) => each.call('open', collection)));
  const viewer = new Viewer(node.url, 0, collection);
  const subscribe = async (publication: string, from: number, to: number) => {
    for (let i = from; i < to; i += 1) await viewer.subscribe(publication, i);
    return node.call('heap');
  };
  try {
    // The first of each make what all share.
    await subscribe('never', 0, 5);
    const before = await subscribe('every', 0, 5);
    const withEmpty = await subscribe('never', 5, 5 + QUERIES);
    const withFull = await subscribe('every', 5, 5 + QUERIES);
    const perQuery = (withEmpty - before) / QUERIES;
    const perDocument = ((withFull - withEmpty) / QUERIES - perQuery) / DOCUMENTS;
    return { strategy: site.strategy, perQuery, perDocument };
  } finally {
    viewer.close();
    await db.collection(collection).drop();
  }
}
