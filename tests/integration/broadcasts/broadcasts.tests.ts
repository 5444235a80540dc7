/** Broadcasts between clusters of this process, over Redis. */

import type { ClusterConfig } from 'meteor/cluster';
import { Authenticator } from '../../../src/protocol/authenticator';
import { linesDuring } from '../../support/console';
import { eventually } from '../../support/eventually';
import { newGroup } from '../../support/groups';
import { newCluster, type TestCluster } from '../../support/own-clusters';
import { addTest, type Scope } from '../../support/scope';

interface Member {
  readonly cluster: TestCluster;
  /** The payloads received so far. */
  readonly received: readonly unknown[];
}

/** Starts so many nodes of one cluster, each with a handler of the topic `test`. */
async function startMembers(scope: Scope, count: number, config: ClusterConfig): Promise<Member[]> {
  const members = Array.from({ length: count }, () => {
    const cluster = newCluster(scope);
    const received: unknown[] = [];
    cluster.onBroadcast('test', (payload) => received.push(payload));
    return { cluster, received };
  });
  await linesDuring(() => Promise.all(members.map(({ cluster }) => cluster.init(config))));
  return members;
}

for (const secret of [undefined, 'known to the nodes alone']) {
  addTest(
    `broadcasts - every other node gets it once, ${secret ? 'with' : 'without'} a secret, also when it is replayed`,
    async (test, scope) => {
      const namespace = newGroup();
      const wire = await scope.listen(namespace);
      const [a, b, c] = await startMembers(scope, 3, { namespace, secret });
      if (!a || !b || !c) return;
      const payload = { room: 'lobby', at: new Date(7) };
      test.isTrue(await a.cluster.broadcast('test', payload));
      test.isTrue(await a.cluster.broadcast('nobody handles this', 1));
      await eventually('both to receive it', () => b.received.length + c.received.length === 2);
      for (const text of [...wire.texts]) await wire.publish(text);
      test.isTrue(await a.cluster.broadcast('test'));
      await eventually('both to receive another', () => b.received.length + c.received.length >= 4);
      test.equal(
        [a, b, c].map(({ received }) => received),
        [[], [payload, undefined], [payload, undefined]],
      );
      const { published, received, dropped } = b.cluster.status();
      test.equal({ published, received, dropped }, { published: 0, received: 0, dropped: 0 });
    },
  );
}

addTest('broadcasts - with a secret, those of strangers are dropped', async (test, scope) => {
  const namespace = newGroup();
  const wire = await scope.listen(namespace);
  const [a, b] = await startMembers(scope, 2, { namespace, secret: 'known to the nodes alone' });
  if (!a || !b) return;
  const forged = JSON.stringify({ v: 1, kind: 'broadcast', node: 'x', seq: 1, topic: 'test', payload: '1' });
  const stranger = new Authenticator(['known to strangers alone'], `cluster:${namespace}`);
  const lines = await linesDuring(async () => {
    await wire.publish(forged);
    await wire.publish(stranger.sign(forged, Date.now()));
    await a.cluster.broadcast('test', 'authentic');
    await eventually('the authentic one', () => b.received.length > 0);
  });
  test.equal(b.received, ['authentic']);
  test.equal(b.cluster.status().dropped, 2);
  // Each of the two logs the drop.
  test.equal(lines.length, 2);
});

addTest(
  'broadcasts - handlers stay after close; before init and after close a broadcast resolves to false',
  async (test, scope) => {
    const namespace = newGroup();
    const cluster = newCluster(scope);
    test.isFalse(await cluster.broadcast('test', 1));
    const [a, b] = await startMembers(scope, 2, { namespace });
    if (!a || !b) return;
    await b.cluster.close();
    test.isFalse(await b.cluster.broadcast('test', 1));
    await linesDuring(() => b.cluster.init({ namespace }));
    await a.cluster.broadcast('test', 'again');
    await eventually('the handler to run', () => b.received.length === 1);
    test.equal(b.received, ['again']);
  },
);

addTest('broadcasts - a node that is alone has sent it to everybody', async (test, scope) => {
  const [alone] = await startMembers(scope, 1, { url: 'none' });
  test.isTrue(await alone?.cluster.broadcast('test', 1));
  test.equal(alone?.received, []);
});

addTest(
  'broadcasts - while Redis is away they are lost at once, and nothing waits for them',
  async (test, scope) => {
    const redis = await scope.startRedis();
    const namespace = newGroup();
    const [a, b] = await startMembers(scope, 2, { namespace, port: redis.port, heartbeatInterval: 100 });
    if (!a || !b) return;
    await linesDuring(async () => {
      await redis.kill();
      await eventually(
        'both to be disconnected',
        () => !a.cluster.status().connected && !b.cluster.status().connected,
      );
      const start = performance.now();
      const results = await Promise.all([1, 2, 3].map((n) => a.cluster.broadcast('test', n)));
      test.equal(results, [false, false, false]);
      test.isTrue(performance.now() - start < 100, `took ${performance.now() - start} ms`);
      await a.cluster.flush();
      await redis.restart();
      await eventually(
        'both to be connected',
        () => a.cluster.status().connected && b.cluster.status().connected,
      );
    });
    await a.cluster.broadcast('test', 'after');
    await eventually('the one after the outage', () => b.received.length > 0);
    test.equal(b.received, ['after']);
  },
  ['redis-server'],
);

addTest(
  'broadcasts - a handler that fails is logged, and neither writes nor others suffer',
  async (test, scope) => {
    const namespace = newGroup();
    const [a, b] = await startMembers(scope, 2, { namespace });
    if (!a || !b) return;
    b.cluster.onBroadcast('test', () => {
      throw new Error('broken');
    });
    const lines = await linesDuring(async () => {
      for (const n of [1, 2]) await a.cluster.broadcast('test', n);
      await eventually('both', () => b.received.length === 2);
    });
    test.equal(lines, ['Cluster: a handler of the broadcast "test" failed: broken']);
  },
);
