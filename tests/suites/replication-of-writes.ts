/** Every kind of write on one node updates the clients of all nodes, and the database holds exactly what was written. */

import { rawItems, stored } from '../support/database';
import type { Topology } from '../support/topologies';
import { replicationTest } from './replication-test';

export function addReplicationOfWrites(topology: Topology): void {
  const replicates = replicationTest(topology);

  replicates('an insert updates every client', async ({ group, nodes: [a], item, clients }) => {
    const all = await clients('group', group);
    await a.call('insert', item('1'));
    return { clients: all, shown: [item('1')] };
  });

  replicates('an update by id updates every client', async ({ group, nodes: [a], item, clients }) => {
    await a.call('insert', item('1'));
    const all = await clients('group', group);
    await a.call('update', item('1')._id, { $set: { n: 7 } });
    return { clients: all, shown: [item('1', { n: 7 })] };
  });

  replicates('an update by selector updates every client', async ({ group, nodes: [a], item, clients }) => {
    await a.call('insertMany', [item('1', { n: 1 }), item('2', { n: 2 })]);
    const all = await clients('group', group);
    await a.call('update', { group, n: 2 }, { $set: { n: 3 } });
    return { clients: all, shown: [item('1', { n: 1 }), item('2', { n: 3 })] };
  });

  replicates('an update of many documents updates every client', async (scene) => {
    const { group, nodes, item } = scene;
    const [a] = nodes;
    await a.call('insertMany', [item('1'), item('2'), item('3', { n: 9 })]);
    const all = await scene.clients('group', group);
    await a.call('update', { group, n: 0 }, { $inc: { n: 5 } }, { multi: true });
    return { clients: all, shown: [item('1', { n: 5 }), item('2', { n: 5 }), item('3', { n: 9 })] };
  });

  replicates('a replacement updates every client', async ({ group, nodes: [a], item, clients }) => {
    await a.call('insert', item('1', { kind: 'open', n: 1 }));
    const all = await clients('group', group);
    await a.call('update', item('1')._id, { group, n: 2 });
    return { clients: all, shown: [item('1', { n: 2 })] };
  });

  replicates('an upsert by id that inserts updates every client', async (scene) => {
    const { group, nodes, item } = scene;
    const all = await scene.clients('group', group);
    await nodes[0].call('upsert', item('1')._id, { $set: { group, n: 4 } });
    return { clients: all, shown: [item('1', { n: 4 })] };
  });

  replicates('an upsert by selector that inserts updates every client', async (scene) => {
    const { group, nodes } = scene;
    const all = await scene.clients('group', group);
    await nodes[0].call('upsert', { group, kind: 'new' }, { $set: { n: 4 } });
    return { clients: all, shown: await stored(group) };
  });

  replicates('an upsert that updates updates every client', async ({ group, nodes: [a], item, clients }) => {
    await a.call('insert', item('1', { kind: 'old' }));
    const all = await clients('group', group);
    await a.call('upsert', { group, kind: 'old' }, { $set: { n: 4 } });
    return { clients: all, shown: [item('1', { kind: 'old', n: 4 })] };
  });

  replicates('a remove by id updates every client', async ({ group, nodes: [a], item, clients }) => {
    await a.call('insertMany', [item('1'), item('2')]);
    const all = await clients('group', group);
    await a.call('remove', item('1')._id);
    return { clients: all, shown: [item('2')] };
  });

  replicates('a remove by selector updates every client', async ({ group, nodes: [a], item, clients }) => {
    await a.call('insertMany', [item('1'), item('2'), item('3', { n: 1 })]);
    const all = await clients('group', group);
    await a.call('remove', { group, n: 0 });
    return { clients: all, shown: [item('3', { n: 1 })] };
  });

  replicates('a document inserted again under the id of a removed one is shown', async (scene) => {
    const { group, nodes, item } = scene;
    const [a, b, c] = nodes;
    await a.call('insert', item('1', { n: 1 }));
    const all = await scene.clients('group', group);
    await a.call('remove', item('1')._id);
    await b.call('insert', item('1', { n: 2 }));
    await c.call('update', item('1')._id, { $inc: { n: 1 } });
    return { clients: all, shown: [item('1', { n: 3 })] };
  });

  replicates('writes on all nodes at once are shown by every client', async (scene) => {
    const { group, nodes, item } = scene;
    const all = await scene.clients('group', group);
    const shared = item('shared');
    await nodes[0].call('insert', shared);
    const inserted = nodes.map((_node, index) =>
      Array.from({ length: 20 }, (_, n) => item(`${index}-${n}`, { n })),
    );
    const writes = nodes.flatMap((node, index) => [
      ...(inserted[index] ?? []).map((one) => node.call('insert', one)),
      ...Array.from({ length: 10 }, (_, n) =>
        node.call('update', shared._id, { $set: { n: 10 * index + n } }),
      ),
    ]);
    await Promise.all(writes);
    // Only the database knows which of the updates was the last one.
    const updated = (await stored(group)).filter(({ _id }) => _id === shared._id);
    return { clients: all, shown: [...inserted.flat(), ...updated] };
  });

  replicates('a write through another instance of the collection updates every client', async (scene) => {
    const { group, nodes, item } = scene;
    const all = await scene.clients('group', group);
    await nodes[0].call('insertThroughSecondInstance', item('1'));
    return { clients: all, shown: [item('1')] };
  });

  replicates('a write through another connection updates the clients of both connections', async (scene) => {
    const { group, nodes, item } = scene;
    const all = await scene.clients('group', group);
    const others = await scene.clients('otherConnection', group);
    await nodes[0].call('insertThroughOtherConnection', item('1'));
    await nodes[1].call('insert', item('2'));
    return { clients: [...all, ...others], shown: [item('1'), item('2')] };
  });

  replicates('an outside write touched by id updates every client', async (scene) => {
    const { group, nodes, item } = scene;
    const all = await scene.clients('group', group);
    await nodes[0].call('raw', 'insertOne', item('1'));
    await nodes[0].call('touch', item('1')._id);
    return { clients: all, shown: [item('1')] };
  });

  replicates('an outside write to a touched collection updates every client', async (scene) => {
    const { group, nodes, item } = scene;
    const all = await scene.clients('group', group);
    await rawItems().insertOne(item('1'));
    await nodes[0].call('touch');
    return { clients: all, shown: [item('1')] };
  });
}
