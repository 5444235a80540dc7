/** A node of one strategy joins, closes and opens again, or is alone. */

import type { StrategyName } from 'meteor/cluster';
import { rawItems } from '../support/database';
import { eventually } from '../support/eventually';
import { newGroup } from '../support/groups';
import { connected, type TestClient } from '../support/nodes';
import { addTest } from '../support/scope';
import { sharedNamespace, sharedNodes } from '../support/shared-nodes';
import { CAPABILITIES, topologyOf } from '../support/topologies';

const HOUR_MS = 3_600_000;

export function addLifecycle(strategy: StrategyName): void {
  const title = `lifecycle (${strategy})`;
  const topology = topologyOf(strategy);
  const { pollsByOption } = CAPABILITIES[strategy];
  const shows = (client: TestClient, count: number) => async () => (await client.ids()).length === count;

  addTest(`${title} - what a node wrote before it joined is shown by the others`, async (test, scope) => {
    const cluster = { namespace: sharedNamespace(topology), strategy };
    const [a] = await sharedNodes(topology);
    const [node] = await scope.startNodes({ cluster: { namespace: 'elsewhere' }, sync: ['unsynced'] });
    const group = newGroup();
    const client = await scope.client(a, 'group', group);
    await node.call('insert', { _id: `${group}-1`, group, n: 0 });
    test.equal(await client.ids(), []);
    await node.call('close');
    await node.call('reopen', cluster);
    await eventually('the insert to be shown', shows(client, 1));
    // So that the shared nodes do not wait for it to expire.
    await node.call('close');
  });

  addTest(
    `${title} - a closed node polls as without Cluster, and receives again when reopened`,
    async (test, scope) => {
      const cluster = { namespace: sharedNamespace(topology), strategy };
      const [a] = await sharedNodes(topology);
      const [node] = await scope.startNodes({ cluster, env: { METEOR_POLLING_INTERVAL_MS: '400' } });
      const group = newGroup();
      const before = await scope.client(node, 'group', group);
      await a.call('insert', { _id: `${group}-1`, group, n: 0 });
      await eventually('the insert to be received', shows(before, 1));
      await node.call('close');
      const after = await scope.client(node, 'group', group);
      await before.call('insert', { _id: `${group}-2`, group, n: 0 });
      test.equal((await before.ids()).length, 2, 'its own writes');
      await a.call('insert', { _id: `${group}-3`, group, n: 0 });
      for (const client of [before, after]) await eventually('the insert to be polled', shows(client, 3));
      await node.call('reopen', cluster);
      await a.call('insert', { _id: `${group}-4`, group, n: 0 });
      for (const client of [before, after]) await eventually('the insert after that', shows(client, 4));
      await node.call('close');
    },
  );

  addTest(`${title} - without Redis, other nodes' writes are shown at the next poll`, async (test, scope) => {
    const options = {
      cluster: { port: 1, namespace: 'alone', strategy, heartbeatInterval: 100 },
      env: { METEOR_POLLING_INTERVAL_MS: '500' },
    };
    const [a, b] = await Promise.all([scope.startNode(options), scope.startNode(options)]);
    const group = newGroup();
    const client = await scope.client(b, 'group', group);
    await a.call('insert', { _id: `${group}-1`, group, n: 0 });
    await eventually('the insert to be polled', shows(client, 1));
    test.isFalse((await b.call('status')).connected);
  });

  addTest(
    `${title} - outside writes that nobody published are shown at the next poll`,
    async (test, scope) => {
      const node = await scope.startNode({
        cluster: { namespace: 'outside', strategy, pollingInterval: pollsByOption ? 1000 : HOUR_MS },
        env: { METEOR_POLLING_INTERVAL_MS: String(pollsByOption ? HOUR_MS : 1000) },
      });
      await connected([node]);
      const group = newGroup();
      const clients = await Promise.all([
        scope.client(node, 'group', group),
        scope.client(node, 'top', group, 3),
        scope.client(node, 'one', `${group}-1`),
      ]);
      const resyncs = async () => (await node.call('status')).resyncs;
      await eventually('the resync at the start', async () => (await resyncs()) === 1);
      const show = async (n: number) => {
        for (const client of clients) {
          await eventually(`the outside write of ${n}`, async () => (await client.items())[0]?.n === n);
        }
      };
      await rawItems().insertOne({ _id: `${group}-1`, group, n: 1 });
      await show(1);
      await rawItems().updateOne({ _id: `${group}-1` }, { $set: { n: 2 } });
      await show(2);
      test.equal(await resyncs(), 1);
    },
  );
}
