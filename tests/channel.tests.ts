/** What nodes say on the channel, and what they do with what others say there. */

import { Tinytest } from 'meteor/tinytest';
import { stored } from './support/database';
import { eventually } from './support/eventually';
import { connected, startNode, startNodes, type TestNode } from './support/nodes';
import { newGroup, sharedNamespace, sharedNodes } from './support/shared-nodes';
import { listen } from './support/wire';

Tinytest.addAsync('channel - one write is one message, however many nodes hear it', async (test) => {
  const [a, b, c] = await sharedNodes();
  const group = newGroup();
  const wire = await listen(sharedNamespace('oplog'));
  const clients = await Promise.all([a, b, c].map((node) => node.client('group', group)));
  await a.call('insert', { _id: `${group}-1`, group, n: 0 });
  for (const client of clients) await eventually('the insert', async () => (await client.ids()).length === 1);
  // A received change that were announced again would come before this marker does.
  for (const node of [b, c]) await node.call('touch', `${group}-marker`);
  await eventually(
    'both markers',
    () => wire.heard.filter(({ ids }) => ids?.[0]?.endsWith('marker')).length === 2,
  );
  test.equal(
    wire.heard.map(({ collection, ids }) => ({ collection, ids })),
    [
      { collection: 'items', ids: [`${group}-1`] },
      { collection: 'items', ids: [`${group}-marker`] },
      { collection: 'items', ids: [`${group}-marker`] },
    ],
  );
  wire.close();
  for (const client of clients) client.disconnect();
});

Tinytest.addAsync(
  'channel - a write that names no ids announces the collection, a vain one nothing',
  async (test) => {
    const [a] = await sharedNodes();
    const group = newGroup();
    await a.call('insert', { _id: `${group}-1`, group, n: 0 });
    const wire = await listen(sharedNamespace('oplog'));
    await a.call('update', { group, n: 99 }, { $set: { n: 1 } });
    await a.call('remove', `${group}-nobody`);
    await test.throwsAsync(() => a.call('insert', { _id: `${group}-1`, group, n: 5 }));
    await a.call('update', { group, n: 0 }, { $set: { n: 1 } });
    await eventually('the announcement', () => wire.heard.length > 0);
    test.equal(
      wire.heard.map(({ ids }) => ids),
      [null],
    );
    wire.close();
  },
);

Tinytest.addAsync('channel - two namespaces on one Redis do not hear each other', async (test) => {
  const [left] = await sharedNodes();
  const right = await startNode({ cluster: { namespace: 'other' } });
  await connected([right]);
  const group = newGroup();
  const clients = { left: await left.client('group', group), right: await right.client('group', group) };
  await left.call('insert', { _id: `${group}-l`, group, n: 0 });
  await eventually('the client on the left', async () => (await clients.left.ids()).length === 1);
  const { received, dropped } = await right.call('status');
  test.equal({ received, dropped }, { received: 0, dropped: 0 });
  test.equal(await clients.right.ids(), []);
  await right.stop();
  for (const client of Object.values(clients)) client.disconnect();
});

const VALID = { v: 1, node: 'stranger', seq: 1, collection: 'items' };
const HOSTILE: [string, unknown][] = [
  ['no JSON', '{"v":1,'],
  ['JSON that is no object', ['items', 'remove', {}]],
  ['nothing', ''],
  ['another version', { ...VALID, v: 2, ids: ['a'] }],
  ['no node', { ...VALID, node: undefined, ids: ['a'] }],
  ['a sequence number that is none', { ...VALID, seq: '1', ids: ['a'] }],
  ['a selector in place of ids', { ...VALID, ids: {} }],
  ['an operator as an id', { ...VALID, ids: [{ $gt: '' }] }],
  ['an operator in an id', { ...VALID, ids: ['~{"$gt":""}'] }],
  ['a number as an id', { ...VALID, ids: [1] }],
  ['no ids', { ...VALID, ids: [] }],
  ['too many ids', { ...VALID, ids: Array.from({ length: 1001 }, (_, n) => String(n)) }],
  ['a message too long', { ...VALID, ids: ['x'.repeat(200_000)] }],
  ['a collection that is not synced', { ...VALID, collection: 'users', ids: ['a'] }],
  ['the name of a prototype', { ...VALID, collection: '__proto__', ids: ['a'] }],
  ['a prototype', '{"__proto__":{"v":1},"collection":"items","ids":null}'],
  ['depth', `${'['.repeat(50_000)}${']'.repeat(50_000)}`],
];

Tinytest.addAsync(
  'channel - hostile messages change nothing, are counted, and warned of once',
  async (test) => {
    const [node, other] = await startNodes(2, { cluster: { namespace: 'hostile' } });
    const [a, b] = [node, other] as [TestNode, TestNode];
    await connected([a, b]);
    const group = newGroup();
    const wire = await listen('hostile');
    const before = { _id: `${group}-1`, group, n: 1 };
    await a.call('insert', before);
    for (const [, message] of [...HOSTILE, ...HOSTILE]) {
      const text = typeof message === 'string' ? message : JSON.stringify(message);
      test.equal(await wire.publish(text), 3, 'both nodes and this test hear it');
    }
    await eventually(
      'all of them to be dropped',
      async () => (await a.call('status')).dropped === 2 * HOSTILE.length,
    );
    const warnings = a.log().match(/dropped a message/g) ?? [];
    test.isTrue(warnings.length > 0 && warnings.length < HOSTILE.length, `${warnings.length} warnings`);
    test.equal(await stored(group), [before]);
    const client = await b.client('group', group);
    await a.call('update', before._id, { $set: { n: 2 } });
    await eventually('both nodes to be well', async () => (await client.items())[0]?.n === 2);
    client.disconnect();
    wire.close();
    await Promise.all([a.stop(), b.stop()]);
  },
);

Tinytest.addAsync('channel - ids that look like ObjectIDs or escapes arrive as they are', async (test) => {
  const [a, b] = await sharedNodes();
  const group = newGroup();
  const client = await b.client('group', group);
  const ids = ['0123456789abcdef01234567', '-dash', '~1', '{}', 'ü·🙂', '-'].map((id) => `${id}`);
  for (const [n, id] of ids.entries()) await a.call('insert', { _id: id, group, n });
  await eventually('all of them', async () => (await client.ids()).length === ids.length);
  test.equal([...(await client.ids())].sort(), [...ids].sort());
  for (const id of ids) await a.call('remove', id);
  await eventually('none of them', async () => (await client.ids()).length === 0);
  client.disconnect();
});
