/** Messages that somebody has recorded and publishes again, and secrets that are replaced node by node. */

import { eventually, pause } from '../../support/eventually';
import { newGroup } from '../../support/groups';
import { knowPeers } from '../../support/nodes';
import { addTest } from '../../support/scope';

const TIMING = { heartbeatInterval: 100, heartbeatTimeout: 1500, resyncJitter: 20 };
const [OLD, NEW] = ['the secret until today', 'the secret from today on'];

for (const secret of [undefined, OLD]) {
  const kind = secret ? 'authentic' : 'unsigned';
  addTest(
    `replays - ${kind} messages of a peer, or of one that left, cause no resync`,
    async (test, scope) => {
      const group = newGroup();
      const wire = await scope.listen(group);
      const cluster = { namespace: group, ...TIMING, secret };
      const [reader, writer] = await scope.startNodes({ cluster }, { cluster });
      await knowPeers([reader, writer], 1);
      const client = await scope.client(reader, 'group', group);
      for (let n = 0; n < 3; n += 1) await writer.call('insert', { _id: `${group}-${n}`, group, n });
      await eventually('the writes', async () => (await client.ids()).length === 3);
      await pause(3 * TIMING.heartbeatInterval);
      const replay = async () => {
        const before = await reader.call('status');
        for (const text of [...wire.texts]) await wire.publish(text);
        await pause(3 * TIMING.heartbeatInterval);
        const { received, resyncs, peers } = await reader.call('status');
        test.equal({ resyncs, peers }, { resyncs: before.resyncs, peers: before.peers });
        // Without a secret anybody can make a message look old: changes are handled again, which is idempotent.
        test.equal(received === 3, secret !== undefined);
      };
      await replay();
      writer.process.kill('SIGTERM');
      await knowPeers([reader], 0);
      await replay();
    },
  );
}

addTest('secrets - nodes that replace a secret one by one understand each other', async (test, scope) => {
  const group = newGroup();
  const secrets = [OLD, [OLD, NEW], [NEW, OLD]];
  const nodes = await Promise.all(
    secrets.map((secret) => scope.startNode({ cluster: { namespace: group, ...TIMING, secret } })),
  );
  const [oldOnly, oldFirst, newFirst] = nodes;
  if (!oldOnly || !oldFirst || !newFirst) return;
  await knowPeers([oldFirst, newFirst], 2);
  for (const [writer, reader] of [
    [oldOnly, oldFirst],
    [oldFirst, oldOnly],
    [oldFirst, newFirst],
    [newFirst, oldFirst],
  ] as const) {
    const entered = newGroup();
    const client = await scope.client(reader, 'group', entered);
    await writer.call('insert', { _id: entered, group, n: 0 });
    // A hint of a node with another first secret must not hide that the document enters.
    await writer.call('update', entered, { $set: { group: entered } });
    await eventually('the document that enters', async () => (await client.ids()).includes(entered));
  }
  test.equal((await newFirst.call('status')).dropped, 0);
  test.isTrue((await oldOnly.call('status')).dropped > 0, 'it does not know the new secret');
});
