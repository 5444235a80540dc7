/** Cluster started by `Meteor.settings.packages.cluster`, by variables, and by the application as well. */

import { Mongo } from 'meteor/mongo';
import { ApplicationCluster } from '../../src/application-cluster';
import { readSettings } from '../../src/config/settings';
import { linesDuring } from '../support/console';
import { eventually } from '../support/eventually';
import { newGroup } from '../support/groups';
import { INSTANCE } from '../support/node-collections';
import { ending, spawnNode } from '../support/node-process';
import { NAMESPACE, newItems } from '../support/own-clusters';
import { addTest, type Scope } from '../support/scope';

/** Returns a Cluster of an application with these settings. */
function newCluster(scope: Scope, settings: unknown, env: NodeJS.ProcessEnv = {}): ApplicationCluster {
  const cluster = new ApplicationCluster(() => readSettings(settings, env));
  scope.defer(() => cluster.close());
  return cluster;
}

/** Starts a process in which only settings and variables start Cluster. */
function startWithoutCode(scope: Scope, env: NodeJS.ProcessEnv) {
  return scope.startNode({
    isWithoutCode: true,
    longestTimer: 300,
    env: { METEOR_SETTINGS: undefined, ...env },
  });
}

const ALONE = { url: 'none', sync: ['items'] };

addTest('settings - start Cluster and sync what they name', async (test, scope) => {
  const cluster = newCluster(scope, { ...NAMESPACE, sync: ['items'], strategy: 'update' });
  await linesDuring(() => cluster.startFromSettings());
  const { collections, namespace, strategy } = cluster.status();
  test.equal(
    { collections, namespace, strategy },
    { collections: ['items'], ...NAMESPACE, strategy: 'update' },
  );
});

addTest('settings - sync all collections but those that except names', async (test, scope) => {
  const [synced, excepted] = [newGroup(), newGroup()];
  for (const name of [synced, excepted]) new Mongo.Collection(name, INSTANCE);
  const cluster = newCluster(scope, { url: 'none', sync: '*', except: [excepted] });
  await linesDuring(() => cluster.startFromSettings());
  const { collections } = cluster.status();
  test.isTrue(collections.includes(synced));
  test.isFalse(collections.includes(excepted));
});

addTest(
  'settings - live queries poll as often as in Meteor, unless pollingInterval is given',
  async (test, scope) => {
    const { METEOR_POLLING_INTERVAL_MS } = process.env;
    scope.defer(() => {
      process.env.METEOR_POLLING_INTERVAL_MS = METEOR_POLLING_INTERVAL_MS;
      if (METEOR_POLLING_INTERVAL_MS === undefined) delete process.env.METEOR_POLLING_INTERVAL_MS;
    });
    process.env.METEOR_POLLING_INTERVAL_MS = '20000';
    const intervalOf = async (settings: object) => {
      const cluster = newCluster(scope, { ...ALONE, ...settings });
      newItems();
      await linesDuring(() => cluster.startFromSettings());
      const { pollingIntervalMs } = cluster.metrics().gauges;
      await cluster.close();
      return pollingIntervalMs;
    };
    test.equal(await intervalOf({}), 20_000);
    test.equal(await intervalOf({ redisOplog: true }), 120_000);
    test.equal(await intervalOf({ pollingInterval: 7000 }), 7000);
  },
);

addTest('settings - bad ones get the same errors as bad options', async (test, scope) => {
  const start = (settings: unknown) => () => newCluster(scope, settings).startFromSettings();
  test.throws(start({ strategy: 'best' }), /"strategy" must be one of "auto", "feed", "update"; got "best"/);
  test.throws(start({ synch: '*' }), /unknown setting "synch" .*; did you mean "sync"\?/);
  test.throws(start({ sync: 'all' }), /must be a list/);
});

addTest('settings - without a section for Cluster nothing starts', async (test, scope) => {
  const cluster = newCluster(scope, undefined);
  cluster.startFromSettings();
  test.isFalse(cluster.status().connected);
  test.equal(cluster.status().strategy, null);
});

addTest(
  'settings - init of the application and settings have the same options in either order',
  async (test, scope) => {
    const settings = { namespace: 'settings', sync: ['items'], strategy: 'update' };
    const run = async (order: 'init first' | 'settings first') => {
      const cluster = newCluster(scope, settings);
      const lines = await linesDuring(async () => {
        if (order === 'settings first') cluster.startFromSettings();
        const isReady = cluster.init(NAMESPACE);
        if (order === 'init first') cluster.startFromSettings();
        test.isTrue(await isReady, 'init resolves to whether the node is connected');
      });
      const { collections, namespace, strategy } = cluster.status();
      test.equal(
        { collections, namespace, strategy },
        { collections: ['items'], ...NAMESPACE, strategy: 'update' },
      );
      test.equal(
        lines.filter((line) => line.includes('it gives "namespace", takes "strategy" from there')).length,
        1,
      );
      await linesDuring(() => cluster.close());
      test.equal(cluster.status().strategy, null);
    };
    await run('init first');
    await run('settings first');
  },
);

addTest('settings - init of the application without other options keeps the session', async (test, scope) => {
  const cluster = newCluster(scope, { ...NAMESPACE, sync: ['items'] });
  await linesDuring(() => cluster.startFromSettings());
  const { nodeId } = cluster.status();
  const lines = await linesDuring(async () => test.isTrue(await cluster.init()));
  test.equal(cluster.status().nodeId, nodeId);
  test.isTrue(lines.some((line) => /it gives no option, takes "namespace" from there/.test(line)));
  test.throws(() => cluster.init(), /init\(\) was called before/);
  await cluster.close();
});

addTest('settings - a session that init of the application replaces loses no write', async (test, scope) => {
  const wire = await scope.listen(NAMESPACE.namespace);
  const cluster = newCluster(scope, { ...NAMESPACE, sync: ['items'], strategy: 'update' });
  const items = newItems();
  const [before, during] = [newGroup(), newGroup()];
  await linesDuring(async () => {
    cluster.startFromSettings();
    await eventually('the first session to be connected', () => cluster.status().connected);
    const write = items.insertAsync({ _id: before, group: 'none', n: 0 });
    const isReady = cluster.init({ strategy: 'feed' });
    await Promise.all([write, isReady, items.insertAsync({ _id: during, group: 'none', n: 0 })]);
    await cluster.flush();
    await cluster.close();
  });
  await wire.flush();
  const published = wire.changes.flatMap(({ ids }) => ids);
  test.isTrue(
    published.includes('all') || [before, during].every((id) => published.includes(id)),
    `${published}`,
  );
  await items.removeAsync({ _id: { $in: [before, during] } });
});

addTest(
  'settings - a bad option of init leaves the session of the settings as it is',
  async (test, scope) => {
    const cluster = newCluster(scope, ALONE);
    await linesDuring(() => cluster.startFromSettings());
    test.throws(() => cluster.init({ timeout: -1 }), /"timeout" must be/);
    test.isTrue(cluster.status().connected);
  },
);

addTest(
  'settings - an application that calls init at start-up serves, with settings as well',
  async (test, scope) => {
    const settings = { packages: { cluster: { sync: '*', hints: false } } };
    const [node] = await scope.startNodes({
      cluster: { namespace: newGroup() },
      env: { METEOR_SETTINGS: JSON.stringify(settings) },
    });
    test.equal((await node.call('status')).strategy, 'feed');
    test.matches(node.log(), /it gives "namespace", takes "hints" from there/);
  },
);

addTest('variables - CLUSTER_SYNC starts Cluster without settings and without code', async (test, scope) => {
  const node = await startWithoutCode(scope, { CLUSTER_SYNC: '*' });
  await eventually('the node to be connected', async () => (await node.call('status')).connected);
  test.isTrue((await node.call('status')).collections.includes('unsynced'), 'opened, and not synced by code');
  const other = await startWithoutCode(scope, { CLUSTER_SYNC: 'unsynced, items', CLUSTER_URL: 'none' });
  test.equal((await other.call('status')).collections.toSorted(), ['items', 'unsynced']);
});

addTest('start-up - a package that nothing starts says so in one line', async (test, scope) => {
  const node = await startWithoutCode(scope, { METEOR_SETTINGS: JSON.stringify({ cluster: { sync: '*' } }) });
  const line = /Cluster: loaded, but nothing starts it\. Call .*CLUSTER_SYNC=\*/g;
  await eventually('the line', () => line.test(node.log()));
  test.equal(node.log().match(line)?.length, 1);
  test.matches(
    node.log(),
    /Meteor\.settings\.cluster is not read: .* belong to Meteor\.settings\.packages\.cluster/,
  );
});

addTest('start-up - settings in a place that only Cluster can mean end it', async (test) => {
  const METEOR_SETTINGS = JSON.stringify({ packages: { Cluster: { sync: '*' } } });
  const node = await spawnNode({ isWithoutCode: true, env: { METEOR_SETTINGS } });
  test.notEqual(await ending(node), 0);
  test.matches(node.log(), /Meteor\.settings\.packages\.Cluster is not read/);
});

addTest('start-up - a node that syncs nothing says so in one line', async (test, scope) => {
  const [node] = await scope.startNodes({ cluster: { namespace: newGroup() }, sync: [], longestTimer: 300 });
  const line = /Cluster: started, but no collection is synced/g;
  await eventually('the line', () => line.test(node.log()));
  test.equal(node.log().match(line)?.length, 1);
  test.notMatches(node.log(), /nothing starts it/);
});

addTest('start-up - thousands of synced names without a collection are one line', async (test, scope) => {
  const [node] = await scope.startNodes({
    cluster: { namespace: newGroup() },
    sync: Array.from({ length: 4000 }, (_, n) => `unopened_${n}`),
    longestTimer: 300,
  });
  const line = /"unopened_0", .*"unopened_4" and 3995 more are synced, but no collections of these names/g;
  await eventually('the line', () => line.test(node.log()));
  test.equal(node.log().match(/been opened/g)?.length, 1);
});
