/**
 * The application of a benchmark's node: live queries, methods that write, and the counters of what the node uses.
 *
 * Loaded by the stand-in in a process that site.ts starts. Commands to the database are counted by the `mongodb` driver's
 * own command monitoring, which costs every strategy the same per command.
 */

import { writeFile } from 'node:fs/promises';
import { Session } from 'node:inspector/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { Cluster, type ClusterConfig } from 'meteor/cluster';
import { Meteor } from 'meteor/meteor';
import { Mongo, MongoInternals } from 'meteor/mongo';
import type { Selectors } from './matrix';

/** The configuration of a node, as JSON in the variable `CLUSTER_BENCH_NODE`. */
export interface NodeConfig {
  /** Null: without Cluster. */
  readonly cluster: ClusterConfig | null;
}

export interface Item {
  _id: string;
  /** Documents of a block are updated together. */
  block: number;
  /** Live queries select by this, except for one that selects all documents. */
  room: number;
  /** The room, for selectors by a nested path. */
  place: { readonly room: number };
  /** Grows with each write of the document. */
  n: number;
  text: string;
}

/** The resources that a node has used since it started. */
export interface Cost {
  /** Of the process, in ms. */
  readonly cpu: number;
  /** Commands to the database. */
  readonly reads: number;
  readonly writes: number;
  /** Documents that only a poll has shown. */
  readonly foundByPolls: number;
}

interface RoomQuery {
  readonly selector: Mongo.Selector<Item>;
  readonly sort?: Mongo.SortSpecifier;
  readonly limit?: number;
}

/** No document is of a block of this number or a higher one. */
const BLOCKS_END = 1_000_000;
const READS = new Set(['find', 'getMore', 'aggregate', 'count', 'distinct']);
const WRITES = new Set(['insert', 'update', 'delete', 'findAndModify']);

const { cluster } = JSON.parse(process.env.CLUSTER_BENCH_NODE ?? '{"cluster":null}') as NodeConfig;
/** More than a room has documents, but for those that are inserted. */
const WINDOW = 100;

/** Returns the live query of a room, in each form. */
const FORMS: Readonly<Record<Exclude<Selectors, 'mix'>, (room: number) => RoomQuery>> = {
  equality: (room) => ({ selector: { room } }),
  in: (room) => ({ selector: { room: { $in: [room, -1 - room] } } }),
  range: (room) => ({ selector: { room: { $gte: room, $lt: room + 1 } } }),
  or: (room) => ({ selector: { $or: [{ room }, { block: BLOCKS_END + room }] } }),
  nested: (room) => ({ selector: { 'place.room': room } }),
  window: (room) => ({ selector: { room }, sort: { n: -1 }, limit: WINDOW }),
};
const FORM_NAMES = Object.keys(FORMS) as (keyof typeof FORMS)[];

const collections = new Map<string, Mongo.Collection<Item>>();
let reads = 0;
let writes = 0;
let profiler: Session | undefined;

/** The methods of a node, as `Caller.call` takes them. */
export const methods = {
  open: async (collection: string) => {
    items(collection);
    if (cluster) Cluster.sync(collection);
  },
  insert: (collection: string, item: Item) => items(collection).insertAsync(item),
  update: (collection: string, id: string, n: number) =>
    items(collection).updateAsync({ _id: id }, { $set: { n } }),
  multi: (collection: string, block: number, n: number) =>
    items(collection).updateAsync({ block }, { $set: { n } }, { multi: true }),
  remove: (collection: string, id: string) => items(collection).removeAsync({ _id: id }),
  removeBlock: (collection: string, block: number) => items(collection).removeAsync({ block }),
  status: async () => Cluster.status(),
  cost: async (): Promise<Cost> => {
    const { user, system } = process.cpuUsage();
    // Earlier versions do not count these.
    const { foundByPolls = 0 } = cluster ? Cluster.metrics().counters : {};
    return { cpu: (user + system) / 1000, reads, writes, foundByPolls };
  },
  /** Returns the heap in use after a garbage collection, in bytes. */
  heap: async () => {
    const { gc } = globalThis;
    if (!gc) throw new Error('A node of the benchmark needs --expose-gc');
    // Several times, because what finalizers hold is freed later.
    for (let round = 0; round < 4; round += 1) {
      gc();
      await pause(20);
    }
    return process.memoryUsage().heapUsed;
  },
  startProfile: async () => {
    profiler = new Session();
    profiler.connect();
    await profiler.post('Profiler.enable');
    await profiler.post('Profiler.start');
  },
  stopProfile: async (file: string) => {
    const { profile } = (await profiler?.post('Profiler.stop')) ?? {};
    profiler?.disconnect();
    await writeFile(file, JSON.stringify(profile));
  },
};

export type Methods = typeof methods;

countCommands();
Meteor.publish('all', (collection: string) => items(collection).find({}));
Meteor.publish('room', (collection: string, room: number, selectors: Selectors) => {
  const form = selectors === 'mix' ? FORM_NAMES[room % FORM_NAMES.length] : selectors;
  const { selector, ...options } = FORMS[form ?? 'equality'](room);
  return items(collection).find(selector, options);
});
// Different live queries that each select every document, or none.
Meteor.publish('every', (collection: string, i: number) => items(collection).find({ n: { $gt: -1 - i } }));
Meteor.publish('never', (collection: string, i: number) => items(collection).find({ n: { $lt: -1 - i } }));
Meteor.methods(methods as unknown as Parameters<typeof Meteor.methods>[0]);
Meteor.startup(() => {
  if (cluster) Cluster.init(cluster);
});

function items(name: string): Mongo.Collection<Item> {
  const known = collections.get(name) ?? new Mongo.Collection<Item>(name);
  collections.set(name, known);
  return known;
}

/** Called before the first command opens a connection, because a connection keeps the options it was made with. */
function countCommands(): void {
  const { client } = MongoInternals.defaultRemoteCollectionDriver().mongo;
  // Meteor has made its client already. The driver has this setter for monitoring tools that are loaded later.
  Object.assign(client, { monitorCommands: true });
  client.on('commandStarted', ({ commandName }: { commandName: string }) => {
    if (READS.has(commandName)) reads += 1;
    if (WRITES.has(commandName)) writes += 1;
  });
}
