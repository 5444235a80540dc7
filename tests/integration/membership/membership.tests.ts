/** The cost to a node of peers that join, leave, stand still and come back: nothing where nothing was written. */

import { eventually, pause } from '../../support/eventually';
import { newGroup } from '../../support/groups';
import { knowPeers, type TestNode } from '../../support/nodes';
import { addTest, type Scope } from '../../support/scope';

const TIMING = { heartbeatInterval: 100, heartbeatTimeout: 1000, resyncJitter: 20 };
/** For every peer to publish a few heartbeats. */
const SOME_HEARTBEATS_MS = 500;

function configOf(namespace: string) {
  return { cluster: { namespace, ...TIMING } };
}

/** Starts two nodes that know each other and have published some heartbeats. */
async function startPair(scope: Scope) {
  const options = configOf(`membership-${newGroup()}`);
  const nodes = await scope.startNodes(options, options);
  await knowPeers(nodes, 1);
  await pause(SOME_HEARTBEATS_MS);
  return { nodes, options };
}

/** Options of a node on a Redis that has a replica. */
function oneWayOn({ port }: { port: number }) {
  return { cluster: { namespace: 'one-way', ...TIMING, port } };
}

/** The same for a node that has to stay connected, also where a busy machine keeps its Redis silent. */
function patientOn({ port }: { port: number }) {
  return { cluster: { namespace: 'one-way', ...TIMING, heartbeatTimeout: 10_000, port } };
}

async function resyncsOf(node: TestNode): Promise<number> {
  return (await node.call('status')).resyncs;
}

addTest('membership - nodes that join, leave and are replaced make no peer resync', async (test, scope) => {
  const { nodes, options } = await startPair(scope);
  const [first] = nodes;
  const before = await resyncsOf(first);
  for (let n = 0; n < 2; n += 1) {
    const [replaced] = await scope.startNodes(options);
    await knowPeers([first], 2);
    await pause(SOME_HEARTBEATS_MS);
    replaced.process.kill('SIGTERM');
    await knowPeers([first], 1);
  }
  test.equal(await resyncsOf(first), before);
});

addTest('membership - a peer that was killed is one resync', async (test, scope) => {
  const { nodes } = await startPair(scope);
  const [first, second] = nodes;
  const before = await resyncsOf(first);
  second.process.kill('SIGKILL');
  await knowPeers([first], 0);
  await eventually('the resync', async () => (await resyncsOf(first)) > before);
  await pause(SOME_HEARTBEATS_MS);
  test.equal(await resyncsOf(first), before + 1);
});

addTest(
  'membership - a node that stands still is one resync on its peers, and keeps its connection',
  async (test, scope) => {
    const { nodes } = await startPair(scope);
    const [first, stalled] = nodes;
    const [before, stalledBefore] = [await resyncsOf(first), await resyncsOf(stalled)];
    stalled.process.kill('SIGSTOP');
    await knowPeers([first], 0);
    await eventually('the resync', async () => (await resyncsOf(first)) > before);
    stalled.process.kill('SIGCONT');
    await knowPeers([first, stalled], 1);
    await pause(SOME_HEARTBEATS_MS);
    test.equal(await resyncsOf(first), before + 1, 'its counts are the same when it returns');
    test.equal(await resyncsOf(stalled), stalledBefore, 'it has judged nobody');
    test.notMatches(stalled.log(), /opening a new connection/);
  },
);

addTest('membership - nodes with 4,000 synced collections stay connected', async (test, scope) => {
  const namespace = `membership-${newGroup()}`;
  const wire = await scope.listen(namespace);
  const options = { ...configOf(namespace), syncMore: 4000 };
  const [first, second] = await scope.startNodes(options, options);
  await knowPeers([first, second], 1);
  await pause(2 * TIMING.heartbeatTimeout);
  test.isTrue((await first.call('status')).connected);
  test.notMatches(first.log(), /opening a new connection/);
  const longest = Math.max(...wire.texts.map(({ length }) => length));
  test.isTrue(longest > 1000 && longest < 4096, String(longest));
});

addTest(
  'membership - a node whose clock is wrong is not connected and says why, and its peers say so too',
  async (test, scope) => {
    const cluster = { namespace: newGroup(), ...TIMING, secret: 'sixteen characters' };
    const nodes = await scope.startNodes({ cluster }, { cluster });
    await knowPeers(nodes, 1);
    const wrong = await scope.startNode({ cluster, clockAheadMs: 11 * 60_000 });
    await eventually('the node to notice', async () => !(await wrong.call('status')).connected);
    const { disconnectReason, clockDifferenceMs, peers } = await wrong.call('status');
    test.equal([disconnectReason, peers], ['clock', 0]);
    test.equal(Math.round(Number(clockDifferenceMs) / 10_000), -66);
    test.matches(wrong.log(), /most nodes have a clock 6\d\d s behind that of this node/);
    for (const node of nodes) {
      await eventually('the line', () =>
        /a node has a clock 6\d\d s ahead of that of this node/.test(node.log()),
      );
      const status = await node.call('status');
      test.equal([status.connected, Math.round(Number(status.clockDifferenceMs) / 10_000)], [true, 66]);
    }
    await wrong.stop();
    await eventually('the line that it is over', () => nodes[0].log().includes('clocks of all nodes agree'));
    test.equal((await nodes[0].call('status')).clockDifferenceMs, null);
  },
);

addTest(
  'membership - a node on a replica of Redis, which its peers do not receive, is not connected and says why',
  async (test, scope) => {
    const primary = await scope.startRedis();
    const replica = await scope.startRedis({ config: [`replicaof 127.0.0.1 ${primary.port}`] });
    const [first, second] = await scope.startNodes(patientOn(primary), patientOn(primary));
    await knowPeers([first, second], 1);
    const misplaced = await scope.startNode(oneWayOn(replica));
    const status = () => misplaced.call('status');
    await eventually('the node to notice', async () => {
      const { peers, connected } = await status();
      return peers === 2 && !connected;
    });
    await eventually('the line', () =>
      /of \d peers do not receive this node, although/.test(misplaced.log()),
    );
    test.isTrue((await first.call('status')).connected, 'those on the primary receive each other');
    await replica.command('replicaof', 'no', 'one');
    await knowPeers([misplaced], 0);
    await eventually('nobody to be received any more', async () => (await status()).connected);
  },
  ['redis-server'],
);

addTest(
  'membership - nodes on a replica of Redis say that the one on the primary does not receive them; it cannot know',
  async (test, scope) => {
    const primary = await scope.startRedis();
    const replica = await scope.startRedis({ config: [`replicaof 127.0.0.1 ${primary.port}`] });
    const [alone, ...others] = await scope.startNodes(
      patientOn(primary),
      oneWayOn(replica),
      oneWayOn(replica),
    );
    await knowPeers(others, 2);
    for (const node of others) {
      const what = () => `the line, in the log:\n${node.log()}`;
      // Once: it counts the other one too, where that was late at that moment.
      await eventually(what, () => /[12] of 2 peers do not receive this node, although/.test(node.log()));
      const isConnected = async () => (await node.call('status')).connected;
      await eventually('the other one to receive it', isConnected);
    }
    const { peers, connected } = await alone.call('status');
    test.equal({ peers, connected }, { peers: 0, connected: true });
  },
  ['redis-server'],
);
