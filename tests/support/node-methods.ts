/** The methods of a node, as `TestNode.call` takes them: every way to write, and every function of Cluster. */

import { AsyncResource } from 'node:async_hooks';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Cluster, type ClusterConfig } from 'meteor/cluster';
import { Mongo } from 'meteor/mongo';
import type { rawItems } from './database';
import { INSTANCE, items, itemsOfOtherConnection } from './node-collections';
import type { Item, Selector } from './node-config';
import { startNode } from './nodes';
import { RedisServer } from './redis-server';

/** So few that their changes have to be merged, and so many that the promises of touching cost little. */
const TOUCHED_AT_ONCE = 20;

export const methods = {
  insert: (item: Item) => items().insertAsync(item),
  update: (selector: Selector, modifier: Record<string, unknown>, options = {}) =>
    items().updateAsync(selector, modifier, options),
  upsert: (selector: Selector, modifier: Record<string, unknown>) => items().upsertAsync(selector, modifier),
  remove: (selector: Selector) => items().removeAsync(selector),
  /** Several writes in one turn of the event loop. Resolves when all have ended, also when one is refused. */
  insertMany: async (list: Item[]) => {
    const writes = list.map((item) => items().insertAsync(item));
    await Promise.allSettled(writes);
    return Promise.all(writes);
  },
  /** Several updates of one document in one turn. @returns the largest number of documents that one has written */
  updateAtOnce: async (id: string, modifiers: Record<string, unknown>[]) => {
    const updates = modifiers.map((modifier) => items().updateAsync(id, modifier));
    await Promise.allSettled(updates);
    return Math.max(...(await Promise.all(updates)));
  },
  /** A raw write: calls a method of the driver's collection. */
  raw: async (method: RawMethod, ...args: unknown[]) => {
    const collection = items().rawCollection();
    await Reflect.apply(collection[method] as () => Promise<unknown>, collection, args);
  },
  /** Executes a builder of the driver: inserts items, updates one and removes one. */
  rawBulk: async (isOrdered: boolean, inserted: Item[], updated: string, removed: string) => {
    const collection = items().rawCollection() as unknown as RawCollection;
    const bulk = isOrdered ? collection.initializeOrderedBulkOp() : collection.initializeUnorderedBulkOp();
    for (const item of inserted) bulk.insert(item);
    bulk.find({ _id: updated }).updateOne({ $set: { n: 7 } });
    bulk.find({ _id: removed }).deleteOne();
    await bulk.execute();
  },
  /** The process is killed when the database has acknowledged the write, before it can be published. */
  insertThenKill: async (item: Item) => {
    const { _collection } = items() as unknown as { _collection: ReturnType<typeof items> };
    await _collection.insertAsync(item);
    process.kill(process.pid, 'SIGKILL');
  },
  insertThroughOtherConnection: (item: Item) => itemsOfOtherConnection().insertAsync(item),
  insertThroughSecondInstance: (item: Item) =>
    new Mongo.Collection<Item>('items', INSTANCE).insertAsync(item),
  insertIntoUnsynced: (item: Item) => new Mongo.Collection<Item>('unsynced', INSTANCE).insertAsync(item),
  insertObjectId: async (hex: string, group: string) => {
    await items().insertAsync({ _id: new Mongo.ObjectID(hex) as unknown as string, group, n: 0 });
  },
  updateObjectId: (hex: string) => items().updateAsync(new Mongo.ObjectID(hex), { $inc: { n: 1 } }),
  removeObjectId: (hex: string) => items().removeAsync(new Mongo.ObjectID(hex)),
  touch: (ids?: string | string[]) => Cluster.touch('items', ids),
  /** Touches so many documents of each collection, a few at a time. @returns by how many bytes the heap has grown */
  touchMany: async (collections: string[], count: number) => {
    const before = await heapUsed();
    for (let n = 0; n < count; n += TOUCHED_AT_ONCE) {
      const ids = Array.from({ length: TOUCHED_AT_ONCE }, (_, index) => n + index);
      // The collections together: each time-out of a touch is a turn of the event loop.
      await Promise.all(
        collections.map((name) =>
          Cluster.touch(
            name,
            ids.map((id) => `${name}-${id}`),
          ),
        ),
      );
    }
    return (await heapUsed()) - before;
  },
  /** Touches two documents, one after the other, and closes at once: one change is being published, one is pending. */
  touchAndClose: async (ids: [string, string]) => {
    await touchInTurns(ids);
    await Cluster.close();
  },
  /** The same, and the process gets a signal. */
  touchAndSignal: async (ids: [string, string], signal: NodeJS.Signals) => {
    await touchInTurns(ids);
    process.kill(process.pid, signal);
  },
  /** Writes to documents of a group without end, in the background, until the process ends. */
  writeForEver: async (group: string, kind: keyof typeof ENDLESS_WRITES) => {
    startEndlessWrites(group, kind);
  },
  status: async () => Cluster.status(),
  counters: async () => Cluster.metrics().counters,
  healthy: async () => Cluster.healthy(),
  flush: () => Cluster.flush(),
  close: () => Cluster.close(),
  reopen: (config: ClusterConfig) => {
    Cluster.sync('items');
    return Cluster.init(config);
  },
  /** Starts a node and a Redis from this node's process. @returns the node's URL and the port of Redis */
  startChildren: async () => {
    const [node, redis] = await Promise.all([startNode(), RedisServer.start()]);
    return { url: node.url, pid: Number(node.process.pid), redisPort: redis.port };
  },
};

export type Methods = typeof methods;

type RawCollection = ReturnType<typeof rawItems>;
type RawMethod =
  | 'insertOne'
  | 'insertMany'
  | 'updateOne'
  | 'updateMany'
  | 'replaceOne'
  | 'deleteOne'
  | 'deleteMany'
  | 'findOneAndUpdate'
  | 'findOneAndReplace'
  | 'findOneAndDelete'
  | 'bulkWrite';

/** Increments `n` of one document. */
const increment = (_id: string, group: string) => items().upsertAsync({ _id, group }, { $inc: { n: 1 } });

/** Ways to write until the process ends. */
const ENDLESS_WRITES = {
  'one after the other': async (group: string) => {
    for (;;) await increment(group, group);
  },
  'with pauses': async (group: string) => {
    for (;;) {
      await increment(group, group);
      await new Promise((resolve) => setTimeout(resolve, 3));
    }
  },
  'four at once': async (group: string) => {
    for (;;) await Promise.all([1, 2, 3, 4].map((n) => increment(`${group}-${n}`, group)));
  },
};

async function touchInTurns(ids: readonly string[]): Promise<void> {
  for (const id of ids) {
    // The last change is published at the end of its turn.
    await new Promise(setImmediate);
    await new Promise(setImmediate);
    void Cluster.touch('items', id);
  }
}

/** Returns the bytes in use after a garbage collection. */
async function heapUsed(): Promise<number> {
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc') as () => void;
  // Twice, with a turn between: objects held by finalizers are collected by the second.
  collectGarbage();
  await new Promise(setImmediate);
  collectGarbage();
  return process.memoryUsage().heapUsed;
}

/** In the context of now: within that of a method, its write fence would wait for the last write. */
const startEndlessWrites = AsyncResource.bind((group: string, kind: keyof typeof ENDLESS_WRITES) => {
  void ENDLESS_WRITES[kind](group).catch(() => {});
});
