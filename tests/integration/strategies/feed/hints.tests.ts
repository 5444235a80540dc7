/** The cost of a change to a node that does not show it: with hints, not even a read. */

import type { Cluster } from 'meteor/cluster';
import { defaultConnection } from '../../../../src/meteor/collections/collections';
import { linesDuring } from '../../../support/console';
import { rawItems } from '../../../support/database';
import { eventually } from '../../../support/eventually';
import { newGroup } from '../../../support/groups';
import { shownIds } from '../../../support/live-query';
import { NAMESPACE, newCluster, newItems } from '../../../support/own-clusters';
import { addTest, type Scope } from '../../../support/scope';

/** Shorter than the default of `heartbeatTimeout`: the peer of a test, which publishes no heartbeats, expires after that. */
const RESYNCED_WITHIN_MS = 5000;

type Config = Exclude<NonNullable<Parameters<(typeof Cluster)['init']>[0]>, string>;

async function startCluster(scope: Scope, config: Config = {}) {
  const cluster = newCluster(scope);
  await linesDuring(() => cluster.init({ ...NAMESPACE, ...config }));
  const items = newItems();
  cluster.sync(items);
  return { cluster, items };
}

/** Counts the documents that the feed reads in this process. */
function countReads(scope: Scope): () => number {
  const connection = defaultConnection();
  const { find } = connection;
  let reads = 0;
  // Only the feed calls `find` of the connection object: collections have bound theirs.
  connection.find = (...args) => {
    reads += 1;
    return find.apply(connection, args);
  };
  scope.defer(() => Reflect.deleteProperty(connection, 'find'));
  return () => reads;
}

addTest('hints - a message lists the changed fields, and shows no value', async (test, scope) => {
  const { cluster, items } = await startCluster(scope);
  const wire = await scope.listen(NAMESPACE.namespace);
  const group = newGroup();
  const _id = `${group}-1`;
  const writes = [
    () => items.insertAsync({ _id, group: 'canary', n: 4711.0815 }),
    () => items.updateAsync({ _id }, { $set: { kind: 'canary' }, $inc: { n: 1 } }),
    () => items.updateAsync({ _id }, { group: 'replaced', n: 0 } as object),
    () => items.removeAsync({ _id }),
  ];
  for (const write of writes) {
    await write();
    await cluster.flush();
  }
  await wire.flush();
  const kinds = wire.changes.map(({ hints }) => {
    const [hint] = (hints ?? [undefined]) as [string, object][];
    return hint && [hint[0], Object.keys(hint[1])];
  });
  test.equal(kinds, [
    ['insert', ['_id', 'group', 'n']],
    ['update', ['kind', 'n']],
    undefined,
    ['remove', []],
  ]);
  test.notMatches(JSON.stringify(wire.changes), /canary|4711\.0815/);
});

addTest('hints - of writes that no live query can show, a node reads nothing', async (test, scope) => {
  const { cluster, items } = await startCluster(scope);
  const [group, other] = [newGroup(), newGroup()];
  await rawItems().insertOne({ _id: `${other}-moves`, group: other, n: 0 });
  const shown = await shownIds(scope, newItems(), { group });
  const top = await shownIds(scope, newItems(), { group }, { sort: { n: -1 }, limit: 2 });
  const reads = countReads(scope);
  await items.insertAsync({ _id: `${other}-1`, group: other, n: 1 });
  await items.updateAsync({ _id: `${other}-1` }, { $set: { kind: 'x' } });
  await items.updateAsync({ _id: `${other}-1` }, { $inc: { n: 1 }, $set: { group: `${other}-away` } });
  await items.updateAsync({ group: other }, { $set: { kind: 'y' } }, { multi: true });
  await items.removeAsync({ _id: `${other}-1` });
  await cluster.flush();
  const finds = reads();
  // The ids of the update by selector are found with one query.
  test.equal(finds, 1);
  await items.insertAsync({ _id: `${group}-1`, group, n: 1 });
  await items.updateAsync({ _id: `${other}-moves` }, { $set: { group } });
  const both = [`${group}-1`, `${other}-moves`];
  await eventually('both live queries to show them', () => both.every((id) => shown.has(id) && top.has(id)));
  await items.updateAsync({ _id: `${other}-moves` }, { $set: { group: other } });
  await eventually('the live query to hide it', () => shown.size === 1 && top.size === 1);
  // The insert is known as it is stored.
  test.equal(reads(), finds + 2);
});

addTest('hints - a string is no condition where a collation compares strings', async (test, scope) => {
  const { cluster, items } = await startCluster(scope);
  const group = newGroup();
  const ids = [1, 2, 3].map((n) => `${group}-away-${n}`) as [string, string, string];
  scope.defer(() => rawItems().deleteMany({ _id: { $in: ids } }));
  await rawItems().insertMany(ids.map((_id) => ({ _id, group: `${group}-away`, n: 0 })));
  const set = async (_id: string, n: number) => {
    await items.updateAsync({ _id }, { $set: { group: group.toUpperCase(), n } });
    await cluster.flush();
  };
  await shownIds(scope, newItems(), { group });
  const reads = countReads(scope);
  await set(ids[0], 1);
  test.equal(reads(), 0, 'bytes are compared');
  await shownIds(scope, newItems(), { group, n: 1 }, { collation: { locale: 'en', strength: 2 } });
  const opened = reads();
  await set(ids[1], 2);
  test.equal(reads(), opened, 'a number is compared as without a collation');
  await set(ids[2], 1);
  await eventually('the read', () => reads() === opened + 1);
});

addTest(
  'hints - without them every change of a collection with live queries is read',
  async (test, scope) => {
    const { cluster, items } = await startCluster(scope, { hints: false });
    const wire = await scope.listen(NAMESPACE.namespace);
    const [group, other] = [newGroup(), newGroup()];
    await rawItems().insertOne({ _id: `${other}-1`, group: other, n: 0 });
    await shownIds(scope, newItems(), { group });
    const reads = countReads(scope);
    await items.updateAsync({ _id: `${other}-1` }, { $set: { n: 1 } });
    await cluster.flush();
    await eventually('the read', () => reads() === 1);
    await wire.flush();
    test.equal(
      wire.changes.map(({ hints }) => hints),
      [undefined],
    );
  },
);

addTest('hints - a change that a node skips reveals the gap before it', async (test, scope) => {
  const { cluster, items } = await startCluster(scope, { resyncJitter: 0 });
  const wire = await scope.listen(NAMESPACE.namespace);
  const group = newGroup();
  const [first, moved] = [`${group}-1`, `${group}-2`];
  scope.defer(() => rawItems().deleteMany({ _id: { $in: [first, moved] } }));
  await rawItems().insertOne({ _id: moved, group: `${group}-away`, n: 0 });
  const shown = await shownIds(scope, items, { group });
  const reads = countReads(scope);
  const publish = (seq: number) => {
    const change = { node: `peer of ${group}`, seq, collection: 'items', ids: [moved] };
    return wire.publish(JSON.stringify({ v: 1, kind: 'change', ...change, hints: [['update', { n: 0 }]] }));
  };
  await rawItems().insertOne({ _id: first, group, n: 0 });
  // A first message that is not number 1 is a gap of its own.
  await publish(2);
  // A poll may have shown the document before.
  const isResynced = (times: number, id: string) => cluster.status().resyncs === times && shown.has(id);
  await eventually('the resync by the first message', () => isResynced(1, first), RESYNCED_WITHIN_MS);
  // The message about this write, number 3, is lost.
  await rawItems().updateOne({ _id: moved }, { $set: { group } });
  test.isFalse(shown.has(moved));
  await publish(4);
  await eventually('the live query to show it', () => isResynced(2, moved), RESYNCED_WITHIN_MS);
  test.equal(reads(), 0);
});

addTest(
  'hints - a live query that is older than the session shows changes all the same',
  async (test, scope) => {
    const first = await startCluster(scope);
    const group = newGroup();
    const shown = await shownIds(scope, first.items, { group });
    await first.cluster.close();
    // Another secret: the hashes of its hints differ from those of the feed that the live query uses.
    const second = await startCluster(scope, { secret: 'a secret of sixteen characters' });
    await second.items.insertAsync({ _id: `${group}-1`, group, n: 1 });
    await eventually('the live query to show the document', () => shown.has(`${group}-1`), 3000);
    test.equal([...shown], [`${group}-1`]);
  },
);
