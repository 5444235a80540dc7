/** Live queries of every kind show what another node writes: of one document, filtered, sorted and limited, polling, … */

import { rawItems } from '../support/database';
import { eventually, pause } from '../support/eventually';
import { newGroup } from '../support/groups';
import type { Item } from '../support/node-config';
import { addTest } from '../support/scope';
import { sharedNodes } from '../support/shared-nodes';
import { capabilitiesOf, rotations, type Topology } from '../support/topologies';
import { replicationTest } from './replication-test';

export function addReplicationToQueries(topology: Topology): void {
  const replicates = replicationTest(topology);
  const title = `replication (${topology.name})`;

  replicates('a live query of one document shows its update', async ({ nodes: [a], item, clients }) => {
    await a.call('insert', item('1'));
    const all = await clients('one', item('1')._id);
    await a.call('update', item('1')._id, { $set: { n: 7 } });
    return { clients: all, shown: [item('1', { n: 7 })] };
  });

  replicates('a document that no longer matches disappears', async ({ group, nodes: [a], item, clients }) => {
    await a.call('insertMany', [item('1', { kind: 'open' }), item('2', { kind: 'open' })]);
    const all = await clients('kind', group, 'open');
    await a.call('update', { group, kind: 'open', _id: item('1')._id }, { $set: { kind: 'done' } });
    const left = item('2', { kind: 'open' });
    return { clients: all, shown: [left], stored: [item('1', { kind: 'done' }), left] };
  });

  replicates('a document that begins to match appears', async ({ group, nodes: [a], item, clients }) => {
    await a.call('insert', item('1', { kind: 'done' }));
    const all = await clients('kind', group, 'open');
    await a.call('update', item('1')._id, { $set: { kind: 'open' } });
    return { clients: all, shown: [item('1', { kind: 'open' })] };
  });

  replicates('a sorted and limited live query shows the right documents', async (scene) => {
    const { group, nodes, item } = scene;
    const [a, b] = nodes;
    await a.call(
      'insertMany',
      [1, 2, 3, 4].map((n) => item(String(n), { n })),
    );
    const all = await scene.clients('top', group, 2);
    await a.call('remove', item('4')._id);
    await b.call('update', item('1')._id, { $set: { n: 5 } });
    const shown = [item('1', { n: 5 }), item('3', { n: 3 })];
    return { clients: all, shown, stored: [...shown, item('2', { n: 2 })] };
  });

  replicates('a live query that has to poll shows the right documents', async (scene) => {
    const { group, nodes, item } = scene;
    const [a, b] = nodes;
    await a.call('insertMany', [item('1', { n: 1 }), item('2', { n: 2 })]);
    const all = await scene.clients('afterFirst', group);
    await a.call('insert', item('3', { n: 3 }));
    await b.call('update', item('2')._id, { $set: { n: 4 } });
    await a.call('remove', item('1')._id);
    const shown = [item('2', { n: 4 })];
    return { clients: all, shown, stored: [...shown, item('3', { n: 3 })] };
  });

  replicates('a live query of some fields shows only these', async ({ group, nodes: [a], item, clients }) => {
    await a.call('insert', item('1', { kind: 'hidden' }));
    const all = await clients('projected', group);
    await a.call('update', item('1')._id, { $set: { n: 8, kind: 'still hidden' } });
    const shown = { _id: item('1')._id, n: 8 } as Item;
    return { clients: all, shown: [shown], stored: [item('1', { kind: 'still hidden', n: 8 })] };
  });

  replicates('a field with a meaning in the oplog is shown as any other', async (scene) => {
    const { group, nodes, item } = scene;
    const all = await scene.clients('group', group);
    await nodes[0].call('insert', { ...item('1'), diff: { u: { n: 9 } } } as Item);
    await nodes[0].call('update', item('1')._id, { $set: { n: 2 } });
    return { clients: all, shown: [item('1', { n: 2 })] };
  });

  addTest(
    `${title} - a change by id re-runs live queries only where the strategy is not incremental`,
    async (test, scope) => {
      for (const [reader, writer] of rotations(await sharedNodes(topology))) {
        const group = newGroup();
        const client = await scope.client(reader, 'group', group);
        // Only a live query that runs again finds the outside write, which nobody publishes.
        await rawItems().insertOne({ _id: `${group}-outside`, group, n: 0 });
        await writer.call('insert', { _id: `${group}-published`, group, n: 0 });
        await eventually('the published insert', async () =>
          (await client.ids()).includes(`${group}-published`),
        );
        await pause(200);
        const showsOutsideWrite = (await client.ids()).includes(`${group}-outside`);
        test.equal(showsOutsideWrite, !capabilitiesOf(reader).isIncremental, reader.strategy);
      }
    },
  );

  addTest(
    `${title} - of two equal live queries that poll, the one left keeps working`,
    async (test, scope) => {
      const [a, b] = await sharedNodes(topology);
      const group = newGroup();
      const [first, second] = await Promise.all([
        scope.client(b, 'afterFirst', group),
        scope.client(b, 'afterFirst', group),
      ]);
      first.disconnect();
      await a.call(
        'insertMany',
        [1, 2, 3].map((n) => ({ _id: `${group}-${n}`, group, n })),
      );
      await eventually('the inserts', async () => (await second.ids()).length === 2);
      test.equal(await second.ids(), [`${group}-2`, `${group}-3`]);
    },
  );

  addTest(`${title} - a collection that is not synced is not replicated`, async (test, scope) => {
    const [a, b] = await sharedNodes(topology);
    const group = newGroup();
    const unsynced = await scope.client(b, 'unsynced', group);
    const synced = await scope.client(b, 'group', group);
    await a.call('insertIntoUnsynced', { _id: `${group}-1`, group, n: 0 });
    await a.call('insert', { _id: `${group}-2`, group, n: 0 });
    await eventually('the synced write, the later one', async () => (await synced.ids()).length === 1);
    await pause(200);
    test.equal(await unsynced.ids(), []);
  });

  addObjectIdTest(`${title} - documents whose ids are ObjectIDs are replicated`, topology);
}

function addObjectIdTest(name: string, topology: Topology): void {
  addTest(name, async (_test, scope) => {
    const [a, b] = await sharedNodes(topology);
    const group = newGroup();
    const client = await scope.client(b, 'group', group);
    const hex = Date.now().toString(16).padStart(24, '0');
    const shows = (numbers: number[]) => async () =>
      JSON.stringify((await client.items()).map(({ n }) => n)) === JSON.stringify(numbers);
    await a.call('insertObjectId', hex, group);
    await eventually('the insert', shows([0]));
    await a.call('updateObjectId', hex);
    await eventually('the update', shows([1]));
    await a.call('removeObjectId', hex);
    await eventually('the remove', shows([]));
  });
}
