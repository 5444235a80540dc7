/** What `Cluster.on()` reports of real Redis servers, peers and messages. */

import type { ClusterConfig } from 'meteor/cluster';
import { QUIET } from '../../../tools/quiet-logger';
import { linesDuring } from '../../support/console';
import { canProxyRedis, proxyRedis } from '../../support/default-redis';
import { EventRecorder } from '../../support/event-recorder';
import { eventually, pause } from '../../support/eventually';
import { newGroup } from '../../support/groups';
import { newCluster, newItems } from '../../support/own-clusters';
import { addTest, type Scope } from '../../support/scope';

const REDIS = ['redis-server'];
/** On a busy machine a connection must not look dead. */
const TIMING = { heartbeatInterval: 50, heartbeatTimeout: 10_000, resyncJitter: 20 };
/** For tests that wait for the time-out. */
const IMPATIENT = { heartbeatTimeout: 500 };
/** For what should not happen a second time. */
const SOME_HEARTBEATS_MS = 300;

/** A cluster of its own that syncs `items`, and its events. */
async function start(scope: Scope, config: ClusterConfig) {
  const cluster = newCluster(scope);
  const events = new EventRecorder(cluster);
  cluster.sync(newItems());
  await cluster.init({ ...TIMING, logger: QUIET, ...config });
  return { cluster, events };
}

addTest(
  'events - a Redis that stops and starts is one disconnect and one connect, as status() says',
  async (test, scope) => {
    const redis = await scope.startRedis();
    const { cluster, events } = await start(scope, { port: redis.port });
    const seen: boolean[] = [];
    cluster.on('connect', () => seen.push(cluster.status().connected));
    cluster.on('disconnect', () => seen.push(cluster.status().connected));
    test.equal(events.of('connect'), [{ again: false }]);
    await redis.kill();
    await eventually('the disconnect', () => events.of('disconnect').length > 0);
    test.equal(cluster.healthy(), true);
    test.equal(cluster.metrics().gauges.connected, 0);
    await eventually('the error', () => events.of('error').length > 0);
    test.matches(String(events.of('error')[0]?.message), /^no connection to redis:.*trying again/);
    await pause(SOME_HEARTBEATS_MS);
    await redis.restart();
    await eventually('the connect', () => events.of('connect').length > 1);
    await pause(SOME_HEARTBEATS_MS);
    test.equal(events.of('connect'), [{ again: false }, { again: true }]);
    test.equal(events.of('disconnect'), [{ reason: 'redis' }]);
    test.equal(seen, [false, true]);
    await cluster.close();
    test.equal(events.of('disconnect'), [{ reason: 'redis' }, { reason: 'close' }]);
    test.equal(seen, [false, true, false]);
  },
  REDIS,
);

addTest(
  'events - every synced collection is resynced once it is connected, and once it is connected again',
  async (test, scope) => {
    const redis = await scope.startRedis();
    const { cluster, events } = await start(scope, { port: redis.port });
    cluster.sync('rooms');
    await eventually('the first resync', () => events.of('resync').length === 1);
    await redis.kill();
    await eventually('the disconnect', () => events.of('disconnect').length > 0);
    await redis.restart();
    // What was published meanwhile is lost, and no peer is there to show a gap.
    await eventually('the resyncs', () => events.of('resync').length === 3);
    test.equal(
      events
        .of('resync')
        .map(({ collection }) => collection)
        .toSorted(),
      ['items', 'items', 'rooms'],
    );
    await pause(SOME_HEARTBEATS_MS);
    test.equal(events.of('resync').length, 3);
  },
  REDIS,
);

addTest(
  'events - a Redis that freezes is a disconnect, also where no client notices',
  async (test, scope) => {
    const redis = await scope.startRedis();
    const { events } = await start(scope, { ...IMPATIENT, port: redis.port });
    redis.freeze();
    scope.defer(() => redis.thaw());
    await eventually('the disconnect', () => events.of('disconnect').length > 0);
    redis.thaw();
    await eventually('the connect', () => events.of('connect').length > 1);
    test.equal(events.of('disconnect'), [{ reason: 'redis' }]);
  },
  REDIS,
);

if (canProxyRedis()) {
  addTest(
    'events - a connection that is replaced, as nothing arrives on it, is a disconnect and a connect',
    async (test, scope) => {
      const { proxy, url } = await scope.use(proxyRedis(), (proxied) => proxied.proxy.close());
      const { events } = await start(scope, { ...IMPATIENT, namespace: newGroup(), url });
      proxy.inject({ message: () => [] });
      await eventually('the disconnect', () => events.of('disconnect').length > 0);
      proxy.inject({});
      await eventually('the connect', () => events.of('connect').length > 1);
      await pause(SOME_HEARTBEATS_MS);
      test.equal(events.of('disconnect')[0], { reason: 'redis' });
      test.equal(events.of('connect').length, events.of('disconnect').length + 1);
      test.equal(events.of('connect').at(-1), { again: true });
    },
  );
}

addTest(
  'events - a node on a replica of Redis, which its peers do not receive, disconnects as one way',
  async (test, scope) => {
    const primary = await scope.startRedis();
    const replica = await scope.startRedis({ config: [`replicaof 127.0.0.1 ${primary.port}`] });
    const namespace = newGroup();
    const { events: onPrimary } = await start(scope, { namespace, port: primary.port });
    await start(scope, { namespace, port: primary.port });
    const { cluster, events } = await start(scope, { ...IMPATIENT, namespace, port: replica.port });
    // On a busy machine its Redis may be silent for a while, too.
    const isOneWay = () => events.of('disconnect').some(({ reason }) => reason === 'oneWay');
    await eventually('the disconnect as one way', isOneWay);
    test.isFalse(cluster.status().connected);
    const connects = events.of('connect').length;
    await replica.command('replicaof', 'no', 'one');
    await eventually(
      'the connect, as nobody is received any more',
      () => events.of('connect').length > connects,
    );
    test.equal(onPrimary.of('disconnect'), []);
  },
  REDIS,
);

addTest('events - a node that is alone connects at init and disconnects at close', async (test, scope) => {
  const { cluster, events } = await start(scope, { url: 'none' });
  test.equal(cluster.healthy(), true);
  test.equal(events.of('connect'), [{ again: false }]);
  await cluster.close();
  test.equal(events.of('disconnect'), [{ reason: 'close' }]);
  await cluster.init({ url: 'none', logger: QUIET });
  test.equal(events.of('connect').length, 2, 'listeners stay after close');
});

addTest('events - peers join and leave by name', async (test, scope) => {
  const namespace = newGroup();
  const { events } = await start(scope, { ...IMPATIENT, namespace });
  const { cluster: peer } = await start(scope, { namespace });
  const node = String(peer.status().nodeId);
  await eventually('the peer to join', () => events.of('peerJoin').length > 0);
  test.equal(events.of('peerJoin'), [{ node }]);
  await peer.close();
  await eventually('the peer to leave', () => events.of('peerLeave').length > 0);
  await pause(2 * IMPATIENT.heartbeatTimeout);
  test.equal(events.of('peerLeave'), [{ node }]);
  test.equal(events.of('peerJoin').length, 1);
  test.equal(events.of('peerExpire'), []);
});

addTest('events - a silent peer expires, and what it may have written is resynced', async (test, scope) => {
  const namespace = newGroup();
  const wire = await scope.listen(namespace);
  const { cluster, events } = await start(scope, { ...IMPATIENT, namespace });
  await eventually('the resync after connecting', () => events.of('resync').length > 0);
  await wire.publish(heartbeatOf('ghost'));
  await eventually('the peer to expire', () => events.of('peerExpire').length > 0);
  test.equal(events.of('peerJoin'), [{ node: 'ghost' }]);
  test.equal(events.of('peerExpire'), [{ node: 'ghost' }]);
  test.equal(events.of('peerLeave'), []);
  await eventually('the resync', () => events.of('resync').length > 1);
  test.equal(events.of('resync')[1], { collection: 'items' });
  test.equal(events.of('resync').length, cluster.status().resyncs);
});

addTest('events - each dropped message is an event, and an error once per kind', async (test, scope) => {
  const namespace = newGroup();
  const wire = await scope.listen(namespace);
  const { events } = await start(scope, { namespace });
  for (let n = 0; n < 3; n += 1) await wire.publish('garbage');
  await eventually('the drops', () => events.of('drop').length === 3);
  test.equal(events.of('drop')[2], {
    reason: 'malformed',
    message: 'dropped a message that is not JSON',
  });
  test.equal(events.of('error').length, 1);
});

addTest(
  'events - listeners and a logger that throw harm neither Cluster nor writes nor each other',
  async (test, scope) => {
    const namespace = newGroup();
    const fail = () => {
      throw new Error('out of order');
    };
    const logger = { debug: fail, info: fail, warn: fail, error: fail };
    const cluster = newCluster(scope);
    const names = ['connect', 'disconnect', 'resync', 'peerJoin', 'peerLeave', 'drop', 'error'] as const;
    for (const name of names) cluster.on(name, fail);
    const events = new EventRecorder(cluster);
    const items = newItems();
    cluster.sync(items);
    const wire = await scope.listen(namespace);
    const lines = await linesDuring(async () => {
      test.isTrue(await cluster.init({ ...TIMING, namespace, logger }));
      await wire.publish('garbage');
      await wire.publish(heartbeatOf('ghost'));
      await eventually('the peer to join', () => events.of('peerJoin').length > 0);
      const id = newGroup();
      test.equal(await items.insertAsync({ _id: id, group: 'none', n: 0 }), id);
      await cluster.flush();
      await eventually('the change', () => wire.changes.some(({ ids }) => ids[0] === id));
      await items.removeAsync(id);
      await cluster.close();
    });
    test.equal(events.of('drop').length, 1);
    test.equal(events.of('disconnect'), [{ reason: 'close' }]);
    test.isTrue(
      lines.includes('Cluster: a listener of the event "connect" failed: out of order'),
      'what the logger does not take goes to the console',
    );
  },
);

addTest('events - the logger of init gets all lines, debug lines of events too', async (test, scope) => {
  const lines: string[] = [];
  const keep = (method: string) => (line: string) => void lines.push(`${method} ${line}`);
  const logger = { debug: keep('debug'), info: keep('info'), warn: keep('warn'), error: keep('error') };
  const shown = await linesDuring(async () => {
    const { cluster } = await start(scope, { url: 'none', logger });
    await cluster.close();
  });
  test.equal(shown, []);
  test.equal(lines, [
    'info Cluster: this node is alone, as its address of Redis is "none"; strategy "feed"',
    'debug Cluster: event connect {"again":false}',
    'debug Cluster: event disconnect {"reason":"close"}',
  ]);
});

function heartbeatOf(node: string): string {
  return JSON.stringify({ v: 1, kind: 'heartbeat', node, beat: 1, counts: [['items', 0]] });
}
