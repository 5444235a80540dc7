/** One node by itself, in this process: what `sync`, `touch` and `flush` accept and do. */

import type { SyncTarget } from 'meteor/cluster';
import { Mongo } from 'meteor/mongo';
import { linesDuring } from '../../support/console';
import { rawItems } from '../../support/database';
import { eventually } from '../../support/eventually';
import { newGroup } from '../../support/groups';
import { NAMESPACE, newCluster, newItems } from '../../support/own-clusters';
import { addTest } from '../../support/scope';

const WITHOUT_REDIS = { port: 1, timeout: 300 };

addTest('cluster - sync takes collections, names and arrays of both', async (test, scope) => {
  const cluster = newCluster(scope);
  cluster.sync('first', ['second', newItems()], [], ['third']);
  test.equal(cluster.status().collections, ['first', 'second', 'items', 'third']);
});

addTest(
  'cluster - sync refuses everything else, says what came, and syncs nothing then',
  async (test, scope) => {
    const cluster = newCluster(scope);
    const refused: [unknown, RegExp][] = [
      [undefined, /got undefined as target \d of \d: export it, and load its file before/],
      ['*', /got "\*", which stands for all .* in Meteor.settings.* Call syncAll\(\)/],
      [null, /got null/],
      ['', /got an empty string/],
      [42, /got a value of type number/],
      [['second', ['nested']], /got an array/],
      [['second', 42], /got a value of type number/],
      [new Mongo.Collection(null), /got a local collection without a name/],
      [{}, /got a value of type object/],
    ];
    for (const [target, message] of refused) {
      test.throws(() => cluster.sync('items', target as SyncTarget), message);
      test.throws(() => cluster.sync(['items', 'other'], target as SyncTarget), message);
    }
    test.equal(cluster.status().collections, []);
  },
);

addTest('cluster - a collection opened after sync is synced', async (test, scope) => {
  const cluster = newCluster(scope);
  const wire = await scope.listen('single');
  cluster.sync('items');
  await linesDuring(() => cluster.init(NAMESPACE));
  const id = newGroup();
  await newItems().insertAsync({ _id: id, group: 'none', n: 0 });
  await eventually('the change on the channel', () => wire.changes.length > 0);
  test.equal(wire.changes[0]?.ids, [id]);
});

addTest('cluster - a synced name without a collection is warned of once', async (test, scope) => {
  // The warning comes 10 s after start-up; this node's timers are cut.
  const [node] = await scope.startNodes({
    cluster: NAMESPACE,
    // The node opens this collection at once, and `items` when a client asks for it.
    sync: ['misspelt', 'unsynced'],
    longestTimer: 300,
  });
  const warning = /"misspelt" is synced, but no collection of that name has been opened/g;
  await eventually('the warning', () => warning.test(node.log()));
  test.equal(node.log().match(warning)?.length, 1);
  test.notMatches(node.log(), /"unsynced" is synced, but/);
});

addTest('cluster - what is touched in one turn is one message', async (test, scope) => {
  const cluster = newCluster(scope);
  const wire = await scope.listen('single');
  await linesDuring(() => cluster.init(NAMESPACE));
  cluster.sync(newItems());
  await Promise.all([
    cluster.touch('items', 'a'),
    cluster.touch(newItems(), ['b', 'c']),
    cluster.touch('items', ['a']),
  ]);
  await Promise.all([cluster.touch('items', 'd'), cluster.touch('items')]);
  await wire.flush();
  test.equal(
    wire.changes.map(({ ids }) => ids),
    [['a', 'b', 'c'], 'all'],
  );
  test.equal(cluster.status().published, 2);
});

addTest('cluster - touch refuses a collection that is not synced', async (test, scope) => {
  const cluster = newCluster(scope);
  test.throws(() => cluster.touch('items'), 'call sync() first');
});

addTest(
  'cluster - touch refuses what is no id, and says what came and what it takes',
  async (test, scope) => {
    const cluster = newCluster(scope);
    cluster.sync('items');
    const refused: [unknown, RegExp][] = [
      [{ author: 'tom' }, /got an object with the keys "author"$/],
      [{ _id: 'a' }, /got an object with the keys "_id"$/],
      [{ _id: { $in: ['a'] } }, /got an object with the keys "_id"$/],
      [{ 0: 'a', author: 'tom' }, /got an object with the keys "0", "author"$/],
      [{ '00': 'a' }, /got an object with the keys "00"$/],
      [{}, /got an empty object$/],
      [{ 0: 'a', 1: 17 }, /got an object that contains a value of type number$/],
      ['', /got an empty string$/],
      [null, /got null$/],
      [17, /got a value of type number$/],
      [new Date(), /got a value of type object$/],
      [new Map([[0, 'a']]), /got a value of type object$/],
      [new Set(['a']), /got a value of type object$/],
      [Object.create({ 0: 'a' }), /got a value of type object$/],
      [['a', { $gt: '' }], /got an array that contains an object with the keys "\$gt"$/],
      [['a', ['b']], /got an array that contains an array$/],
      [['a', undefined], /got an array that contains undefined$/],
      [[''], /got an array that contains an empty string$/],
      [
        [{ toHexString: () => '6ba7b810-9dad-11d1-80b4-00c04fd430c8' }],
        /got an array that contains an object/,
      ],
    ];
    for (const [ids, message] of refused) {
      test.throws(() => cluster.touch('items', ids as never), message);
      test.throws(
        () => cluster.touch('items', ids as never),
        /touch\(\) takes an id, which is a string or an ObjectID, an array of ids, or the driver's insertedIds; got/,
      );
    }
  },
);

addTest('cluster - touch takes an id, several, or the insertedIds of the driver', async (test, scope) => {
  const cluster = newCluster(scope);
  const wire = await scope.listen('single');
  await linesDuring(() => cluster.init(NAMESPACE));
  cluster.sync('items');
  const hex = '0123456789abcdef01234567';
  const taken: [unknown, unknown][] = [
    ['a', ['a']],
    [new Mongo.ObjectID(hex), [hex]],
    [hex, [`-${hex}`]],
    [
      ['a', new Mongo.ObjectID(hex)],
      ['a', hex],
    ],
    [{ 0: 'a', 1: 'b' }, ['a', 'b']],
    // Those of `bulkWrite` have the positions of its inserts.
    [{ 2: 'a', 10: 'b' }, ['a', 'b']],
    [Object.assign(Object.create(null), { 0: 'a' }), ['a']],
    [undefined, 'all'],
  ];
  for (const [ids] of taken) await cluster.touch('items', ids as never);
  await cluster.touch('items', []);
  await wire.flush();
  test.equal(
    wire.changes.map(({ ids }) => ids),
    taken.map(([, ids]) => ids),
  );
});

addTest('cluster - what is touched before init is published by the next session', async (test, scope) => {
  const cluster = newCluster(scope);
  const wire = await scope.listen('single');
  let seen = 0;
  const published = async () => {
    await cluster.flush();
    await wire.flush();
    const changes = wire.changes.slice(seen);
    seen += changes.length;
    return changes.map(({ collection, ids }) => [collection, ids]);
  };
  // No collection of this name has been opened.
  const unopened = `unopened-${newGroup()}`;
  cluster.sync('items', unopened);
  await Promise.all([
    cluster.touch('items', 'a'),
    cluster.touch('items', ['b']),
    cluster.touch(unopened, 'c'),
  ]);
  test.throws(() => cluster.init({ port: -1 }));
  await linesDuring(() => cluster.init(NAMESPACE));
  test.equal(await published(), [
    ['items', ['a', 'b']],
    [unopened, ['c']],
  ]);
  await linesDuring(() => cluster.close());
  cluster.sync('items');
  await cluster.touch('items', 'd');
  await linesDuring(() => cluster.init(NAMESPACE));
  test.equal(await published(), [['items', ['d']]]);
  await linesDuring(() => cluster.close());
  await linesDuring(() => cluster.init(NAMESPACE));
  test.equal(await published(), []);
});

addTest(
  'cluster - what is touched before init becomes a change of the collection when it is much',
  async (test, scope) => {
    const cluster = newCluster(scope);
    const wire = await scope.listen('single');
    cluster.sync('items');
    for (let n = 0; n < 2; n += 1) {
      void cluster.touch(
        'items',
        Array.from({ length: 600 }, (_, index) => `${n}-${index}`),
      );
    }
    await linesDuring(() => cluster.init(NAMESPACE));
    await cluster.flush();
    await wire.flush();
    test.equal(
      wire.changes.map(({ ids }) => ids),
      ['all'],
    );
  },
);

addTest('cluster - touch and flush resolve when Redis has accepted the changes', async (test, scope) => {
  const cluster = newCluster(scope);
  const wire = await scope.listen('single');
  const collection = newItems();
  cluster.sync(collection);
  await linesDuring(async () => {
    // Not connected yet: both have to wait for the connection as well.
    void cluster.init(NAMESPACE);
    await cluster.touch('items', 'touched');
  });
  test.equal(cluster.status().published, 1);
  const id = newGroup();
  await collection.insertAsync({ _id: id, group: 'none', n: 0 });
  await cluster.flush();
  test.equal(cluster.status().published, 2);
  await wire.flush();
  test.equal(
    wire.changes.map(({ ids }) => ids),
    [['touched'], [id]],
  );
});

addTest('cluster - flush resolves at once when nothing is pending', async (test, scope) => {
  const cluster = newCluster(scope);
  await cluster.flush();
  const start = performance.now();
  await linesDuring(async () => {
    void cluster.init({ port: 1, timeout: 5000 });
    await cluster.flush();
    await cluster.close();
  });
  test.isTrue(performance.now() - start < 2500);
});

addTest(
  'cluster - without Redis, flush rejects after timeout and touch resolves with a warning',
  async (test, scope) => {
    const cluster = newCluster(scope);
    cluster.sync(newItems());
    const lines = await linesDuring(async () => {
      void cluster.init(WITHOUT_REDIS);
      const start = performance.now();
      await cluster.touch('items', 'a');
      test.isTrue(performance.now() - start > WITHOUT_REDIS.timeout - 10, 'touch waits');
      const error = await cluster.flush().catch((reason) => reason);
      test.equal(error?.name, 'TimeoutError');
      const reason = `no connection to Redis within ${WITHOUT_REDIS.timeout} ms`;
      test.matches(
        String(error),
        new RegExp(`TimeoutError: Cluster: flush\\(\\) waits no longer: ${reason}. The changes stay pending`),
      );
      await cluster.close();
    });
    test.equal(
      lines.filter((line) => /touch\(\) did not reach Redis \(no connection to Redis within/.test(line))
        .length,
      1,
      lines.join('\n'),
    );
  },
);

addTest('cluster - changes that were pending when flush failed are published later', async (test, scope) => {
  const cluster = newCluster(scope);
  const wire = await scope.listen('single');
  cluster.sync(newItems());
  await linesDuring(async () => {
    void cluster.init({ ...NAMESPACE, timeout: 0 });
    await cluster.touch('items', 'pending');
    await eventually('the change on the channel', () => wire.changes.length > 0);
  });
  test.equal(wire.changes[0]?.ids, ['pending']);
});

addTest(
  'cluster - what was written before init is published as a change of the collection',
  async (test, scope) => {
    const wire = await scope.listen('single');
    const items = newItems();
    scope.defer(() => rawItems().deleteMany({ group: 'before' }));
    for (const syncs of ['before the write', 'after the write', 'during the write'] as const) {
      const cluster = newCluster(scope);
      const before = wire.changes.length;
      if (syncs === 'before the write') cluster.sync(items);
      const writing = items.insertAsync({ _id: newGroup(), group: 'before', n: 0 });
      if (syncs !== 'during the write') await writing;
      if (syncs !== 'before the write') cluster.sync(items);
      await linesDuring(() => cluster.init(NAMESPACE));
      await writing;
      await eventually(`the change, synced ${syncs}`, () => wire.changes.length > before);
      test.equal(wire.changes.at(-1)?.ids, 'all', syncs);
      await cluster.close();
    }
    const cluster = newCluster(scope);
    const { length } = wire.changes;
    cluster.sync(items);
    await linesDuring(() => cluster.init(NAMESPACE));
    await cluster.flush();
    await wire.flush();
    test.equal(wire.changes.length, length, 'without a write there is no message');
  },
);
