/** How a node leaves the cluster: by `close()`, by a signal, or by the end of its process. Nothing it wrote is lost. */

import { spawnSync } from 'node:child_process';
import { constants } from 'node:os';
import { canProxyRedis, proxyRedis } from '../../support/default-redis';
import { eventually, pause } from '../../support/eventually';
import { newGroup } from '../../support/groups';
import type { NodeOptions } from '../../support/node-process';
import { ending, inNamespace, spawnNode } from '../../support/node-process';
import { knowPeers } from '../../support/nodes';
import { PerTopology } from '../../support/per-topology';
import { addTest, type Scope, skipTest } from '../../support/scope';
import { topologyOf } from '../../support/topologies';
import type { Wire } from '../../support/wire';

/** So long that no peer expires during a test: peers are removed by leave messages only. */
const TIMING = { heartbeatTimeout: 600_000, resyncJitter: 0 };

const NAMESPACE = 'leaving';
const DELAY_MS = 50;

/** The peer of all tests here, each of which starts a node that leaves. */
const sharedPeer = new PerTopology(async (_topology, scope) => {
  const [peer] = await scope.startNodes({ cluster: { ...TIMING, namespace: NAMESPACE } });
  return peer;
});

/** Messages to Redis take a while: with the process ended, or `close()` resolved, too early, some would be missing. */
async function slowRedisUrl(scope: Scope): Promise<string> {
  const { proxy, url } = await scope.use(proxyRedis(), (proxied) => proxied.proxy.close());
  proxy.inject({ delay: DELAY_MS });
  return url;
}

/** A node that leaves, a peer that knows it, and the channel. */
async function leaverAndPeer(scope: Scope, options: NodeOptions = {}) {
  const peer = await sharedPeer.get(topologyOf('feed'));
  const { peers } = await peer.call('status');
  const url = canProxyRedis() ? await slowRedisUrl(scope) : undefined;
  const cluster = { ...TIMING, namespace: NAMESPACE, url, ...options.cluster };
  const [leaver] = await scope.startNodes({ ...options, cluster });
  await knowPeers([peer], peers + 1);
  // A node resyncs soon after it has connected, and when it meets others; afterwards the count must not change.
  await eventually('the resync after connecting', async () => (await peer.call('status')).resyncs > 0);
  await pause(300);
  const wire = await scope.listen(NAMESPACE);
  const [{ nodeId }, { resyncs }] = await Promise.all([leaver.call('status'), peer.call('status')]);
  const hasLeft = () => knowPeers([peer], peers);
  return { leaver, peer, peers, wire, nodeId: String(nodeId), resyncs, hasLeft };
}

addTest(
  'leaving - close publishes pending changes, and peers remove the node without a resync',
  async (test, scope) => {
    const { leaver, peer, wire, nodeId, resyncs, hasLeft } = await leaverAndPeer(scope);
    const { received } = await peer.call('status');
    await leaver.call('touchAndClose', ['first', 'last']);
    // Redis has accepted this marker after everything that was published before `close()` resolved.
    await wire.flush();
    test.equal(
      wire.changes.map(({ ids }) => ids),
      [['first'], ['last']],
    );
    test.equal(wire.left, [nodeId]);
    await hasLeft();
    const status = await peer.call('status');
    test.equal(status.received, received + wire.changes.length);
    test.equal(status.resyncs, resyncs);
    // A gap would lead to a resync with the next heartbeat.
    await pause(300);
    test.equal((await peer.call('status')).resyncs, resyncs);
  },
);

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  addTest(
    `leaving - on ${signal}, a node publishes its changes and a leave message and ends by the signal`,
    async (test, scope) => {
      const { leaver, peer, wire, nodeId, resyncs, hasLeft } = await leaverAndPeer(scope);
      void leaver.call('touchAndSignal', ['first', 'last'], signal).catch(() => {});
      test.equal(await ending(leaver), { code: null, signal });
      await wire.flush();
      test.equal(
        wire.changes.map(({ ids }) => ids),
        [['first'], ['last']],
      );
      test.equal(wire.left, [nodeId]);
      await hasLeft();
      test.equal((await peer.call('status')).resyncs, resyncs);
    },
  );
}

addTest(
  'leaving - with leaveOnSignals: false, a signal ends the node without a leave message',
  async (test, scope) => {
    const { leaver, peer, peers, wire } = await leaverAndPeer(scope, { cluster: { leaveOnSignals: false } });
    leaver.process.kill('SIGTERM');
    test.equal(await ending(leaver), { code: null, signal: 'SIGTERM' });
    await wire.flush();
    test.equal(wire.left, []);
    test.equal((await peer.call('status')).peers, peers + 1);
  },
);

/** Whether the last message of a node is no leave message. */
function isAlive({ texts }: Wire, nodeId: string): boolean {
  const last = texts.findLast((text) => text.includes(nodeId) && JSON.parse(text).node === nodeId);
  return last !== undefined && JSON.parse(last).kind !== 'leave';
}

for (const onSignal of ['exit at once', 'exit with 7'] as const) {
  addTest(
    `leaving - an application that handles the signal ends the process as it would alone, and peers remove it (${onSignal})`,
    async (test, scope) => {
      const { leaver, peer, wire, nodeId, resyncs, hasLeft } = await leaverAndPeer(scope, { onSignal });
      leaver.process.kill('SIGTERM');
      test.equal(await ending(leaver), { code: 7, signal: null });
      await hasLeft();
      await wire.flush();
      test.equal(wire.left, [nodeId]);
      test.equal((await peer.call('status')).resyncs, resyncs);
    },
  );
}

addTest(
  'leaving - a write after the leave message is shown, although the process ends before it is published',
  async (test, scope) => {
    const cluster = {
      namespace: newGroup(),
      heartbeatInterval: 100,
      heartbeatTimeout: 1000,
      resyncJitter: 0,
    };
    const [peer, leaver] = await scope.startNodes(
      { cluster },
      { cluster, onSignal: 'write and exit with 7' },
    );
    await knowPeers([peer, leaver], 1);
    const wire = await scope.listen(cluster.namespace);
    const { nodeId } = await leaver.call('status');
    const client = await scope.client(peer, 'group', nodeId);
    leaver.process.kill('SIGTERM');
    test.equal(await ending(leaver), { code: 7, signal: null });
    await wire.flush();
    test.equal(wire.left, [nodeId]);
    test.equal(wire.changes, []);
    await eventually('the item to be shown', async () => (await client.ids()).length === 1);
  },
);

addTest(
  'leaving - a node whose application handles the signal and goes on stays a member',
  async (test, scope) => {
    const { leaver, peer, peers, wire, nodeId, resyncs } = await leaverAndPeer(scope, {
      onSignal: 'stay',
      cluster: { heartbeatInterval: 100, heartbeatTimeout: 1000 },
    });
    leaver.process.kill('SIGTERM');
    await eventually('the leave message', () => wire.left.includes(nodeId));
    const group = newGroup();
    const client = await scope.client(peer, 'group', group);
    await leaver.call('insert', { _id: `${group}-1`, group, n: 1 });
    await eventually('the item to be shown', async () => (await client.ids()).length === 1);
    await knowPeers([peer], peers + 1);
    // Nothing is written any more: the last leave message is taken back by itself.
    await eventually('a heartbeat after the last one', () => isAlive(wire, nodeId));
    await knowPeers([peer], peers + 1);
    test.equal((await peer.call('status')).resyncs, resyncs);
    // The next signal makes it leave again, without an end.
    const before = wire.left.length;
    await eventually('another leave message', async () => {
      leaver.process.kill('SIGTERM');
      return wire.left.length > before;
    });
    test.equal(leaver.process.exitCode, null);
  },
);

addTest(
  'leaving - an application that handles the signal leaves the cluster with close()',
  async (test, scope) => {
    const { leaver, peer, wire, nodeId, resyncs, hasLeft } = await leaverAndPeer(scope, {
      onSignal: 'close and exit with 7',
    });
    void leaver.call('touchAndSignal', ['first', 'last'], 'SIGTERM').catch(() => {});
    test.equal(await ending(leaver), { code: 7, signal: null });
    await wire.flush();
    test.equal(
      wire.changes.map(({ ids }) => ids),
      [['first'], ['last']],
    );
    test.equal(wire.left, [nodeId]);
    await hasLeft();
    test.equal((await peer.call('status')).resyncs, resyncs);
  },
);

addTest(
  'leaving - with a library that counts listeners, as signal-exit does, the process ends',
  async (test, scope) => {
    const { leaver } = await leaverAndPeer(scope, { onSignal: 'signal-exit' });
    leaver.process.kill('SIGTERM');
    test.equal(await ending(leaver), { code: null, signal: 'SIGTERM' });
  },
);

/** The kernel drops a signal that has no listener for the process 1, also one that it sends itself. */
const PROCESS_ONE = 'leaving - as the process 1 of a container, a node ends with the exit code of the signal';
if (canBeProcessOne()) {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    addTest(`${PROCESS_ONE} ${signal}`, async (test, scope) => {
      const { leaver, wire, nodeId, hasLeft } = await leaverAndPeer(scope, { isProcessOne: true });
      void leaver.call('touchAndSignal', ['first', 'last'], signal).catch(() => {});
      test.equal(await ending(leaver), { code: 128 + constants.signals[signal], signal: null });
      await wire.flush();
      test.equal(wire.left, [nodeId]);
      await hasLeft();
    });
  }
} else {
  skipTest(PROCESS_ONE, 'unshare may not create a PID namespace here');
}

function canBeProcessOne(): boolean {
  const { command, args } = inNamespace('true');
  return spawnSync(command, args).status === 0;
}

for (const run of ['touch', 'write and flush'] as const) {
  addTest(`leaving - a process that only awaits "${run}" and exits loses nothing`, async (test, scope) => {
    const wire = await scope.listen(NAMESPACE);
    const peer = await sharedPeer.get(topologyOf('feed'));
    const group = newGroup();
    const client = await scope.client(peer, 'group', group);
    const item = { _id: `${group}-1`, group, n: 1 };
    const script = await scope.use(
      spawnNode({ cluster: { ...TIMING, namespace: NAMESPACE }, script: { run, item } }),
      (started) => started.process.kill('SIGKILL'),
    );
    test.equal(await ending(script), { code: 0, signal: null }, script.log());
    await wire.flush();
    test.equal(
      wire.changes.map(({ ids }) => ids),
      [[item._id]],
    );
    await eventually('the item to be shown', async () => (await client.ids()).length === 1);
  });
}
