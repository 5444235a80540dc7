/** Nodes that write until their process is dead: peers show what the database holds, without polling. */

import { stored } from '../../support/database';
import { eventually } from '../../support/eventually';
import { newGroup } from '../../support/groups';
import { ending } from '../../support/node-process';
import { knowPeers, type TestNode } from '../../support/nodes';
import { addTest, type Scope } from '../../support/scope';

/** Short, so that a peer expires while a test waits. */
const TIMING = { heartbeatInterval: 200, heartbeatTimeout: 1000, resyncJitter: 20 };
/** `heartbeatTimeout`, the next heartbeat, the resync, and a slow machine. In ms. */
const SHOWN_WITHIN_MS = TIMING.heartbeatTimeout + 3000;
/** Of each kind at once; the long run is for a machine with time. */
const ROUNDS = process.env.CLUSTER_TEST_LONG ? 7 : 2;
const KINDS = ['one after the other', 'with pauses', 'four at once'] as const;

/** Starts a node that writes, ends it by a signal, and waits until a peer shows what it has written. */
async function writeUntilDead(scope: Scope, peer: TestNode, kind: (typeof KINDS)[number], namespace: string) {
  const group = newGroup();
  const client = await scope.client(peer, 'group', group);
  const [writer] = await scope.startNodes({ cluster: { namespace, ...TIMING } });
  const { nodeId } = await writer.call('status');
  await writer.call('writeForEver', group, kind);
  await eventually('the first writes', async () => (await client.ids()).length > 0);
  writer.process.kill('SIGTERM');
  const { signal } = await ending(writer);
  const isShown = async () => JSON.stringify(await client.items()) === JSON.stringify(await stored(group));
  const what = `what the writer has written (${kind}, node ${nodeId}) to be shown`;
  await eventually(what, isShown, SHOWN_WITHIN_MS);
  return signal;
}

addTest('leaving under load - a second signal ends the process at once', async (test, scope) => {
  const [writer] = await scope.startNodes({ cluster: { namespace: newGroup(), ...TIMING } });
  const group = newGroup();
  await writer.call('writeForEver', group, 'one after the other');
  writer.process.kill('SIGTERM');
  await eventually('the node to leave', async () => !(await writer.call('healthy')));
  const start = performance.now();
  writer.process.kill('SIGTERM');
  test.equal((await ending(writer)).signal, 'SIGTERM');
  test.isTrue(performance.now() - start < 900, 'without the second that it may take to leave');
});

addTest('leaving under load - peers show the last writes of a process', async (test, scope) => {
  const namespace = newGroup();
  const [peer] = await scope.startNodes({ cluster: { namespace, ...TIMING } });
  for (let round = 0; round < ROUNDS; round += 1) {
    const signals = await Promise.all(KINDS.map((kind) => writeUntilDead(scope, peer, kind, namespace)));
    test.equal(signals, ['SIGTERM', 'SIGTERM', 'SIGTERM']);
    await knowPeers([peer], 0);
  }
});
