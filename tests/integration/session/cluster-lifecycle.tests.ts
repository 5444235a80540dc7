/** One node by itself, in this process: what `init`, `status` and `close` do. */

import { Cluster, type ClusterConfig, ClusterConfigError } from 'meteor/cluster';
import { Meteor } from 'meteor/meteor';
import { linesDuring } from '../../support/console';
import { defaultRedis } from '../../support/default-redis';
import { eventually, pause } from '../../support/eventually';
import { newGroup } from '../../support/groups';
import { NAMESPACE, newCluster, newItems } from '../../support/own-clusters';
import { addTest } from '../../support/scope';

const PASSWORD = 'a-password';

addTest('cluster - Meteor.Cluster and the import are the same object', async (test) => {
  test.isTrue(Meteor.Cluster === Cluster);
});

addTest('cluster - init resolves to true when the node is connected', async (test, scope) => {
  const cluster = newCluster(scope);
  let isConnected: boolean | undefined;
  await linesDuring(async () => {
    isConnected = await cluster.init(NAMESPACE);
  });
  test.equal(isConnected, true);
  const { connected, nodeId, namespace, strategy, collections } = cluster.status();
  test.equal(
    { connected, namespace, strategy, collections },
    { connected: true, ...NAMESPACE, strategy: 'feed', collections: [] },
  );
  test.matches(String(nodeId), /^[\w-]{12}$/);
  test.throws(() => cluster.init(), 'close() first');
  await cluster.close();
  test.isFalse(cluster.status().connected);
});

addTest('cluster - the default namespace is the name of the database', async (test, scope) => {
  const cluster = newCluster(scope);
  await linesDuring(() => cluster.init());
  test.equal(cluster.status().namespace, newItems().rawDatabase().databaseName);
});

addTest(
  'cluster - without Redis, init resolves to false after timeout, and close logs what is lost',
  async (test, scope) => {
    const cluster = newCluster(scope);
    let isConnected: boolean | undefined;
    const lines = await linesDuring(async () => {
      const start = performance.now();
      isConnected = await cluster.init({ port: 1, timeout: 300 });
      test.isTrue(performance.now() - start > 290, 'it waits');
      cluster.sync(newItems());
      await newItems().insertAsync({ _id: newGroup(), group: 'none', n: 0 });
      await cluster.close();
      await cluster.close();
    });
    test.equal(isConnected, false);
    test.equal(lines.length, 2, lines.join('\n'));
    test.matches(String(lines[0]), /no connection to redis:\/\/127\.0\.0\.1:1 .*ECONNREFUSED/);
    test.matches(String(lines[1]), /closed before Redis accepted the last changes/);
  },
);

addTest('cluster - close without pending changes and without Redis logs nothing', async (test, scope) => {
  const cluster = newCluster(scope);
  const lines = await linesDuring(async () => {
    await cluster.init({ port: 1, timeout: 0 });
    cluster.sync(newItems());
    await cluster.close();
  });
  test.isFalse(
    lines.some((line) => /closed before/.test(line)),
    lines.join('\n'),
  );
});

addTest('cluster - a refused password is logged once and never shown', async (test, scope) => {
  const { host, port } = defaultRedis();
  const cluster = newCluster(scope);
  const lines = await linesDuring(async () => {
    const url = `redis://somebody:canary%40secret@${host}:${port}`;
    test.isFalse(await cluster.init({ url, timeout: 500 }));
    await cluster.close();
  });
  test.equal(lines.length, 1);
  test.matches(String(lines[0]), /no connection to redis:/);
  test.notMatches(lines.join(), /canary/);
});

addTest(
  'cluster - the password is accepted under both names',
  async (test, scope) => {
    const { port } = await scope.startRedis({ config: [`requirepass ${PASSWORD}`], password: PASSWORD });
    const isConnected = async (config: { timeout?: number } & ({ password: string } | { auth: string })) => {
      const cluster = newCluster(scope);
      let result = false;
      await linesDuring(async () => {
        result = await cluster.init({ port, timeout: 3000, ...config });
      });
      await cluster.close();
      return result;
    };
    test.equal(await isConnected({ password: PASSWORD }), true);
    test.equal(await isConnected({ auth: PASSWORD }), true);
    test.equal(await isConnected({ password: `${PASSWORD}!`, timeout: 500 }), false);
  },
  ['redis-server'],
);

addTest('cluster - every wrong call throws at once, also of a method with a promise', async (test, scope) => {
  const cluster = newCluster(scope);
  cluster.sync(newItems());
  const wrong: (() => unknown)[] = [
    () => cluster.init(42 as never),
    () => cluster.init({ createClient: (() => {}) as never }),
    () => cluster.sync(42 as never),
    () => cluster.syncAll(42 as never),
    () => cluster.touch('unsynced'),
    () => cluster.touch('items', { author: 'tom' } as never),
    () => cluster.broadcast(''),
    () => cluster.onBroadcast('typing', 42 as never),
    () => cluster.on('connected' as never, () => {}),
  ];
  for (const call of wrong) test.throws(call, /^Cluster: /);
});

addTest('cluster - init throws a ClusterConfigError that names the option', async (test, scope) => {
  const refused: [ClusterConfig, string][] = [
    [{ port: '6379' as never }, 'port'],
    [{ unknown: 1 } as never, 'unknown'],
    [{ leaveOnSignals: 'no' as never }, 'leaveOnSignals'],
    [{ password: 'canary', auth: 'canary' } as never, 'auth'],
    [{ url: 'http://canary' }, 'url'],
  ];
  for (const [config, option] of refused) {
    const cluster = newCluster(scope);
    try {
      void cluster.init(config);
      test.isTrue(false, `${option} was accepted`);
    } catch (error) {
      test.isTrue(error instanceof ClusterConfigError, String(error));
      test.equal((error as ClusterConfigError).option, option);
      test.notMatches(String(error), /canary/);
    }
    test.isFalse(cluster.status().connected);
  }
});

addTest('cluster - a Redis that strangers may publish on is warned of', async (test, scope) => {
  // An address that belongs to nobody (RFC 5737): the warning comes before there is an answer.
  const elsewhere = { ...NAMESPACE, host: '192.0.2.1', timeout: 0 };
  const isWarned = async (config: ClusterConfig) => {
    const cluster = newCluster(scope);
    const lines = await linesDuring(async () => {
      await cluster.init(config);
      await cluster.close();
    });
    return lines.some((line) => /on another host and has no password: .* CLUSTER_SECRET/.test(line));
  };
  test.isTrue(await isWarned(elsewhere));
  test.isFalse(await isWarned({ ...elsewhere, password: PASSWORD }));
  test.isFalse(await isWarned({ ...elsewhere, auth: PASSWORD }));
  test.isFalse(await isWarned({ ...elsewhere, secret: 'sixteen characters' }));
  test.isFalse(await isWarned({ ...NAMESPACE, host: '127.0.0.1', port: 1, timeout: 0 }));
});

addTest('cluster - close leaves the collection as it was, and no connection', async (test, scope) => {
  const collection = newItems();
  const methods = (collection as unknown as { _collection: Record<string, unknown> })._collection;
  const found = { ...methods };
  const cluster = newCluster(scope);
  const wire = await scope.listen('single');
  const sockets = () => process.getActiveResourcesInfo().filter((kind) => kind === 'TCPSocketWrap').length;
  const socketsBefore = sockets();
  await linesDuring(() => cluster.init(NAMESPACE));
  cluster.sync(collection, 'items');
  test.equal(sockets(), socketsBefore + 2);
  const { nodeId } = cluster.status();
  await Promise.all([cluster.close(), cluster.close()]);
  test.equal(Object.keys(methods), Object.keys(found));
  for (const name of Object.keys(found)) test.isTrue(methods[name] === found[name], name);
  await eventually('both connections to be closed', () => sockets() === socketsBefore);
  await collection.insertAsync({ _id: newGroup(), group: 'none', n: 0 });
  await wire.flush();
  test.equal(wire.changes, []);
  test.equal(
    wire.left.filter((node) => node === nodeId),
    [String(nodeId)],
    'one leave message, although closed twice',
  );
});

/** Returns the counts of a leave message, and none of others. */
function countsOf(text: string): unknown[] {
  const { kind, counts } = JSON.parse(text) as { kind?: string; counts?: unknown[] };
  return kind === 'leave' ? (counts ?? []) : [];
}

addTest(
  'cluster - close publishes a write that is in progress before the leave message',
  async (test, scope) => {
    const collection = newItems();
    const cluster = newCluster(scope);
    const wire = await scope.listen('single');
    await linesDuring(() => cluster.init(NAMESPACE));
    cluster.sync(collection);
    const { nodeId } = cluster.status();
    const _id = newGroup();
    const writing = collection.insertAsync({ _id, group: 'none', n: 0 });
    await cluster.close();
    await writing;
    await wire.flush();
    test.equal(
      wire.changes.map(({ ids }) => ids),
      [[_id]],
    );
    test.equal(wire.left.at(-1), nodeId);
    test.equal(wire.texts.flatMap(countsOf), [['items', 1]], 'a lost change is noticed by them');
    await collection.removeAsync(_id);
  },
);

addTest('cluster - what is written until close() has resolved is published', async (test, scope) => {
  const collection = newItems();
  const cluster = newCluster(scope);
  const wire = await scope.listen('single');
  await linesDuring(() => cluster.init(NAMESPACE));
  cluster.sync(collection);
  const { nodeId } = cluster.status();
  const group = newGroup();
  scope.defer(() => collection.removeAsync({ group }));
  const closing = cluster.close();
  test.isFalse(cluster.healthy(), 'no more users');
  test.isTrue(cluster.status().connected, 'it still receives');
  test.isTrue(cluster.close() === closing);
  let hasClosed = false;
  void closing.then(() => {
    hasClosed = true;
  });
  const written: string[] = [];
  while (!hasClosed) {
    const _id = `${group}-${written.length}`;
    const writing = collection.insertAsync({ _id, group, n: 0 });
    if (!hasClosed) written.push(_id);
    await writing;
    // Pauses, in which the node can leave.
    if (written.length % 3 === 0) await pause(30);
  }
  await wire.flush();
  const published = wire.changes.flatMap(({ node, ids }) => (node === nodeId ? ids : []));
  test.equal([...new Set(published)].sort(), written.sort());
  test.isTrue(written.length > 0);
  test.equal(wire.texts.at(-2)?.includes('"leave"'), true, 'the last message before the marker of the test');
});

addTest(
  'cluster - init() and sync() that follow a close() in the same turn start anew',
  async (test, scope) => {
    const collection = newItems();
    const cluster = newCluster(scope);
    const wire = await scope.listen('single');
    await linesDuring(() => cluster.init(NAMESPACE));
    cluster.sync(collection);
    const { nodeId: first } = cluster.status();
    const closing = cluster.close();
    cluster.sync(collection);
    test.equal(cluster.status().collections, ['items']);
    let isConnected: boolean | undefined;
    await linesDuring(async () => {
      isConnected = await cluster.init(NAMESPACE);
    });
    test.equal([isConnected, cluster.healthy()], [true, true]);
    await closing;
    const { nodeId, connected } = cluster.status();
    test.isTrue(connected && nodeId !== first);
    const _id = newGroup();
    await collection.insertAsync({ _id, group: 'none', n: 0 });
    await cluster.flush();
    await wire.flush();
    test.isTrue(wire.left.includes(String(first)));
    test.equal(
      wire.changes.filter(({ ids }) => ids.includes(_id)).map(({ node }) => node),
      [String(nodeId)],
    );
    await collection.removeAsync(_id);
  },
);

addTest('cluster - signal listeners are installed by init and removed by close', async (test, scope) => {
  const count = () => [process.listenerCount('SIGTERM'), process.listenerCount('SIGINT')];
  const [sigterm = 0, sigint = 0] = count();
  const cluster = newCluster(scope);
  await linesDuring(() => cluster.init({ ...NAMESPACE, leaveOnSignals: false }));
  test.equal(count(), [sigterm, sigint]);
  await cluster.close();
  await linesDuring(() => cluster.init(NAMESPACE));
  test.equal(count(), [sigterm + 1, sigint + 1]);
  await cluster.close();
  test.equal(count(), [sigterm, sigint]);
});
