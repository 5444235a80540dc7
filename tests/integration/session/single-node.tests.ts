/** A node that is alone: its address of Redis is `none`. */

import { isDeepStrictEqual } from 'node:util';
import type { ClusterConfig } from 'meteor/cluster';
import { linesDuring } from '../../support/console';
import { rawItems } from '../../support/database';
import { eventually } from '../../support/eventually';
import { newGroup } from '../../support/groups';
import { shownDocuments, shownIds } from '../../support/live-query';
import type { NodeCluster } from '../../support/node-config';
import { newCluster, newItems } from '../../support/own-clusters';
import { addTest, type Scope } from '../../support/scope';

async function startAlone(scope: Scope, config: NodeCluster = {}) {
  const cluster = newCluster(scope);
  const items = newItems();
  const lines = await linesDuring(async () => {
    cluster.sync(items);
    await cluster.init({ url: 'none', ...config } as ClusterConfig);
  });
  return { cluster, items, lines };
}

/**
 * Counts the queries that the driver of the database gets, of any selector that names the group: all but reads by id.
 *
 * @returns how many there were
 */
function countQueriesOf(scope: Scope, group: string): () => number {
  const driver = Object.getPrototypeOf(rawItems());
  const { find } = driver;
  let count = 0;
  driver.find = function counted(this: unknown, selector?: unknown, ...rest: unknown[]) {
    if (JSON.stringify(selector ?? {}).includes(`"${group}"`)) count += 1;
    return find.call(this, selector, ...rest);
  };
  scope.defer(() => {
    driver.find = find;
  });
  return () => count;
}

addTest(
  'single node - init resolves to true, says so in one line, and connects to nothing',
  async (test, scope) => {
    const { cluster, lines } = await startAlone(scope);
    test.equal(lines, ['Cluster: this node is alone, as its address of Redis is "none"; strategy "feed"']);
    const { connected, nodeId, namespace, peers, strategy } = cluster.status();
    test.equal(
      { connected, nodeId, namespace, peers, strategy },
      { connected: true, nodeId: null, namespace: null, peers: 0, strategy: 'feed' },
    );
    const more = await linesDuring(async () => {
      await cluster.flush();
      await cluster.close();
    });
    test.equal(more, []);
    test.isFalse(cluster.status().connected);
  },
);

addTest('single node - the variable CLUSTER_URL may say none', async (test, scope) => {
  const { CLUSTER_URL } = process.env;
  scope.defer(() => {
    process.env.CLUSTER_URL = CLUSTER_URL;
  });
  process.env.CLUSTER_URL = 'none';
  const { lines } = await startAlone(scope, { url: null, db: 2 });
  test.matches(String(lines[0]), /this node is alone/);
});

addTest('single node - an inserted document is shown as it is stored, and not read', async (test, scope) => {
  const { cluster, items } = await startAlone(scope);
  const group = newGroup();
  const shown = await shownDocuments(scope, items, { group });
  const { reads, documentsDispatched } = cluster.metrics().counters;
  const fields = { group, n: 0, at: new Date(5), list: [1.5, { text: 'Jerry \u{1F42D}' }], none: null };
  const _id = await items.insertAsync(fields);
  await eventually('the insert', () => shown.size === 1);
  const after = cluster.metrics().counters;
  test.equal([after.reads - reads, after.documentsDispatched - documentsDispatched], [0, 1]);
  test.equal({ _id, ...shown.get(_id) }, await items.findOneAsync(_id));
});

addTest(
  'single node - live queries are fed with writes of this node, and with outside writes that are touched',
  async (test, scope) => {
    const { cluster, items } = await startAlone(scope);
    const group = newGroup();
    const shown = await shownIds(scope, items, { group });
    test.equal(cluster.status().liveQueries.items?.fed, 1);
    const ids = [newGroup(), newGroup(), newGroup()].map((id) => `${group}-${id}`);
    const [first = '', second = '', third = ''] = ids;
    const shows = (...expected: string[]) => isDeepStrictEqual([...shown].sort(), expected.toSorted());
    await items.insertAsync({ _id: first, group, n: 0 });
    await eventually('the insert', () => shows(first));
    await items.updateAsync({ n: 0, group }, { $set: { group: `${group} left` } }, { multi: true });
    await eventually('the update by selector', () => shows());
    await rawItems().insertMany([second, third].map((_id) => ({ _id, group, n: 1 })));
    await cluster.touch(items, [second, third]);
    await eventually('the outside writes', () => shows(second, third));
    await items.removeAsync({ _id: second });
    await eventually('the remove', () => shows(third));
  },
);

addTest('single node - 200 writes make no live query run again', async (test, scope) => {
  const { cluster, items } = await startAlone(scope, { pollingInterval: 3_600_000 });
  const group = newGroup();
  const runs = countQueriesOf(scope, group);
  const shown = await shownIds(scope, items, { group, n: { $lt: 1000 } });
  test.equal(runs(), 1, 'the live query has run');
  const ids = Array.from({ length: 50 }, (_, n) => `${group}-${n}`);
  for (const _id of ids) await items.insertAsync({ _id, group, n: 0 });
  await Promise.all(ids.map((_id) => items.updateAsync(_id, { $set: { n: 1 } })));
  await Promise.all(ids.map((_id, n) => items.updateAsync(_id, { $set: { n: n % 2 ? 2 : 1000 } })));
  const left = ids.filter((_, n) => n % 2);
  await eventually('the updates', () => isDeepStrictEqual([...shown].sort(), left.toSorted()));
  await Promise.all(ids.map((_id) => items.removeAsync(_id)));
  await eventually('the removes', () => shown.size === 0);
  test.equal(runs(), 1);
  await cluster.touch(items);
  await eventually('a live query that runs again to be counted', () => runs() === 2);
});

addTest(
  'single node - a live query polls at pollingInterval, also one of a collection synced later',
  async (test, scope) => {
    const cluster = newCluster(scope);
    await linesDuring(() => cluster.init({ url: 'none', pollingInterval: 1000 }));
    const items = newItems();
    cluster.sync(items);
    const group = newGroup();
    const shown = await shownIds(scope, items, { group });
    await rawItems().insertOne({ _id: group, group, n: 0 });
    await eventually('the outside write that nobody touched', () => shown.has(group));
    test.equal(cluster.status().resyncs, 0);
  },
);
