/** One node by itself, in this process: what `init`, `sync`, `touch`, `status` and `close` accept and do. */

import { Cluster, type ClusterConfig } from 'meteor/cluster';
import { Meteor } from 'meteor/meteor';
import { Mongo } from 'meteor/mongo';
import { Tinytest } from 'meteor/tinytest';
import { defaultConnection } from '../src/meteor/collections';
import { installFeed, type LiveConnection } from '../src/meteor/live-queries';
import { type RedisAddress, resolveOptions } from '../src/options';
import { Report } from '../src/report';
import { linesDuring } from './support/console';
import { rawItems } from './support/database';
import { eventually } from './support/eventually';
import type { Item } from './support/node-app';
import { newGroup } from './support/shared-nodes';
import { listen } from './support/wire';

/** A cluster node besides the application's own. */
function newCluster(): typeof Cluster {
  return new (Cluster.constructor as new () => typeof Cluster)();
}

const INSTANCE = { defineMutationMethods: false, _suppressSameNameError: true } as object;
const items = () => new Mongo.Collection<Item>('items', INSTANCE);
const NAMESPACE = { namespace: 'single' };

Tinytest.add('cluster - Meteor.Cluster and the import are the same object', (test) => {
  test.isTrue(Meteor.Cluster === Cluster);
});

Tinytest.addAsync('cluster - an awaited init has heard the channel', async (test) => {
  const cluster = newCluster();
  await linesDuring(() => cluster.init(NAMESPACE));
  const { connected, nodeId, namespace, strategy, collections } = cluster.status();
  test.equal(
    { connected, namespace, strategy, collections },
    { connected: true, ...NAMESPACE, strategy: 'oplog', collections: [] },
  );
  test.matches(String(nodeId), /^[\w-]{12}$/);
  test.throws(() => cluster.init(), 'close() first');
  cluster.close();
  test.isFalse(cluster.status().connected);
});

Tinytest.addAsync('cluster - the default namespace is the name of the database', async (test) => {
  const cluster = newCluster();
  await linesDuring(() => cluster.init());
  test.equal(cluster.status().namespace, items().rawDatabase().databaseName);
  cluster.close();
});

Tinytest.addAsync(
  'cluster - without Redis, init settles after its time and close ends the attempts',
  async (test) => {
    const cluster = newCluster();
    const lines = await linesDuring(async () => {
      await cluster.init({ port: 1, startupTimeout: 300 });
      cluster.sync(items());
      await items().insertAsync({ _id: newGroup(), group: 'none', n: 0 });
      cluster.close();
    });
    test.equal(lines.length, 1);
    test.matches(String(lines[0]), /no connection to redis:\/\/127\.0\.0\.1:1 .*ECONNREFUSED/);
  },
);

Tinytest.addAsync('cluster - a refused password is reported once and never shown', async (test) => {
  const { host, port } = resolveOptions(undefined).redis as RedisAddress;
  const cluster = newCluster();
  const lines = await linesDuring(async () => {
    await cluster.init({ url: `redis://somebody:canary%40secret@${host}:${port}`, startupTimeout: 500 });
    cluster.close();
  });
  test.equal(lines.length, 1);
  test.matches(String(lines[0]), /no connection to redis:/);
  test.notMatches(lines.join(), /canary/);
});

Tinytest.addAsync('cluster - a Redis that strangers may publish on is warned of', async (test) => {
  // An address that is nobody's (RFC 5737): what is said is said before there is an answer.
  const elsewhere = { ...NAMESPACE, host: '192.0.2.1', startupTimeout: 0 };
  const warned = async (config: ClusterConfig) => {
    const cluster = newCluster();
    const lines = await linesDuring(async () => {
      await cluster.init(config);
      cluster.close();
    });
    return lines.some((line) => /on another host and asks for no password: .* CLUSTER_SECRET/.test(line));
  };
  test.isTrue(await warned(elsewhere));
  test.isFalse(await warned({ ...elsewhere, auth: 'a-password' }));
  test.isFalse(await warned({ ...elsewhere, secret: 'sixteen characters' }));
  test.isFalse(await warned({ ...NAMESPACE, host: '127.0.0.1', port: 1, startupTimeout: 0 }));
});

Tinytest.add('cluster - sync refuses what is no stored collection and says what came', (test) => {
  const cluster = newCluster();
  const refused: [unknown, RegExp][] = [
    [undefined, /got a value of type undefined/],
    [null, /got null/],
    ['', /got an empty string/],
    [42, /got a value of type number/],
    [[items()], /got an array \(spread it/],
    [new Mongo.Collection(null), /got a local collection without a name/],
    [{}, /got a value of type object/],
  ];
  for (const [target, message] of refused)
    test.throws(() => cluster.sync('items', target as string), message);
  test.equal(cluster.status().collections, [], 'a refused call syncs nothing');
  cluster.close();
});

Tinytest.addAsync('cluster - close leaves the collection as found, and no connection', async (test) => {
  const collection = items();
  const methods = (collection as unknown as { _collection: Record<string, unknown> })._collection;
  const found = { ...methods };
  const cluster = newCluster();
  const wire = await listen('single');
  const sockets = () => process.getActiveResourcesInfo().filter((kind) => kind === 'TCPSocketWrap').length;
  const socketsBefore = sockets();
  await linesDuring(() => cluster.init(NAMESPACE));
  cluster.sync(collection, 'items');
  test.notEqual(methods.insertAsync, found.insertAsync);
  test.equal(sockets(), socketsBefore + 2);
  cluster.close();
  cluster.close();
  test.equal(Object.keys(methods), Object.keys(found));
  for (const name of Object.keys(found)) test.isTrue(methods[name] === found[name], name);
  await eventually('both connections to be gone', () => sockets() === socketsBefore);
  await collection.insertAsync({ _id: newGroup(), group: 'none', n: 0 });
  test.equal(wire.heard, []);
  wire.close();
});

Tinytest.addAsync('cluster - what is touched in one turn is one message', async (test) => {
  const cluster = newCluster();
  const wire = await listen('single');
  await linesDuring(() => cluster.init(NAMESPACE));
  cluster.sync(items());
  const told = [
    cluster.touch('items', 'a'),
    cluster.touch(items(), ['b', 'c']),
    cluster.touch('items', ['a']),
  ];
  await eventually('the message', () => wire.heard.length > 0);
  await Promise.all(told);
  void cluster.touch('items', 'd');
  void cluster.touch('items');
  await eventually('the next message', () => wire.heard.length > 1);
  test.equal(
    wire.heard.map(({ ids }) => ids),
    [['a', 'b', 'c'], null],
  );
  await eventually('the counts', () => cluster.status().published === 2);
  cluster.close();
  wire.close();
});

Tinytest.addAsync('cluster - an update by selector announces the ids of few documents', async (test) => {
  const cluster = newCluster();
  const wire = await listen('single');
  const group = newGroup();
  const ids = Array.from({ length: 101 }, (_, n) => `${group}-${n}`);
  await rawItems().insertMany(ids.map((_id, n) => ({ _id, group, n })));
  const writes: [(collection: Mongo.Collection<Item>) => Promise<unknown>, string[] | null][] = [
    [
      (all) => all.updateAsync({ group, n: { $lt: 3 } }, { $set: { kind: 'a' } }, { multi: true }),
      ids.slice(0, 3),
    ],
    [
      (all) => all.updateAsync({ group, n: { $lt: 100 } }, { $set: { kind: 'b' } }, { multi: true }),
      ids.slice(0, 100),
    ],
    [(all) => all.updateAsync({ group }, { $set: { kind: 'c' } }, { multi: true }), null],
    [(all) => all.updateAsync({ group, kind: 'c' }, { $set: { kind: 'd' } }, { multi: true }), null],
    [(all) => all.removeAsync({ group, n: 1 }), null],
  ];
  for (const strategy of ['oplog', 'update'] as const) {
    cluster.sync(items());
    await linesDuring(() => cluster.init({ ...NAMESPACE, strategy }));
    const collection = items();
    for (const [write, announced] of strategy === 'oplog' ? writes : writes.slice(0, 1)) {
      const before = wire.heard.length;
      await write(collection);
      await eventually('the announcement', () => wire.heard.length > before);
      const heard = wire.heard[before]?.ids ?? null;
      test.equal(heard && new Set(heard), strategy === 'oplog' && announced ? new Set(announced) : null);
    }
    cluster.close();
  }
  wire.close();
});

Tinytest.add('cluster - touch refuses a collection that is not synced and ids that are none', (test) => {
  const cluster = newCluster();
  test.throws(() => cluster.touch('items'), 'call sync() first');
  cluster.sync('items');
  test.throws(() => cluster.touch('items', [{ $gt: '' }] as never), 'must be strings or Mongo.ObjectIDs');
  test.throws(() => cluster.touch('items', ''), 'must be strings or Mongo.ObjectIDs');
  cluster.close();
});

Tinytest.addAsync('cluster - writes before Redis is there are announced when it is', async (test) => {
  const cluster = newCluster();
  const wire = await listen('single');
  const group = newGroup();
  cluster.sync(items());
  await linesDuring(async () => {
    const heard = cluster.init(NAMESPACE);
    void cluster.touch('items', group);
    await heard;
    await eventually('the announcement', () => wire.heard.length > 0);
  });
  test.equal(wire.heard[0]?.ids, [group]);
  cluster.close();
  wire.close();
});

Tinytest.addAsync('cluster - a collection opened after sync is covered', async (test) => {
  const cluster = newCluster();
  const wire = await listen('single');
  cluster.sync('items');
  await linesDuring(() => cluster.init(NAMESPACE));
  const id = newGroup();
  await items().insertAsync({ _id: id, group: 'none', n: 0 });
  await eventually('the announcement', () => wire.heard.length > 0);
  test.equal(wire.heard[0]?.ids, [id]);
  cluster.close();
  wire.close();
});

/** Changes the properties of an object for a while. */
async function having<T extends object>(
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

Tinytest.addAsync('cluster - where Meteor tails an oplog, live queries are left to it', async (test) => {
  const connection = defaultConnection();
  const oplog = { tails: true };
  await having(connection, { _oplogHandle: oplog }, async () => {
    const cluster = newCluster();
    const lines = await linesDuring(async () => {
      cluster.sync(items());
      await cluster.init(NAMESPACE);
    });
    test.matches(String(lines[0]), /Meteor tails an oplog: the live queries .* are left to it/);
    test.equal(cluster.status().strategy, 'oplog');
    test.isTrue(connection._oplogHandle === oplog);
    cluster.close();
    test.isTrue(connection._oplogHandle === oplog);
  });
  await linesDuring(async () => {
    const cluster = newCluster();
    cluster.sync(items());
    await cluster.init(NAMESPACE);
    test.isTrue(Boolean(connection._oplogHandle), 'without an oplog, there is ours');
    cluster.close();
  });
});

Tinytest.addAsync(
  'cluster - where Meteor is set to other observe drivers, the strategy is update',
  async (test) => {
    const connection = defaultConnection();
    const settings = { public: {}, packages: { mongo: { reactivity: ['changeStreams', 'polling'] } } };
    const strategy = async (version: Partial<LiveConnection>) => {
      const cluster = newCluster();
      let name: string | null = null;
      const lines = await linesDuring(() =>
        having(Meteor, { settings }, () =>
          having(connection, version, async () => {
            await cluster.init(NAMESPACE);
            name = cluster.status().strategy;
            cluster.close();
          }),
        ),
      );
      return { name, lines };
    };
    const before = await strategy({});
    test.equal(before.name, 'oplog', 'versions before 3.5 do not ask these settings');
    const since = await strategy({ _selectReactivityDriver() {} });
    test.equal(since.name, 'update');
    test.matches(
      String(since.lines[0]),
      /strategy "update", as .* "changeStreams", "polling", without "oplog"/,
    );
  },
);

Tinytest.addAsync('cluster - where Meteor reads change streams, it is said once', async (test) => {
  // No database that there is for tests has change streams: this connection has nothing but what Meteor 3.5 answers.
  const multiplexer = { _handles: {}, _observeDriver: { _usesChangeStreams: true } };
  const connection = {
    ...{ _oplogHandle: null, _docFetcher: null, _observeMultiplexers: {}, _selectReactivityDriver() {} },
    _observeChanges: async () => ({ _multiplexer: multiplexer }),
  } as unknown as LiveConnection;
  const lines = await linesDuring(async () => {
    const { remove } = installFeed(connection, (name) => name === 'items', new Report());
    for (const collectionName of ['unsynced', 'items', 'items']) {
      await connection._observeChanges?.({ collectionName, options: {} });
    }
    remove();
  });
  test.equal(lines, [
    'Cluster: Meteor reads change streams: the live queries that it reads them for are left to it',
  ]);
});
