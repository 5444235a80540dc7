/**
 * Announcements of other programs in redis-oplog's format on a real Redis, and a live query of a node.
 *
 * Messages and channels are those that the documentation of redis-oplog, oplogtoredis and changestream-to-redis shows.
 */

import type { ClusterConfig } from 'meteor/cluster';
import { Mongo } from 'meteor/mongo';
import { createClient } from 'redis';
import { defaultConnection } from '../../../src/meteor/collections/collections';
import { linesDuring } from '../../support/console';
import { rawItems } from '../../support/database';
import { eventually, pause } from '../../support/eventually';
import { newGroup } from '../../support/groups';
import { shownIds } from '../../support/live-query';
import { INSTANCE } from '../../support/node-collections';
import type { ConfigWithoutAddress } from '../../support/node-config';
import { newCluster, newItems, type TestCluster } from '../../support/own-clusters';
import type { RedisServer } from '../../support/redis-server';
import { addTest, type Scope } from '../../support/scope';

const NEEDS = ['redis-server'];
const DATABASE = defaultConnection().db.databaseName;
/** No test here waits for the time-out. By default it is 350 ms: a busy machine is silent for longer, which costs a resync. */
const TIMING = {
  resyncJitter: 0,
  heartbeatInterval: 100,
  heartbeatTimeout: 10_000,
  // A poll would show what nobody has announced.
  pollingInterval: 3_600_000,
};

/** Starts a node on a Redis of the test's own, with a live query. Its first resyncs are over. */
async function startNode(scope: Scope, config: ConfigWithoutAddress, redisLines: readonly string[] = []) {
  const redis = await scope.startRedis({ config: redisLines });
  const cluster = newCluster(scope);
  const items = newItems();
  const group = newGroup();
  const lines = await linesDuring(async () => {
    cluster.sync(items);
    await cluster.init({ port: redis.port, namespace: group, ...TIMING, ...config });
    await settled(redis);
    await eventually('the resync of a node that joins', () => cluster.status().resyncs > 0);
    await noMoreResyncs(cluster);
  });
  const shown = await shownIds(scope, items, { group });
  const publish = (channel: string, message: object) =>
    redis.command('PUBLISH', channel, typeof message === 'string' ? message : JSON.stringify(message));
  return { redis, cluster, items, group, shown, publish, lines };
}

/**
 * Waits until the resyncs of all subscriptions have run: what a live query then shows is due to a message. Redis answers those
 * before a later connection, and this process reads the answers while it waits for a second one.
 */
async function settled(redis: RedisServer): Promise<void> {
  for (let n = 0; n < 2; n += 1) await redis.command('PING');
  // The timer of a resync without jitter has begun, so it ends first.
  await pause(10);
}

/** On a busy machine a subscription may be answered after the resync of a node that joins, and leads to one of its own. */
async function noMoreResyncs(cluster: TestCluster): Promise<void> {
  for (let before = -1; before !== cluster.status().resyncs; await pause(300))
    before = cluster.status().resyncs;
}

/** Returns the channels and the number of patterns that anybody has subscribed. */
async function subscribed(redis: RedisServer): Promise<unknown> {
  const channels = (await redis.command('PUBSUB', 'CHANNELS')) as string[];
  return [channels.sort(), await redis.command('PUBSUB', 'NUMPAT')];
}

addTest(
  'redis-oplog - without the option nothing but the channel of the cluster is subscribed',
  async (test, scope) => {
    const { redis, group } = await startNode(scope, {});
    test.equal(await subscribed(redis), [[`cluster:${group}`], 0]);
  },
  NEEDS,
);

type Announcement = readonly [channel: string, message: (id: string) => object];

/** The message that each program publishes, on one of its channels. */
const PROGRAMS: readonly (readonly [program: string, option: true | string, Announcement])[] = [
  ['an outside mutation of redis-oplog', true, ['items', (_id) => ({ e: 'u', d: { _id }, f: ['status'] })]],
  ['an outside insert of redis-oplog', true, ['items', (_id) => ({ e: 'i', d: { _id } })]],
  [
    'redis-oplog, on the channel of a document',
    true,
    ['items::ID', (_id) => ({ e: 'u', f: ['n'], d: { _id }, u: 'x' })],
  ],
  ['redis-oplog, with a namespace', true, ['company::7::items', (_id) => ({ e: 'i', d: { _id }, u: null })]],
  [
    'redis-oplog, with globalRedisPrefix',
    'app:',
    ['app:items', (_id) => ({ e: 'u', f: ['n'], d: { _id }, u: 'x' })],
  ],
  ['redis-oplog, with both', 'app:', ['app:company::7::items', (_id) => ({ e: 'i', d: { _id }, u: 'x' })]],
  ['oplogtoredis', true, [`${DATABASE}.items`, (_id) => ({ e: 'i', d: { _id }, f: ['group', 'n'] })]],
  [
    'oplogtoredis, on the channel of a document',
    true,
    [`${DATABASE}.items::ID`, (_id) => ({ e: 'u', d: { _id }, f: ['n'] })],
  ],
  ['changestream-to-redis', true, [`${DATABASE}.items`, (_id) => ({ d: { _id }, e: 'u', f: [] })]],
  [
    'changestream-to-redis, with the prefix as option',
    `${DATABASE}.`,
    [`${DATABASE}.items`, (_id) => ({ d: { _id, n: 1 }, e: 'i', f: [] })],
  ],
  [
    'changestream-to-redis, with NAMESPACES',
    true,
    [`${DATABASE}.companyId::7::items`, (_id) => ({ d: { _id }, e: 'i', f: [] })],
  ],
];

for (const [program, redisOplog, [channel, message]] of PROGRAMS) {
  addTest(
    `redis-oplog - a live query shows what is announced by ${program}`,
    async (test, scope) => {
      const { cluster, group, shown, publish } = await startNode(scope, { redisOplog });
      await rawItems().insertOne({ _id: group, group, n: 0 });
      await pause(200);
      test.isFalse(shown.has(group), 'nobody has announced it');
      const { resyncs } = cluster.status();
      test.isTrue(Number(await publish(channel.replace('ID', group), message(group))) >= 1);
      await eventually('the live query to show it', () => shown.has(group));
      const { received, dropped, resyncs: after } = cluster.status();
      test.equal(
        { received: received > 0, dropped, resyncs: after },
        { received: true, dropped: 0, resyncs },
      );
    },
    NEEDS,
  );
}

for (const strategy of ['feed', 'update'] as const) {
  addTest(
    `redis-oplog - removes, and ObjectIDs in every form, are handled under ${strategy}`,
    async (test, scope) => {
      const { group, shown, publish } = await startNode(scope, { redisOplog: true, strategy });
      const raw = rawItems();
      const forms = [(hex: string) => ({ $type: 'oid', $value: hex }), ($oid: string) => ({ $oid }), String];
      for (const form of forms) {
        // The driver makes an ObjectID.
        const { insertedId } = await raw.insertOne({ group, n: 0 } as never);
        const _id = form(String(insertedId));
        await publish('items', { e: 'i', d: { _id, group, n: 0 } });
        await eventually('the insert', () => shown.size === 1);
        await raw.deleteOne({ _id: insertedId });
        await publish('items', { e: 'r', d: { _id } });
        await eventually('the remove', () => shown.size === 0);
      }
      test.equal(await rawItems().countDocuments({ group }), 0);
    },
    NEEDS,
  );
}

addTest(
  'redis-oplog - hostile messages, and those of collections that are not synced, change nothing',
  async (test, scope) => {
    const { redis, cluster, group, shown, publish } = await startNode(scope, { redisOplog: true });
    await rawItems().insertOne({ _id: group, group, n: 0 });
    const hostile = [
      {},
      { e: 'u', d: { _id: null, $where: 'sleep(1000)' } },
      { e: 'u', s: true, d: { _id: group }, m: { $set: { n: 1 } }, mt: ['n'] },
      { e: '$where', d: { _id: group } },
      JSON.parse('{"__proto__":{"e":"u","d":{"_id":"a"}}}'),
    ];
    const lines = await linesDuring(async () => {
      for (const message of hostile) await publish('items', message);
      for (const text of ['', '{', `${'['.repeat(50_000)}`]) await redis.command('PUBLISH', 'items', text);
      test.equal(await publish('others', { e: 'u', d: { _id: group } }), 0);
      await eventually('the drops', () => cluster.status().dropped === hostile.length + 3);
    });
    await pause(100);
    test.equal([cluster.status().received, shown.size], [0, 0]);
    test.equal(lines.length, 4, 'one line per reason');
    test.equal(await rawItems().findOne({ _id: group }), { _id: group, group, n: 0 });
    // It still works.
    await publish('items', { e: 'u', d: { _id: group }, f: ['n'] });
    await eventually('the valid one', () => shown.has(group));
  },
  NEEDS,
);

addTest(
  'redis-oplog - a message that is too long stands for the whole collection',
  async (test, scope) => {
    const { redis, group, shown, cluster } = await startNode(scope, { redisOplog: true });
    await rawItems().insertMany([1, 2].map((n) => ({ _id: `${group}-${n}`, group, n })));
    const text = JSON.stringify({ e: 'u', d: { _id: 'a', text: 'x'.repeat(1024 * 1024) } });
    await redis.command('PUBLISH', 'items', text);
    await eventually('both documents', () => shown.size === 2);
    test.equal(cluster.status().dropped, 0);
  },
  NEEDS,
);

addTest(
  'redis-oplog - nothing of this node’s own writes is published there',
  async (test, scope) => {
    const { redis, items, group, cluster } = await startNode(scope, {
      redisOplog: true,
      secret: 's'.repeat(16),
    });
    const client = createClient({ RESP: 2, socket: { host: '127.0.0.1', port: redis.port } });
    await client.connect();
    scope.defer(() => client.destroy());
    const channels = new Set<string>();
    await client.pSubscribe('*', (_text, channel) => channels.add(channel));
    await items.insertAsync({ _id: group, group, n: 0 });
    await items.updateAsync(group, { $set: { n: 1 } });
    await cluster.flush();
    await eventually('the messages of the cluster', () => channels.size > 0);
    test.equal([...channels], [`cluster:${group}`]);
  },
  NEEDS,
);

addTest(
  'redis-oplog - a collection synced later is subscribed then, and all are after an outage of Redis',
  async (test, scope) => {
    const { redis, cluster, group, shown, publish } = await startNode(scope, { redisOplog: true });
    const [before] = (await subscribed(redis)) as [string[]];
    test.equal(before.toSorted(), [`cluster:${group}`, `${DATABASE}.items`, 'items'].sort());
    cluster.sync(new Mongo.Collection(`later-${group}`, INSTANCE));
    const all = [...before, `later-${group}`, `${DATABASE}.later-${group}`].sort();
    await eventually('the subscriptions', async () => String(await subscribed(redis)) === String([all, 6]));
    await linesDuring(async () => {
      await redis.kill();
      await eventually('the disconnect', () => !cluster.status().connected);
      await redis.restart();
      await eventually('the node to be connected', () => cluster.status().connected);
      await eventually('the same', async () => String(await subscribed(redis)) === String([all, 6]));
      await settled(redis);
    });
    await rawItems().insertOne({ _id: group, group, n: 0 });
    await publish('items', { e: 'i', d: { _id: group } });
    await eventually('the live query to show it', () => shown.has(group));
    await cluster.close();
    await eventually('no subscriptions', async () => String(await subscribed(redis)) === ',0');
  },
  NEEDS,
);

addTest(
  'redis-oplog - where Redis refuses these channels, the cluster works and a line says what the user needs',
  async (test, scope) => {
    const namespace = newGroup();
    const user = `user default on nopass resetchannels &cluster:${namespace} &items -@all +@all -psubscribe`;
    const { cluster, lines, group, shown, publish } = await startNode(scope, { redisOplog: '', namespace }, [
      user,
    ]);
    test.isTrue(cluster.status().connected);
    test.equal(lines.filter((line) => line.includes('refuses the channel')).length, 2);
    test.matches(
      lines.join('\n'),
      /refuses the channel "items::\*" of redis-oplog's messages \(NOPERM.*\); trying again\. The ACL user needs "&items::\* \+psubscribe"/,
    );
    await rawItems().insertOne({ _id: group, group, n: 0 });
    await publish('items', { e: 'i', d: { _id: group } });
    await eventually('what is allowed', () => shown.has(group));
  },
  NEEDS,
);

addTest(
  'redis-oplog - a live query shows what is announced by an id of another type',
  async (test, scope) => {
    const { group, shown, publish, cluster } = await startNode(scope, { redisOplog: true });
    const id = Number(process.hrtime.bigint() % 1_000_000_000_000n);
    await rawItems().insertOne({ _id: id as never, group, n: 0 });
    await publish('items', { e: 'i', d: { _id: id } });
    await eventually('the live query to show it', () => [...shown].some((each) => String(each) === `${id}`));
    test.equal(cluster.status().dropped, 0);
  },
  NEEDS,
);

addTest('redis-oplog - a client without pSubscribe is refused', async (test, scope) => {
  const cluster = newCluster(scope);
  const usable = {
    isOpen: false,
    isReady: false,
    on() {},
    connect: async () => {},
    destroy() {},
    publish: async () => 0,
    subscribe: async () => {},
  };
  const config = { createClient: () => usable, redisOplog: true } as ClusterConfig;
  test.throws(() => cluster.init(config), /"createClient" must return .* has no pSubscribe\(\)/);
});

addTest('redis-oplog - a node that is alone ignores the option', async (test, scope) => {
  const cluster = newCluster(scope);
  await linesDuring(() => cluster.init({ url: 'none', redisOplog: true }));
  test.isTrue(cluster.status().connected);
});
