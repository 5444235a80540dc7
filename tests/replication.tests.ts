/** Every kind of write on one node reaches the clients of the others, and the database holds just what was written. */

import type { StrategyName } from 'meteor/cluster';
import { DDP } from 'meteor/ddp';
import { Meteor } from 'meteor/meteor';
import { Mongo } from 'meteor/mongo';
import { Tinytest } from 'meteor/tinytest';
import { rawItems, stored } from './support/database';
import { eventually, pause } from './support/eventually';
import type { Item } from './support/node-app';
import { connected, startNode, startNodes, type TestClient, type TestNode } from './support/nodes';
import { newGroup, sharedNamespace, sharedNodes } from './support/shared-nodes';
import { skip } from './support/skip';
import { listen } from './support/wire';

interface Scene {
  readonly group: string;
  readonly nodes: readonly [TestNode, TestNode, TestNode];
  /** A document of this scene's group. */
  item(id: string, fields?: Partial<Item>): Item;
  /** One client of each node, all with the same subscription. */
  clients(publication: string, ...params: unknown[]): Promise<TestClient[]>;
}

/** What a test does; `inDatabase` where it differs from what the clients are to see. */
type Run = (scene: Scene) => Promise<{ clients: readonly TestClient[]; seen: Item[]; inDatabase?: Item[] }>;

const STRATEGIES: readonly StrategyName[] = ['update', 'oplog'];
const FIELDS = ['_id', 'group', 'kind', 'n'];

/** A test with three nodes, and documents that are in the database before any client looks. */
function replicates(name: string, run: Run): void {
  for (const strategy of STRATEGIES) replicatesWith(strategy, name, run);
}

function replicatesWith(strategy: StrategyName, name: string, run: Run): void {
  Tinytest.addAsync(`replication by ${strategy} - ${name}`, async (test) => {
    const nodes = await sharedNodes(strategy);
    const group = newGroup();
    const opened: TestClient[] = [];
    try {
      const {
        clients,
        seen,
        inDatabase = seen,
      } = await run({
        group,
        nodes,
        item: (id, fields) => ({ _id: `${group}-${id}`, group, n: 0, ...fields }),
        async clients(publication, ...params) {
          const connected = await Promise.all(nodes.map((node) => node.client(publication, ...params)));
          opened.push(...connected);
          return connected;
        },
      });
      for (const [index, client] of clients.entries()) {
        await eventually(
          `the client of node ${index} to see ${text(seen)}`,
          async () => text(await client.items()) === text(seen),
        );
      }
      test.equal(text(await stored(group)), text(inDatabase));
    } finally {
      for (const client of opened) client.disconnect();
    }
  });
}

function text(items: readonly Item[]): string {
  return JSON.stringify(
    [...items].sort((a, b) => (a._id < b._id ? -1 : 1)),
    FIELDS,
  );
}

replicates('an insert', async ({ group, nodes: [a], item, clients }) => {
  const all = await clients('group', group);
  await a.call('insert', item('1'));
  return { clients: all, seen: [item('1')] };
});

replicates('an update by id', async ({ group, nodes: [a], item, clients }) => {
  await a.call('insert', item('1'));
  const all = await clients('group', group);
  await a.call('update', item('1')._id, { $set: { n: 7 } });
  return { clients: all, seen: [item('1', { n: 7 })] };
});

replicates(
  'an update by id, for a live query of that one document',
  async ({ nodes: [a], item, clients }) => {
    await a.call('insert', item('1'));
    const all = await clients('one', item('1')._id);
    await a.call('update', item('1')._id, { $set: { n: 7 } });
    return { clients: all, seen: [item('1', { n: 7 })] };
  },
);

replicates('an update by selector', async ({ group, nodes: [a], item, clients }) => {
  await a.call('insertMany', [item('1', { n: 1 }), item('2', { n: 2 })]);
  const all = await clients('group', group);
  await a.call('update', { group, n: 2 }, { $set: { n: 3 } });
  return { clients: all, seen: [item('1', { n: 1 }), item('2', { n: 3 })] };
});

replicates('an update of many documents', async ({ group, nodes: [a], item, clients }) => {
  await a.call('insertMany', [item('1'), item('2'), item('3', { n: 9 })]);
  const all = await clients('group', group);
  await a.call('update', { group, n: 0 }, { $inc: { n: 5 } }, { multi: true });
  return { clients: all, seen: [item('1', { n: 5 }), item('2', { n: 5 }), item('3', { n: 9 })] };
});

replicates('an update after which the document no longer matches the selector', async (scene) => {
  const { group, nodes, item } = scene;
  await nodes[0].call('insertMany', [item('1', { kind: 'open' }), item('2', { kind: 'open' })]);
  const all = await scene.clients('kind', group, 'open');
  await nodes[0].call('update', { group, kind: 'open', _id: item('1')._id }, { $set: { kind: 'done' } });
  return {
    clients: all,
    seen: [item('2', { kind: 'open' })],
    inDatabase: [item('1', { kind: 'done' }), item('2', { kind: 'open' })],
  };
});

replicates('an update after which the document matches', async ({ group, nodes: [a], item, clients }) => {
  await a.call('insert', item('1', { kind: 'done' }));
  const all = await clients('kind', group, 'open');
  await a.call('update', item('1')._id, { $set: { kind: 'open' } });
  return { clients: all, seen: [item('1', { kind: 'open' })] };
});

replicates('a replacement', async ({ group, nodes: [a], item, clients }) => {
  await a.call('insert', item('1', { kind: 'open', n: 1 }));
  const all = await clients('group', group);
  await a.call('update', item('1')._id, { group, n: 2 });
  return { clients: all, seen: [item('1', { n: 2 })] };
});

replicates('an upsert that inserts, by id', async ({ group, nodes: [a], item, clients }) => {
  const all = await clients('group', group);
  await a.call('upsert', item('1')._id, { $set: { group, n: 4 } });
  return { clients: all, seen: [item('1', { n: 4 })] };
});

replicates('an upsert that inserts, by selector', async ({ group, nodes: [a], clients }) => {
  const all = await clients('group', group);
  await a.call('upsert', { group, kind: 'new' }, { $set: { n: 4 } });
  return { clients: all, seen: await stored(group) };
});

replicates('an upsert that updates', async ({ group, nodes: [a], item, clients }) => {
  await a.call('insert', item('1', { kind: 'old' }));
  const all = await clients('group', group);
  await a.call('upsert', { group, kind: 'old' }, { $set: { n: 4 } });
  return { clients: all, seen: [item('1', { kind: 'old', n: 4 })] };
});

replicates('a remove by id', async ({ group, nodes: [a], item, clients }) => {
  await a.call('insertMany', [item('1'), item('2')]);
  const all = await clients('group', group);
  await a.call('remove', item('1')._id);
  return { clients: all, seen: [item('2')] };
});

replicates('a remove by selector', async ({ group, nodes: [a], item, clients }) => {
  await a.call('insertMany', [item('1'), item('2'), item('3', { n: 1 })]);
  const all = await clients('group', group);
  await a.call('remove', { group, n: 0 });
  return { clients: all, seen: [item('3', { n: 1 })] };
});

replicates(
  'a document inserted anew under the id of a removed one',
  async ({ group, nodes, item, clients }) => {
    const [a, b, c] = nodes;
    await a.call('insert', item('1', { n: 1 }));
    const all = await clients('group', group);
    await a.call('remove', item('1')._id);
    await b.call('insert', item('1', { n: 2 }));
    await c.call('update', item('1')._id, { $inc: { n: 1 } });
    return { clients: all, seen: [item('1', { n: 3 })] };
  },
);

replicates('what a sorted and limited publication shows', async ({ group, nodes: [a, b], item, clients }) => {
  const items = [1, 2, 3, 4].map((n) => item(String(n), { n }));
  await a.call('insertMany', items);
  const all = await clients('top', group, 2);
  await a.call('remove', item('4')._id);
  await b.call('update', item('1')._id, { $set: { n: 5 } });
  const seen = [item('1', { n: 5 }), item('3', { n: 3 })];
  return { clients: all, seen, inDatabase: [...seen, item('2', { n: 2 })] };
});

replicates('what a publication that has to poll shows', async ({ group, nodes: [a, b], item, clients }) => {
  await a.call('insertMany', [item('1', { n: 1 }), item('2', { n: 2 })]);
  const all = await clients('afterFirst', group);
  await a.call('insert', item('3', { n: 3 }));
  await b.call('update', item('2')._id, { $set: { n: 4 } });
  await a.call('remove', item('1')._id);
  return {
    clients: all,
    seen: [item('2', { n: 4 })],
    inDatabase: [item('2', { n: 4 }), item('3', { n: 3 })],
  };
});

replicates('what a publication of some fields shows', async ({ group, nodes: [a], item, clients }) => {
  await a.call('insert', item('1', { kind: 'hidden' }));
  const all = await clients('projected', group);
  await a.call('update', item('1')._id, { $set: { n: 8, kind: 'still hidden' } });
  const seen = { _id: item('1')._id, n: 8 } as Item;
  return { clients: all, seen: [seen], inDatabase: [item('1', { kind: 'still hidden', n: 8 })] };
});

replicates(
  'a document with a field that means something in an oplog',
  async ({ group, nodes: [a], item, clients }) => {
    const all = await clients('group', group);
    await a.call('insert', { ...item('1'), diff: { u: { n: 9 } } } as Item);
    await a.call('update', item('1')._id, { $set: { n: 2 } });
    return { clients: all, seen: [item('1', { n: 2 })] };
  },
);

replicates('writes on all nodes at once', async ({ group, nodes, item, clients }) => {
  const all = await clients('group', group);
  await nodes[0].call('insert', item('shared'));
  const own = nodes.flatMap((_node, index) =>
    Array.from({ length: 20 }, (_, n) => item(`${index}-${n}`, { n })),
  );
  await Promise.all([
    ...own.map((one, index) => nodes[Math.floor(index / 20) as 0 | 1 | 2].call('insert', one)),
    ...nodes.flatMap((node, index) =>
      Array.from({ length: 10 }, (_, n) =>
        node.call('update', item('shared')._id, { $set: { n: 10 * index + n } }),
      ),
    ),
  ]);
  // Which of the updates was the last, the database alone knows.
  const shared = (await stored(group)).filter(({ _id }) => _id === item('shared')._id);
  return { clients: all, seen: [...own, ...shared] };
});

replicates(
  'a write through another instance of the collection',
  async ({ group, nodes: [a], item, clients }) => {
    const all = await clients('group', group);
    await a.call('insertThroughSecondInstance', item('1'));
    return { clients: all, seen: [item('1')] };
  },
);

replicates('a write through another connection', async ({ group, nodes: [a, b], item, clients }) => {
  const all = await clients('group', group);
  const others = await clients('elsewhere', group);
  await a.call('insertThroughOtherConnection', item('1'));
  await b.call('insert', item('2'));
  return { clients: [...all, ...others], seen: [item('1'), item('2')] };
});

replicates('what was written around Meteor, touched by id', async ({ group, nodes: [a], item, clients }) => {
  const all = await clients('group', group);
  await a.call('rawInsert', item('1'));
  await a.call('touch', item('1')._id);
  return { clients: all, seen: [item('1')] };
});

replicates(
  'what another program wrote, the collection touched',
  async ({ group, nodes: [a], item, clients }) => {
    const all = await clients('group', group);
    await rawItems().insertOne(item('1'));
    await a.call('touch');
    return { clients: all, seen: [item('1')] };
  },
);

Tinytest.addAsync(
  'replication - a collection that is not synced stays behind on the other nodes',
  async (test) => {
    const [a, b] = await sharedNodes();
    const group = newGroup();
    const unsynced = await b.client('unsynced', group);
    const synced = await b.client('group', group);
    await a.call('insertIntoUnsynced', { _id: `${group}-1`, group, n: 0 });
    await a.call('insert', { _id: `${group}-2`, group, n: 0 });
    await eventually(
      'the synced write, made later, to arrive',
      async () => (await synced.ids()).length === 1,
    );
    await pause(200);
    test.equal(await unsynced.ids(), []);
    for (const client of [unsynced, synced]) client.disconnect();
  },
);

for (const strategy of STRATEGIES) {
  Tinytest.addAsync(
    `replication by ${strategy} - a method's client sees its own writes when the call is over`,
    async (test) => {
      const [node] = await sharedNodes(strategy);
      const group = newGroup();
      const client = await node.client('group', group);
      for (let n = 0; n < 10; n += 1) {
        await client.call('insert', { _id: `${group}-${n}`, group, n: 0 });
        test.equal((await client.ids()).length, n + 1);
        await client.call('update', { group, n: 0 }, { $set: { n: 1 } });
        test.equal((await client.items()).filter((item) => item.n === 1).length, n + 1);
      }
      await client.call('remove', { group });
      test.equal(await client.ids(), []);
      client.disconnect();
    },
  );
}

for (const strategy of STRATEGIES) {
  const name = `replication by ${strategy} - documents whose ids are ObjectIDs`;
  // Only Meteor itself says which release it is.
  if (!('release' in Meteor)) {
    skip(name, 'the stand-in for Meteor has string ids only');
    continue;
  }
  Tinytest.addAsync(name, async (test) => {
    const [a, b] = await sharedNodes(strategy);
    const group = newGroup();
    const client = await b.client('group', group);
    const hex = Date.now().toString(16).padStart(24, '0');
    const sees = (numbers: number[]) => async () =>
      JSON.stringify((await client.items()).map(({ n }) => n)) === JSON.stringify(numbers);
    await a.call('insertObjectId', hex, group);
    await eventually('the insert', sees([0]));
    await a.call('updateObjectId', hex);
    await eventually('the update', sees([1]));
    await a.call('removeObjectId', hex);
    await eventually('the remove', sees([]));
    test.equal(await client.ids(), []);
    client.disconnect();
  });
}

for (const strategy of STRATEGIES) {
  Tinytest.addAsync(
    `replication by ${strategy} - closed, a node polls as without Cluster; opened again, it hears`,
    async (test) => {
      const [a] = await sharedNodes(strategy);
      const cluster = { namespace: sharedNamespace(strategy), strategy };
      const node = await startNode({ cluster, env: { METEOR_POLLING_INTERVAL_MS: '400' } });
      await connected([node]);
      const group = newGroup();
      const before = await node.client('group', group);
      const sees = (client: TestClient, count: number) => async () => (await client.ids()).length === count;
      await a.call('insert', { _id: `${group}-1`, group, n: 0 });
      await eventually('the insert to be heard of', sees(before, 1));
      await node.call('close');
      const after = await node.client('group', group);
      await before.call('insert', { _id: `${group}-2`, group, n: 0 });
      test.equal((await before.ids()).length, 2, 'its own writes');
      await a.call('insert', { _id: `${group}-3`, group, n: 0 });
      for (const client of [before, after]) await eventually('the insert to be polled', sees(client, 3));
      await node.call('reopen', cluster);
      await a.call('insert', { _id: `${group}-4`, group, n: 0 });
      for (const client of [before, after]) await eventually('the insert after that', sees(client, 4));
      await node.stop();
    },
  );
}

for (const strategy of STRATEGIES) {
  Tinytest.addAsync(
    `replication by ${strategy} - a stream of touched collections holds up nobody's call`,
    async (test) => {
      const [a, b] = await sharedNodes(strategy);
      const group = newGroup();
      const client = await b.client('group', group);
      let streaming = true;
      const stream = (async () => {
        while (streaming) {
          await a.call('touch');
          await pause(15);
        }
      })();
      for (let n = 1; n <= 5; n += 1) {
        await client.call('insert', { _id: `${group}-${n}`, group, n });
        test.equal((await client.ids()).length, n);
      }
      streaming = false;
      await stream;
      client.disconnect();
    },
  );

  Tinytest.addAsync(
    `replication by ${strategy} - what a node wrote before it joined is seen`,
    async (test) => {
      const [a] = await sharedNodes(strategy);
      const group = newGroup();
      const client = await a.client('group', group);
      const node = await startNode({ cluster: { namespace: 'elsewhere' }, sync: ['unsynced'] });
      await connected([node]);
      await node.call('insert', { _id: `${group}-1`, group, n: 0 });
      test.equal(await client.ids(), []);
      await node.call('close');
      await node.call('reopen', { namespace: sharedNamespace(strategy), strategy });
      await eventually('the insert to be seen', async () => (await client.ids()).length === 1);
      client.disconnect();
      await node.stop();
    },
  );
}

Tinytest.addAsync(
  'replication by oplog - what nobody announces is found at the next look at the database',
  async (test) => {
    const node = await startNode({ cluster: { namespace: 'looking', pollingInterval: 1000 } });
    await connected([node]);
    const group = newGroup();
    const clients = await Promise.all([
      node.client('group', group),
      node.client('top', group, 3),
      node.client('one', `${group}-1`),
    ]);
    const resyncs = async () => (await node.call('status')).resyncs;
    await eventually('the look at the start', async () => (await resyncs()) === 1);
    const write = rawItems();
    await write.insertOne({ _id: `${group}-1`, group, n: 1 });
    for (const client of clients) {
      await eventually('the insert to be found', async () => (await client.items())[0]?.n === 1);
    }
    await write.updateOne({ _id: `${group}-1` }, { $set: { n: 2 } });
    for (const client of clients) {
      await eventually('the update to be found', async () => (await client.items())[0]?.n === 2);
    }
    test.equal(await resyncs(), 1);
    for (const client of clients) client.disconnect();
    await node.stop();
  },
);

Tinytest.addAsync(
  'replication by oplog - of two live queries that poll, the one that is left goes on',
  async (test) => {
    const [a, b] = await sharedNodes('oplog');
    const group = newGroup();
    const twins = await Promise.all([b.client('afterFirst', group), b.client('afterFirst', group)]);
    const [first, second] = twins as [TestClient, TestClient];
    first.disconnect();
    await a.call(
      'insertMany',
      [1, 2, 3].map((n) => ({ _id: `${group}-${n}`, group, n })),
    );
    await eventually('the inserts', async () => (await second.ids()).length === 2);
    test.equal(await second.ids(), [`${group}-2`, `${group}-3`]);
    second.disconnect();
  },
);

const ALLOWED = 'replication - what clients write themselves, by an allow rule, is announced';
if ('allow' in Mongo.Collection.prototype) {
  Tinytest.addAsync(ALLOWED, async (test) => {
    const node = await startNode({ cluster: { namespace: 'allowed' }, sync: ['open'] });
    await connected([node]);
    const wire = await listen('allowed');
    const client = DDP.connect(node.url);
    const _id = newGroup();
    await client.callAsync('/open/insertAsync', { _id, n: 0 });
    await client.callAsync('/open/updateAsync', { _id }, { $set: { n: 1 } });
    await client.callAsync('/open/removeAsync', { _id });
    await eventually('the announcements', () => wire.heard.length === 3);
    test.equal(
      wire.heard.map(({ collection, ids }) => [collection, ids]),
      [1, 2, 3].map(() => ['open', [_id]]),
    );
    client.disconnect();
    wire.close();
    await node.stop();
  });
} else {
  skip(ALLOWED, 'the stand-in for Meteor has no allow rules');
}

for (const strategy of STRATEGIES) {
  Tinytest.addAsync(
    `replication by ${strategy} - without Redis, nodes look at the database by themselves`,
    async (test) => {
      const env = { METEOR_POLLING_INTERVAL_MS: '500' };
      const cluster = { port: 1, namespace: 'alone', strategy, heartbeatInterval: 100 };
      const [a, b] = (await startNodes(2, { cluster, env })) as [TestNode, TestNode];
      const group = newGroup();
      const client = await b.client('group', group);
      await a.call('insert', { _id: `${group}-1`, group, n: 0 });
      await eventually('the insert to be found', async () => (await client.ids()).length === 1);
      test.isFalse((await b.call('status')).connected);
      client.disconnect();
      await Promise.all([a.stop(), b.stop()]);
    },
  );
}
