/**
 * The application of a test's node: publications, methods, and how it starts Cluster.
 *
 * Loaded into every process of the tests; does nothing but in one that `node-process.ts` has started.
 */

import { Cluster, type ClusterConfig } from 'meteor/cluster';
import { Meteor } from 'meteor/meteor';
import { Mongo } from 'meteor/mongo';
import { allowClientWrites, INSTANCE, items, itemsOfOtherConnection } from './node-collections';
import type { Item, NodeConfig } from './node-config';
import { methods } from './node-methods';
import { createClients } from './redis-clients';
import { listenToSignals } from './signal-listeners';

const given = process.env.CLUSTER_TEST_NODE;
if (given) serve(JSON.parse(given) as Partial<NodeConfig>);

function serve(config: Partial<NodeConfig>): void {
  const { longestTimer, onSignal, script, clockAheadMs } = config;
  if (clockAheadMs !== undefined) shiftClock(clockAheadMs);
  if (longestTimer !== undefined) cutTimers(longestTimer);
  publish();
  Meteor.methods(methods as unknown as Parameters<typeof Meteor.methods>[0]);
  if (onSignal) listenToSignals(onSignal);
  Meteor.startup(() => {
    if (!config.isWithoutCode) startCluster(config);
    if (script) void runScript(script).then(() => process.exit());
  });
}

/** As in the article: no await, and in either order. */
function startCluster({ cluster = {}, sync = ['items'], syncMore = 0, clients }: Partial<NodeConfig>): void {
  Cluster.sync(...sync);
  Cluster.sync(Array.from({ length: syncMore }, (_, n) => `a_collection_with_a_long_name_${n}`));
  const config = clients ? { ...cluster, createClient: createClients(clients) } : cluster;
  void Cluster.init(config as ClusterConfig);
}

async function runScript({ run, item }: NodeConfig['script']): Promise<void> {
  if (run === 'touch') {
    await items()
      .rawCollection()
      .insertOne(item as never);
    await Cluster.touch('items', item._id);
  } else {
    await items().insertAsync(item);
    await Cluster.flush();
  }
}

function publish(): void {
  const unsynced = new Mongo.Collection<Item>('unsynced', INSTANCE);
  allowClientWrites();
  Meteor.publish('otherConnection', (group: string) => itemsOfOtherConnection().find({ group }));
  Meteor.publish('group', (group: string) => items().find({ group }));
  Meteor.publish('kind', (group: string, kind: string) => items().find({ group, kind }));
  Meteor.publish('kindInGroups', (kind: string, groups: string[]) =>
    items().find({ kind, group: { $in: groups } }),
  );
  Meteor.publish('tick', (tick: number, groups: string[]) => items().find({ tick, group: { $in: groups } }));
  Meteor.publish('one', (id: string) => items().find({ _id: id }));
  Meteor.publish('top', (group: string, limit: number) =>
    items().find({ group }, { sort: { n: -1 }, limit }),
  );
  // Meteor's oplog observe driver takes no cursor that skips: this live query polls.
  Meteor.publish('afterFirst', (group: string) => items().find({ group }, { sort: { n: 1 }, skip: 1 }));
  Meteor.publish('projected', (group: string) => items().find({ group }, { fields: { n: 1 } }));
  Meteor.publish('unsynced', (group: string) => unsynced.find({ group }));
}

function shiftClock(aheadMs: number): void {
  const { now } = Date;
  Date.now = () => now() + aheadMs;
}

function cutTimers(longest: number): void {
  const { setTimeout } = globalThis;
  const cut = (run: () => void, ms = 0, ...args: []) => setTimeout(run, Math.min(ms, longest), ...args);
  globalThis.setTimeout = Object.assign(cut, setTimeout) as typeof setTimeout;
}
