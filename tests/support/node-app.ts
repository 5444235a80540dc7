/**
 * The application that a test's node serves: collections, publications, and methods that write in every way there is.
 *
 * Loaded into every process of the tests; does nothing but in one that `nodes.ts` started as a node.
 */

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Cluster, type ClusterConfig } from 'meteor/cluster';
import { Meteor } from 'meteor/meteor';
import { Mongo, MongoInternals } from 'meteor/mongo';
import { type ClientsConfig, createClients } from './clients';

/** What a node is told by the process that starts it, as JSON in the variable `CLUSTER_TEST_NODE`. */
export interface NodeConfig {
  readonly cluster: ClusterConfig;
  /** Names of the collections to sync. */
  readonly sync: readonly string[];
  /** Has Cluster use clients that the application makes. */
  readonly clients?: ClientsConfig | undefined;
}

/** A document of the tests: `group` keeps the tests apart, `n` is written and sorted by, `kind` is queried by. */
export interface Item {
  _id: string;
  group: string;
  n: number;
  kind?: string;
}

export type Selector = string | Record<string, unknown>;

/** The methods of a node, as `TestNode.call` takes them. */
export const methods = {
  insert: (item: Item) => items().insertAsync(item),
  update: (selector: Selector, modifier: Record<string, unknown>, options = {}) =>
    items().updateAsync(selector, modifier, options),
  upsert: (selector: Selector, modifier: Record<string, unknown>) => items().upsertAsync(selector, modifier),
  remove: (selector: Selector) => items().removeAsync(selector),
  /** Several writes in one turn of the event loop. Over when all of them are, also when one is refused. */
  insertMany: async (list: Item[]) => {
    const writes = list.map((item) => items().insertAsync(item));
    await Promise.allSettled(writes);
    return Promise.all(writes);
  },
  /** Around Meteor, and so around Cluster. */
  rawInsert: async (item: Item) => {
    await items()
      .rawCollection()
      .insertOne(item as never);
  },
  /** Killed when the database has acknowledged the write, before anything can be announced. */
  insertAndDie: async (item: Item) => {
    const { _collection } = items() as unknown as { _collection: typeof instance };
    await _collection?.insertAsync(item);
    process.kill(process.pid, 'SIGKILL');
  },
  insertThroughOtherConnection: (item: Item) => elsewhere().insertAsync(item),
  insertObjectId: async (hex: string, group: string) => {
    await items().insertAsync({ _id: new Mongo.ObjectID(hex) as unknown as string, group, n: 0 });
  },
  updateObjectId: (hex: string) => items().updateAsync(new Mongo.ObjectID(hex), { $inc: { n: 1 } }),
  removeObjectId: (hex: string) => items().removeAsync(new Mongo.ObjectID(hex)),
  touch: (ids?: string | string[]) => Cluster.touch('items', ids),
  insertIntoUnsynced: (item: Item) => new Mongo.Collection<Item>('unsynced', INSTANCE).insertAsync(item),
  insertThroughSecondInstance: (item: Item) =>
    new Mongo.Collection<Item>('items', INSTANCE).insertAsync(item),
  /** Touches `count` documents of each collection. @returns by how many bytes the heap has grown */
  touchMany: async (collections: string[], count: number) => {
    const before = await heapUsed();
    for (const collection of collections) {
      const ids = Array.from({ length: count }, (_, n) => `${collection}-${n}`);
      for (const id of ids) await Cluster.touch(collection, id);
    }
    return (await heapUsed()) - before;
  },
  status: async () => Cluster.status(),
  close: async () => Cluster.close(),
  reopen: (config: ClusterConfig) => {
    Cluster.sync('items');
    return Cluster.init(config);
  },
};

export type Methods = typeof methods;

/** Meteor's options for one more instance of a name. */
const INSTANCE = { defineMutationMethods: false, _suppressSameNameError: true } as object;

let instance: Mongo.Collection<Item> | undefined;

function items(): Mongo.Collection<Item> {
  instance ??= new Mongo.Collection<Item>('items', INSTANCE);
  return instance;
}

let otherInstance: Mongo.Collection<Item> | undefined;

/** The same collection through a connection of its own to the same database. */
function elsewhere(): Mongo.Collection<Item> {
  if (!otherInstance) {
    const { RemoteCollectionDriver } = MongoInternals as unknown as {
      RemoteCollectionDriver: new (url: string | undefined, options: object) => object;
    };
    const _driver = new RemoteCollectionDriver(process.env.MONGO_URL, {});
    otherInstance = new Mongo.Collection<Item>('items', { ...INSTANCE, _driver } as object);
  }
  return otherInstance;
}

/** What is in use after a garbage collection, in bytes. */
async function heapUsed(): Promise<number> {
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc') as () => void;
  // Twice, with a turn between: what finalizers hold on to goes in the second.
  collectGarbage();
  await new Promise(setImmediate);
  collectGarbage();
  return process.memoryUsage().heapUsed;
}

const given = process.env.CLUSTER_TEST_NODE;
if (given) serve(JSON.parse(given) as NodeConfig);

function serve({ cluster, sync, clients }: NodeConfig): void {
  const unsynced = new Mongo.Collection<Item>('unsynced', INSTANCE);
  // Clients write into this one themselves; the stand-in knows no such collections.
  if ('allow' in Mongo.Collection.prototype) {
    const yes = () => true;
    // Meteor 3.0 asks the rules by the names of the asynchronous methods.
    const rules = {
      insert: yes,
      update: yes,
      remove: yes,
      insertAsync: yes,
      updateAsync: yes,
      removeAsync: yes,
    };
    new Mongo.Collection<Item>('open').allow(rules);
  }
  Meteor.publish('elsewhere', (group: string) => elsewhere().find({ group }));
  Meteor.publish('group', (group: string) => items().find({ group }));
  Meteor.publish('kind', (group: string, kind: string) => items().find({ group, kind }));
  Meteor.publish('one', (id: string) => items().find({ _id: id }));
  Meteor.publish('top', (group: string, limit: number) =>
    items().find({ group }, { sort: { n: -1 }, limit }),
  );
  // Meteor's oplog observe driver takes no cursor that skips: this live query polls.
  Meteor.publish('afterFirst', (group: string) => items().find({ group }, { sort: { n: 1 }, skip: 1 }));
  Meteor.publish('projected', (group: string) => items().find({ group }, { fields: { n: 1 } }));
  Meteor.publish('unsynced', (group: string) => unsynced.find({ group }));
  Meteor.methods(methods as unknown as Parameters<typeof Meteor.methods>[0]);
  Meteor.startup(() => {
    // As in the article: no await, and in either order.
    Cluster.sync(...sync);
    Cluster.init(clients ? { ...cluster, createClient: createClients(clients) } : cluster);
  });
}
