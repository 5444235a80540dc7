/** When a client's method call returns: with its own writes shown, and without waiting for other nodes. */

import { eventually, pause } from '../support/eventually';
import { newGroup } from '../support/groups';
import { addTest } from '../support/scope';
import { sharedNodes } from '../support/shared-nodes';
import { rotations, type Topology } from '../support/topologies';

export function addMethodCalls(topology: Topology): void {
  const title = `method calls (${topology.name})`;

  addTest(`${title} - a client shows its own writes when its call returns`, async (test, scope) => {
    for (const [node] of rotations(await sharedNodes(topology))) {
      const group = newGroup();
      const client = await scope.client(node, 'group', group);
      for (let n = 0; n < 10; n += 1) {
        await client.call('insert', { _id: `${group}-${n}`, group, n: 0 });
        test.equal((await client.ids()).length, n + 1);
        await client.call('update', { group, n: 0 }, { $set: { n: 1 } });
        test.equal((await client.items()).filter((item) => item.n === 1).length, n + 1);
      }
      await client.call('remove', { group });
      test.equal(await client.ids(), []);
    }
  });

  addTest(`${title} - a client shows its own raw writes when its call returns`, async (test, scope) => {
    for (const [node] of rotations(await sharedNodes(topology))) {
      const group = newGroup();
      const client = await scope.client(node, 'group', group);
      for (let n = 0; n < 10; n += 1) {
        await client.call('raw', 'insertOne', { _id: `${group}-${n}`, group, n: 0 });
        test.equal((await client.ids()).length, n + 1);
        await client.call('raw', 'updateMany', { group, n: 0 }, { $set: { n: 1 } });
        test.equal((await client.items()).filter((item) => item.n === 1).length, n + 1);
      }
      await client.call('rawBulk', true, [], `${group}-0`, `${group}-1`);
      test.equal((await client.items()).filter((item) => item.n === 7).length, 1);
      test.equal((await client.ids()).length, 9);
      await client.call('raw', 'deleteMany', { group });
      test.equal(await client.ids(), []);
    }
  });

  addTest(
    `${title} - a stream of changes of the whole collection does not delay them`,
    async (test, scope) => {
      for (const [node, other] of rotations(await sharedNodes(topology))) {
        const group = newGroup();
        const client = await scope.client(node, 'group', group);
        let isStreaming = true;
        const stream = (async () => {
          while (isStreaming) {
            await other.call('touch');
            await pause(15);
          }
        })();
        try {
          for (let n = 1; n <= 5; n += 1) {
            let isReturned = false;
            const call = client.call('insert', { _id: `${group}-${n}`, group, n });
            void call.then(() => {
              isReturned = true;
            });
            await eventually(`call ${n} to return on ${node.strategy}`, () => isReturned);
            test.equal((await client.ids()).length, n);
          }
        } finally {
          isStreaming = false;
          await stream;
        }
      }
    },
  );
}
