/** The messages that nodes publish on the channel. */

import { rawItems, stored } from '../support/database';
import { eventually } from '../support/eventually';
import { newGroup } from '../support/groups';
import { addTest } from '../support/scope';
import { sharedNamespace, sharedNodes } from '../support/shared-nodes';
import { capabilitiesOf, rotations, type Topology } from '../support/topologies';
import type { Wire } from '../support/wire';

const idsOn = ({ changes }: Wire) =>
  changes.map(({ ids }) => (ids === 'all' ? ids : [...ids].sort().join(' ')));

export function addChannel(topology: Topology): void {
  const title = `channel (${topology.name})`;

  addTest(
    `${title} - one write is one message, and a received change is not published`,
    async (test, scope) => {
      const nodes = await sharedNodes(topology);
      for (const [a, b, c] of rotations(nodes)) {
        const group = newGroup();
        const wire = await scope.listen(sharedNamespace(topology));
        const clients = await scope.clients([a, b, c], 'group', group);
        await a.call('insert', { _id: `${group}-1`, group, n: 0 });
        for (const client of clients)
          await eventually('the insert', async () => (await client.ids()).length === 1);
        // A received change published again would come before this marker.
        for (const node of [b, c]) await node.call('touch', `${group}-marker`);
        await wire.flush();
        test.equal(idsOn(wire), [`${group}-1`, `${group}-marker`, `${group}-marker`]);
        test.isTrue(wire.changes.every(({ collection }) => collection === 'items'));
        wire.close();
      }
    },
  );

  addTest(`${title} - writes that change nothing are not published`, async (test, scope) => {
    for (const [a] of rotations(await sharedNodes(topology))) {
      const group = newGroup();
      await a.call('insert', { _id: `${group}-1`, group, n: 0 });
      await a.call('flush');
      const wire = await scope.listen(sharedNamespace(topology));
      await a.call('update', { group, n: 99 }, { $set: { n: 1 } });
      await a.call('remove', `${group}-nobody`);
      await test.throwsAsync(() => a.call('insert', { _id: `${group}-1`, group, n: 5 }));
      await a.call('flush');
      await wire.flush();
      test.equal(idsOn(wire), []);
      wire.close();
    }
  });

  addTest(
    `${title} - a write by selector publishes the ids it can find, else the collection`,
    async (test, scope) => {
      for (const [a] of rotations(await sharedNodes(topology))) {
        const { findsIds } = capabilitiesOf(a);
        const group = newGroup();
        // One more than a message lists. Writing so many takes the embedded database seconds.
        const length = findsIds ? 1001 : 101;
        const ids = Array.from({ length }, (_, n) => `${group}-${String(n).padStart(4, '0')}`);
        await rawItems().insertMany(ids.map((_id, n) => ({ _id, group, n })));
        const wire = await scope.listen(sharedNamespace(topology));
        const multi = { multi: true };
        const found = (count: number) => (findsIds ? ids.slice(0, count).join(' ') : 'all');
        const writes: [() => Promise<unknown>, string][] = [
          [() => a.call('update', { group, n: { $lt: 3 } }, { $set: { kind: 'a' } }, multi), found(3)],
          [() => a.call('update', { group, n: { $lt: 100 } }, { $set: { kind: 'b' } }, multi), found(100)],
          // More than a message lists, and what cannot be found after the write.
          [() => a.call('update', { group }, { $set: { kind: 'c' } }, multi), 'all'],
          [
            () => a.call('update', { group, kind: 'c', n: { $lt: 3 } }, { $set: { kind: 'd' } }, multi),
            'all',
          ],
          [() => a.call('remove', { group, n: 1 }), 'all'],
        ];
        for (const [write] of writes) {
          const published = wire.changes.length;
          await write();
          await eventually('the change on the channel', () => wire.changes.length > published);
        }
        test.equal(
          idsOn(wire),
          writes.map(([, expected]) => expected),
          a.strategy,
        );
        wire.close();
      }
    },
  );

  addTest(`${title} - hostile messages change nothing, are counted, and logged once`, async (test, scope) => {
    const nodes = await sharedNodes(topology);
    const [a, b] = nodes;
    const group = newGroup();
    const wire = await scope.listen(sharedNamespace(topology));
    const before = { _id: `${group}-1`, group, n: 1 };
    await a.call('insert', before);
    const droppedBefore = await Promise.all(nodes.map(async (node) => (await node.call('status')).dropped));
    for (const [, message] of [...HOSTILE, ...HOSTILE]) {
      const text = typeof message === 'string' ? message : JSON.stringify(message);
      test.equal(await wire.publish(text), nodes.length + 1, 'all nodes and this test receive it');
    }
    for (const [index, node] of nodes.entries()) {
      const dropped = (droppedBefore[index] ?? 0) + 2 * HOSTILE.length;
      await eventually(
        'all of them to be dropped',
        async () => (await node.call('status')).dropped >= dropped,
      );
      test.equal((await node.call('status')).dropped, dropped);
      const warnings = node.log().match(/dropped a message/g) ?? [];
      test.isTrue(warnings.length > 0 && warnings.length < HOSTILE.length, `${warnings.length} warnings`);
    }
    test.equal(await stored(group), [before]);
    const client = await scope.client(b, 'group', group);
    await a.call('update', before._id, { $set: { n: 2 } });
    await eventually('both nodes to work', async () => (await client.items())[0]?.n === 2);
  });

  addTest(`${title} - messages of newer versions' kinds and fields are no trouble`, async (test, scope) => {
    for (const [a] of rotations(await sharedNodes(topology))) {
      const { dropped, received } = await a.call('status');
      const wire = await scope.listen(sharedNamespace(topology));
      await wire.publish(JSON.stringify({ v: 1, kind: 'hint', node: 'newer', ids: { $gt: 1 } }));
      await wire.publish(JSON.stringify({ ...VALID, node: newGroup(), ids: ['a'], hint: { $where: '1' } }));
      await eventually('the change to be received', async () => (await a.call('status')).received > received);
      test.equal((await a.call('status')).dropped, dropped);
      wire.close();
    }
  });

  addTest(`${title} - ids that look like ObjectIDs or escapes arrive unchanged`, async (test, scope) => {
    for (const [a, b] of rotations(await sharedNodes(topology))) {
      const group = newGroup();
      const client = await scope.client(b, 'group', group);
      const ids = ['0123456789abcdef01234567', '-dash', '~1', '{}', 'ü·🙂', '-'];
      for (const [n, id] of ids.entries()) await a.call('insert', { _id: id, group, n });
      await eventually('all of them', async () => (await client.ids()).length === ids.length);
      test.equal([...(await client.ids())].sort(), [...ids].sort());
      for (const id of ids) await a.call('remove', id);
      await eventually('none of them', async () => (await client.ids()).length === 0);
    }
  });
}

const VALID = { v: 1, kind: 'change', node: 'stranger', seq: 1, collection: 'items' };
const HOSTILE: [string, unknown][] = [
  ['no JSON', '{"v":1,'],
  ['JSON that is no object', ['items', 'remove', {}]],
  ['nothing', ''],
  ['another version', { ...VALID, v: 2, ids: ['a'] }],
  ['no kind', { ...VALID, kind: undefined, ids: ['a'] }],
  ['no node', { ...VALID, node: undefined, ids: ['a'] }],
  ['a sequence number of another type', { ...VALID, seq: '1', ids: ['a'] }],
  ['a selector in place of ids', { ...VALID, ids: {} }],
  ['the collection in the words of an older version', { ...VALID, ids: null }],
  ['an operator as an id', { ...VALID, ids: [{ $gt: '' }] }],
  ['an operator in an id', { ...VALID, ids: ['~{"$gt":""}'] }],
  ['a number as an id', { ...VALID, ids: [1] }],
  ['no ids', { ...VALID, ids: [] }],
  ['too many ids', { ...VALID, ids: Array.from({ length: 1001 }, (_, n) => String(n)) }],
  ['a message too long', { ...VALID, ids: ['x'.repeat(200_000)] }],
  ['a collection that is not synced', { ...VALID, collection: 'users', ids: ['a'] }],
  ['the name of a prototype', { ...VALID, collection: '__proto__', ids: ['a'] }],
  ['a prototype', '{"__proto__":{"v":1,"kind":"change"},"collection":"items","ids":"all"}'],
  ['counts that are none', { v: 1, kind: 'heartbeat', node: 'stranger', counts: [['items', -1]] }],
  ['a leave message without counts', { v: 1, kind: 'leave', node: 'stranger' }],
  ['depth', `${'['.repeat(50_000)}${']'.repeat(50_000)}`],
];
