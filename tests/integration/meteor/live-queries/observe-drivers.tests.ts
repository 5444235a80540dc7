/** Which observe drivers live queries have, by what Meteor is configured for and what the database offers. */

import type { ClusterConfig } from 'meteor/cluster';
import { Meteor } from 'meteor/meteor';
import { Mongo } from 'meteor/mongo';
import { defaultConnection } from '../../../../src/meteor/collections/collections';
import type { MeteorConnection } from '../../../../src/meteor/connection';
import { installationOf } from '../../../../src/meteor/live-queries/feed-installation';
import { linesDuring } from '../../../support/console';
import { eventually } from '../../../support/eventually';
import { newGroup } from '../../../support/groups';
import { HelloProxy } from '../../../support/hello-proxy';
import { shownIds } from '../../../support/live-query';
import { chooseDriversAsMeteor35 } from '../../../support/meteor-35';
import { INSTANCE, openDriver } from '../../../support/node-collections';
import type { Item } from '../../../support/node-config';
import { NAMESPACE, newCluster, newItems } from '../../../support/own-clusters';
import { addTest, type Scope } from '../../../support/scope';

/** Changes properties of an object while something runs. */
async function withProperties<T extends object>(
  object: T,
  changes: Partial<T>,
  run: () => Promise<void>,
): Promise<void> {
  const before = Object.getOwnPropertyDescriptors(object);
  Object.assign(object, changes);
  try {
    await run();
  } finally {
    for (const name of Object.keys(changes)) {
      if (name in before) Object.defineProperty(object, name, before[name as keyof typeof before]);
      else Reflect.deleteProperty(object, name);
    }
  }
}

/** An oplog without entries, and the collections whose live queries listen to it. */
function newOplog() {
  const listened: string[] = [];
  return {
    listened,
    async onOplogEntry({ collection }: { collection?: string }) {
      if (collection !== undefined) listened.push(collection);
      return { stop() {} };
    },
    onSkippedEntries: () => ({ stop() {} }),
    async waitUntilCaughtUp() {},
  };
}

addTest('observe drivers - where Meteor tails an oplog, live queries are left to it', async (test, scope) => {
  const connection = defaultConnection();
  await withProperties(connection, { _oplogHandle: newOplog() }, async () => {
    const cluster = newCluster(scope);
    const lines = await linesDuring(async () => {
      cluster.sync(newItems());
      await cluster.init(NAMESPACE);
    });
    test.matches(String(lines[0]), /Meteor tails an oplog: live queries that use it are left to it/);
    test.equal(cluster.status().strategy, 'feed');
    test.isTrue(installationOf(connection) === undefined);
    await cluster.close();
  });
  const cluster = newCluster(scope);
  await linesDuring(async () => {
    cluster.sync(newItems());
    await cluster.init(NAMESPACE);
  });
  test.isTrue(installationOf(connection) !== undefined, 'without an oplog, the feed is installed');
});

addTest(
  'observe drivers - strategy oplog, asked for by name, takes synced collections over from an oplog',
  async (test, scope) => {
    const connection = defaultConnection();
    const oplog = newOplog();
    const [items, unsynced] = [newItems(), new Mongo.Collection<Item>('unsynced', INSTANCE)];
    const _id = newGroup();
    await withProperties(connection, { _oplogHandle: oplog, _docFetcher: {} }, async () => {
      const cluster = newCluster(scope);
      const lines = await linesDuring(async () => {
        cluster.sync(items);
        await cluster.init({ ...NAMESPACE, strategy: 'feed' });
      });
      test.matches(
        String(lines[0]),
        /live queries of synced collections are fed, although Meteor tails an oplog/,
      );
      const shown = await shownIds(scope, items, { _id });
      await shownIds(scope, unsynced, { _id });
      test.equal([...new Set(oplog.listened)], ['unsynced']);
      test.equal(cluster.status().liveQueries.items, { fed: 1, oplog: 0, changeStreams: 0, polling: 0 });
      await items.insertAsync({ _id, group: 'none', n: 0 });
      await eventually('the insert to be shown', () => shown.has(_id));
      await linesDuring(() => cluster.close());
    });
    await items.removeAsync({ _id });
  },
);

addTest(
  'observe drivers - where Meteor is configured without oplog, the strategy is update',
  async (test, scope) => {
    const connection = defaultConnection();
    const settings = { public: {}, packages: { mongo: { reactivity: ['changeStreams', 'polling'] } } };
    const chosen = async (version: Partial<MeteorConnection>) => {
      const cluster = newCluster(scope);
      let strategy: string | null = null;
      const lines = await linesDuring(() =>
        withProperties(Meteor, { settings }, () =>
          withProperties(connection, version, async () => {
            await cluster.init(NAMESPACE);
            strategy = cluster.status().strategy;
            await cluster.close();
          }),
        ),
      );
      return { strategy, lines };
    };
    // On Meteor 3.5 the connection has this method itself.
    if (!connection._selectReactivityDriver) {
      test.equal((await chosen({})).strategy, 'feed', 'versions before 3.5 do not read these settings');
    }
    const since = await chosen({ _selectReactivityDriver: async () => ({}) });
    test.equal(since.strategy, 'update');
    test.matches(
      String(since.lines[0]),
      /strategy "update", because .* "changeStreams", "polling", without "oplog"\. Set "reactivity": \["changeStreams","oplog","polling"\] in Meteor\.settings\.packages\.mongo$/,
    );
  },
);

addTest(
  'observe drivers - a single node is warned where Meteor is configured without oplog, with the value to set',
  async (test, scope) => {
    const connection = defaultConnection();
    const warned = async (env: Record<string, string>, config: Pick<ClusterConfig, 'strategy'> = {}) => {
      const warnings: string[] = [];
      const cluster = newCluster(scope);
      cluster.on('error', ({ message }) => warnings.push(message));
      const variables = { METEOR_REACTIVITY_ORDER: '', DEFAULT_METEOR_REACTIVITY_ORDER: '', ...env };
      await linesDuring(() =>
        withProperties(process.env, variables, () =>
          withProperties(Meteor, { settings: { public: {} } }, () =>
            withProperties(connection, { _selectReactivityDriver: async () => ({}) }, async () => {
              await cluster.init({ url: 'none', ...config });
              await cluster.close();
            }),
          ),
        ),
      );
      return warnings;
    };
    const order = { METEOR_REACTIVITY_ORDER: 'polling' };
    const reason =
      'strategy "update", because Meteor is configured for the observe drivers "polling", without "oplog"; ' +
      'a single node gains nothing from it. Set METEOR_REACTIVITY_ORDER=oplog,polling';
    test.equal(await warned(order), [reason]);
    const both = { ...order, DEFAULT_METEOR_REACTIVITY_ORDER: 'polling' };
    test.equal(await warned(both), [`${reason} and DEFAULT_METEOR_REACTIVITY_ORDER=oplog,polling`]);
    test.equal(await warned({ METEOR_REACTIVITY_ORDER: 'oplog,polling' }), []);
    test.equal(await warned({ DEFAULT_METEOR_REACTIVITY_ORDER: 'polling' }), [], 'Meteor does not read it');
    test.equal(await warned(order, { strategy: 'update' }), [], 'wanted');
  },
);

/** No database for the tests has change streams: these open, and stay silent. */
function openStreams(connection: MeteorConnection): void {
  const { db } = connection;
  const stream = { tryNext: async () => null, close: async () => {}, on() {} };
  const collection = (name: string) => Object.create(db.collection(name), { watch: { value: () => stream } });
  const value = Object.create(db, { collection: { value: collection } });
  Object.defineProperty(connection, 'db', { value });
}

/** Opens a collection of a database that looks like a replica set, as Meteor 3.5 does. */
async function openReplicaSet(scope: Scope, streams: 'work' | 'fail') {
  const proxy = await scope.use(HelloProxy.start(process.env.MONGO_URL ?? ''), (each) => each.close());
  const driver = openDriver(proxy.url);
  const connection = driver.mongo as MeteorConnection & { client: { close(): Promise<void> } };
  scope.defer(() => connection.client.close());
  chooseDriversAsMeteor35(connection);
  if (streams === 'work') openStreams(connection);
  const items = new Mongo.Collection<Item>('items', { ...INSTANCE, _driver: driver } as object);
  const _id = newGroup();
  scope.defer(() => items.removeAsync({ _id }));
  return { connection, items, _id };
}

for (const [strategy, kind] of [
  ['auto', 'fed'],
  ['update', 'polling'],
] as const) {
  addTest(
    `observe drivers - with strategy ${strategy}, change streams that fail are not read, and live queries are ${kind}`,
    async (test, scope) => {
      const { items, connection, _id } = await openReplicaSet(scope, 'fail');
      const cluster = newCluster(scope);
      const lines = await linesDuring(async () => {
        cluster.sync(items);
        await cluster.init({ ...NAMESPACE, strategy });
        const shown = await shownIds(scope, items, { _id });
        await shownIds(scope, items, { _id, n: 0 });
        await items.insertAsync({ _id, group: 'none', n: 0 });
        await eventually('the insert to be shown', () => shown.has(_id));
      });
      const counts = { fed: 0, oplog: 0, changeStreams: 0, polling: 0 };
      test.equal(cluster.status().liveQueries.items, { ...counts, [kind]: 2 });
      const said = lines.filter((line) => /has no change streams/.test(line));
      test.equal(said.length, 1, lines.join('\n'));
      test.matches(String(said[0]), /looks like a replica set, but has no change streams \(.+\)/);
      test.equal(connection._supportsChangeStreams, false);
      await linesDuring(() => cluster.close());
    },
  );
}

addTest(
  'observe drivers - change streams that work are left to Meteor, and read as the cursor says',
  async (test, scope) => {
    const { items, connection, _id } = await openReplicaSet(scope, 'work');
    const cluster = newCluster(scope);
    const lines = await linesDuring(async () => {
      cluster.sync(items);
      await cluster.init(NAMESPACE);
      await shownIds(scope, items, { _id });
      await shownIds(scope, items, { _id, n: 0 });
      await shownIds(scope, items, { _id }, { sort: { n: 1 }, limit: 1 });
    });
    const counts = cluster.status().liveQueries.items;
    test.equal(
      counts,
      { fed: 1, oplog: 0, changeStreams: 2, polling: 0 },
      'a limit is not for change streams',
    );
    for (const { _observeDriver: driver } of Object.values(connection._observeMultiplexers ?? {})) {
      const { readPreference } = driver?._cursorDescription?.options ?? {};
      test.equal(readPreference, driver?._usesOplog ? 'primary' : undefined);
    }
    const said = lines.filter((line) => /Meteor reads change streams/.test(line));
    test.equal(said, ['Cluster: Meteor reads change streams: live queries that use them are left to it']);
    await linesDuring(() => cluster.close());
  },
);

addTest(
  'observe drivers - strategy oplog, asked for by name, takes synced collections over from change streams',
  async (test, scope) => {
    const { items, _id } = await openReplicaSet(scope, 'work');
    const cluster = newCluster(scope);
    const lines = await linesDuring(async () => {
      cluster.sync(items);
      await cluster.init({ ...NAMESPACE, strategy: 'feed' });
      const shown = await shownIds(scope, items, { _id });
      await items.insertAsync({ _id, group: 'none', n: 0 });
      await eventually('the insert to be shown', () => shown.has(_id));
    });
    test.equal(cluster.status().liveQueries.items, { fed: 1, oplog: 0, changeStreams: 0, polling: 0 });
    test.matches(lines.join(), /are fed, although Meteor could read change streams/);
    await linesDuring(() => cluster.close());
  },
);
