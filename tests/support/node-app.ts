/**
 * The application that a test's node serves: collections, publications, and methods that write in every way there is.
 *
 * Loaded into every process of the tests; does nothing but in one that `nodes.ts` started as a node.
 */

import { Cluster, type ClusterConfig } from 'meteor/cluster';
import { Meteor } from 'meteor/meteor';
import { Mongo } from 'meteor/mongo';

/** What a node is told by the process that starts it, as JSON in the variable `CLUSTER_TEST_NODE`. */
export interface NodeConfig {
  readonly cluster: ClusterConfig;
  /** Names of the collections to sync. */
  readonly sync: readonly string[];
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
  /** Several writes in one turn of the event loop. */
  insertMany: (list: Item[]) => Promise.all(list.map((item) => items().insertAsync(item))),
  /** Around Meteor, and so around Cluster. */
  rawInsert: async (item: Item) => {
    await items()
      .rawCollection()
      .insertOne(item as never);
  },
  touch: (ids?: string | string[]) => Cluster.touch('items', ids),
  insertIntoUnsynced: (item: Item) => new Mongo.Collection<Item>('unsynced', INSTANCE).insertAsync(item),
  insertThroughSecondInstance: (item: Item) =>
    new Mongo.Collection<Item>('items', INSTANCE).insertAsync(item),
  status: async () => Cluster.status(),
  close: async () => Cluster.close(),
};

export type Methods = typeof methods;

/** Meteor's options for one more instance of a name. */
const INSTANCE = { defineMutationMethods: false, _suppressSameNameError: true } as object;

let instance: Mongo.Collection<Item> | undefined;

function items(): Mongo.Collection<Item> {
  instance ??= new Mongo.Collection<Item>('items', INSTANCE);
  return instance;
}

const given = process.env.CLUSTER_TEST_NODE;
if (given) serve(JSON.parse(given) as NodeConfig);

function serve({ cluster, sync }: NodeConfig): void {
  const unsynced = new Mongo.Collection<Item>('unsynced', INSTANCE);
  Meteor.publish('group', (group: string) => items().find({ group }));
  Meteor.publish('kind', (group: string, kind: string) => items().find({ group, kind }));
  Meteor.publish('one', (id: string) => items().find({ _id: id }));
  Meteor.publish('top', (group: string, limit: number) =>
    items().find({ group }, { sort: { n: -1 }, limit }),
  );
  Meteor.publish('unsynced', (group: string) => unsynced.find({ group }));
  Meteor.methods(methods as unknown as Parameters<typeof Meteor.methods>[0]);
  Meteor.startup(() => {
    // As in the article: no await, and in either order.
    Cluster.sync(...sync);
    Cluster.init(cluster);
  });
}
