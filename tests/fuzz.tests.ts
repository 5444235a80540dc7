/**
 * A node is sent what no node would send: it drops and counts it all, leaves the database alone, and goes on.
 *
 * fast-check makes the messages. `CLUSTER_TEST_SEED` has a run again.
 */

import fc from 'fast-check';
import { Tinytest } from 'meteor/tinytest';
import { encode, MAX_IDS, MAX_LENGTH } from '../src/message';
import { Seal } from '../src/seal';
import { channelName } from '../src/session';
import { rawItems, stored } from './support/database';
import { eventually } from './support/eventually';
import './support/node-app';
import { connected, startNode } from './support/nodes';
import { newSeed } from './support/random';
import { newGroup } from './support/shared-nodes';
import { listen } from './support/wire';

const COUNT = 300;
const SECRET = 'known to the nodes alone';

const OPERATORS = [
  { $gt: '' },
  { $where: 'sleep(1000)' },
  { $ne: null },
  '~{"$gt":""}',
  '~{"$type":"oid","$value":"x"}',
  '-',
  '',
];
const VALID = { v: 1, node: 'stranger', seq: 1, collection: 'items', ids: ['a'] };

const anything = fc.jsonValue({ maxDepth: 5 });
const notAName = anything.filter((value) => typeof value !== 'string' || value === '' || value.length > 256);
const notANumber = fc.oneof(
  anything.filter((value) => typeof value !== 'number'),
  fc.constantFrom(-1, 0.5, 2 ** 53, -(2 ** 60)),
);
const deep = fc
  .tuple(fc.integer({ min: 100, max: 60_000 }), fc.constantFrom(['[', ']'], ['{"a":', '}']))
  .map(([depth, [open = '', close = '']]) => `${open.repeat(depth)}1${close.repeat(depth)}`);
/** An announcement, with something in the place of one of its parts. */
const withPart = (part: string, value: fc.Arbitrary<unknown>) =>
  value.map((bad) => JSON.stringify(Object.fromEntries([...Object.entries(VALID), [part, bad]])));

/** Every kind of message that a node must not act on. */
const hostile: fc.Arbitrary<string> = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 300 }).filter((text) => !text.startsWith('{')),
  anything.filter((value) => typeof value !== 'object').map((value) => JSON.stringify(value)),
  fc.array(anything).map((value) => JSON.stringify(value)),
  fc.nat({ max: 3 }).map((more) => `{"v":1,"node":"${'x'.repeat(MAX_LENGTH + more)}"}`),
  deep,
  deep.map((ids) => `{"v":1,"node":"stranger","seq":1,"collection":"items","ids":${ids}}`),
  withPart(
    'v',
    anything.filter((value) => value !== 1),
  ),
  withPart('node', notAName),
  withPart('seq', fc.oneof(notANumber, fc.constant(0))),
  withPart('collection', notAName),
  withPart(
    'collection',
    fc.constantFrom('__proto__', 'constructor', 'users', 'system.users', '$cmd', 'unsynced'),
  ),
  withPart(
    'ids',
    anything.filter((value) => value !== null && !Array.isArray(value)),
  ),
  withPart('ids', fc.tuple(fc.string({ minLength: 1 }), fc.constantFrom(...OPERATORS))),
  withPart('ids', fc.constant(Array.from({ length: MAX_IDS + 1 }, (_, n) => `${n}`))),
  withPart(
    'counts',
    anything.filter((value) => !Array.isArray(value)),
  ),
  withPart('counts', fc.tuple(fc.tuple(fc.string(), notANumber))),
  withPart('counts', fc.tuple(fc.tuple(notAName, fc.nat()))),
  anything.map((value) => `{"__proto__":${JSON.stringify({ ...VALID, value })}}`),
);

/** Messages of the right form, but for names that mean something elsewhere: acted on, and harmless. */
const NASTY = [
  { ...VALID, ids: ['__proto__', 'constructor', '$where', '{"$gt":""}', 'a\0b', '-~{}'] },
  { ...VALID, node: '__proto__', ids: null },
].map((message) => JSON.stringify(message));

/**
 * @param secret what the node authenticates messages with
 * @param sealed what a stranger makes of a message
 */
function withstands(
  name: string,
  secret: string | undefined,
  messages: (given: string[], channel: string) => string[],
): void {
  Tinytest.addAsync(`fuzz - ${name}`, async (test) => {
    const seed = newSeed();
    console.log(`fuzz: CLUSTER_TEST_SEED=${seed}`);
    const group = newGroup();
    const channel = channelName(group);
    const sent = messages(fc.sample(hostile, { seed, numRuns: COUNT }), channel);
    const wire = await listen(group);
    const node = await startNode({ cluster: { namespace: group, secret } });
    try {
      await connected([node]);
      await node.call('insert', { _id: `${group}-1`, group, n: 1 });
      const client = await node.client('group', group);
      const documents = await rawItems().countDocuments();
      for (const message of sent) await wire.publish(message);
      await eventually(`${sent.length} dropped messages`, async () => {
        return (await node.call('status')).dropped >= sent.length;
      });
      test.equal((await node.call('status')).dropped, sent.length);
      test.equal((await node.call('status')).received, 0);
      test.equal(await stored(group), [{ _id: `${group}-1`, group, n: 1 }]);
      test.equal(await rawItems().countDocuments(), documents);
      test.isTrue(node.log().length < 20_000, 'what is dropped does not fill the log');
      const seal = (text: string) => (secret === undefined ? text : new Seal(secret, channel).seal(text));
      for (const message of NASTY) await wire.publish(seal(message));
      await rawItems().insertOne({ _id: `${group}-2`, group, n: 2 });
      await wire.publish(seal(encode({ node: 'other', seq: 1, collection: 'items', ids: [`${group}-2`] })));
      await eventually('the node to replicate', async () => (await client.ids()).length === 2);
      test.equal((await node.call('status')).received, NASTY.length + 1);
      test.equal(await rawItems().countDocuments(), documents + 1);
      client.disconnect();
    } finally {
      await node.stop();
      wire.close();
      await rawItems().deleteMany({ group });
    }
  });
}

withstands('hostile messages change nothing and crash nothing', undefined, (given) => given);

withstands('messages that are not authentic change nothing and crash nothing', SECRET, (given, channel) => {
  const valid = JSON.stringify(VALID);
  const other = new Seal('known to strangers alone', channel);
  const elsewhere = new Seal(SECRET, `${channel}2`);
  const sealed = new Seal(SECRET, channel).seal(valid);
  return [
    ...given,
    ...given.map((text) => other.seal(text)),
    valid,
    other.seal(valid),
    elsewhere.seal(valid),
    sealed.slice(1),
    sealed.slice(0, -1),
    sealed.replace('items', 'iteme'),
    `${'A'.repeat(43)}.${valid}`,
  ];
});

withstands(
  'authentic messages that no node would send change nothing and crash nothing',
  SECRET,
  (given, channel) => {
    const seal = new Seal(SECRET, channel);
    return given.map((text) => seal.seal(text));
  },
);
