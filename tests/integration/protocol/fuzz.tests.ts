/**
 * A node receives what no node publishes: it drops and counts all of it, leaves the database alone, and keeps working.
 *
 * fast-check makes the messages. `CLUSTER_TEST_SEED` repeats a run. Stand-in only, as fast-check is no dependency of the
 * package.
 */

import fc from 'fast-check';
import { MAX_IDS } from '../../../src/changes/change';
import { Authenticator } from '../../../src/protocol/authenticator';
import { encode, MAX_LENGTH, VERSION } from '../../../src/protocol/codec';
import { channelName } from '../../../src/protocol/message';
import { newSeed } from '../../../tools/random';
import { rawItems, stored } from '../../support/database';
import { eventually } from '../../support/eventually';
import { newGroup } from '../../support/groups';
import { addTest } from '../../support/scope';

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
const CHANGE = { v: VERSION, kind: 'change', node: 'stranger', seq: 1, collection: 'items', ids: ['a'] };
const HEARTBEAT = { v: VERSION, kind: 'heartbeat', node: 'stranger', heartbeat: 1, counts: [['items', 1]] };

const BROADCAST = { v: VERSION, kind: 'broadcast', node: 'stranger', seq: 1, topic: 'test', payload: '1' };

const anything = fc.jsonValue({ maxDepth: 5 });
const notAName = anything.filter((value) => typeof value !== 'string' || value === '' || value.length > 256);
const notANumber = fc.oneof(
  anything.filter((value) => typeof value !== 'number'),
  fc.constantFrom(-1, 0.5, 2 ** 53, -(2 ** 60)),
);
const notAnArray = anything.filter((value) => !Array.isArray(value) && value !== 'all');
const deep = fc
  .tuple(fc.integer({ min: 100, max: 60_000 }), fc.constantFrom(['[', ']'], ['{"a":', '}']))
  .map(([depth, [open = '', close = '']]) => `${open.repeat(depth)}1${close.repeat(depth)}`);

/** A message with any value in place of one of its fields. */
function withField(message: object, field: string, value: fc.Arbitrary<unknown>): fc.Arbitrary<string> {
  return value.map((bad) => JSON.stringify(Object.fromEntries([...Object.entries(message), [field, bad]])));
}

/** Every kind of message that a node drops. */
const hostile: fc.Arbitrary<string> = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 300 }).filter((text) => !text.startsWith('{')),
  anything.filter((value) => typeof value !== 'object').map((value) => JSON.stringify(value)),
  fc.array(anything).map((value) => JSON.stringify(value)),
  fc.nat({ max: 3 }).map((more) => `{"v":1,"node":"${'x'.repeat(MAX_LENGTH + more)}"}`),
  deep,
  deep.map((ids) => `{"v":1,"kind":"change","node":"stranger","seq":1,"collection":"items","ids":${ids}}`),
  withField(
    CHANGE,
    'v',
    anything.filter((value) => value !== VERSION),
  ),
  withField(
    CHANGE,
    'kind',
    anything.filter((value) => typeof value !== 'string'),
  ),
  withField(CHANGE, 'node', notAName),
  withField(CHANGE, 'seq', fc.oneof(notANumber, fc.constant(0))),
  withField(CHANGE, 'database', notAName),
  withField(CHANGE, 'collection', notAName),
  withField(
    CHANGE,
    'collection',
    fc.constantFrom('__proto__', 'constructor', 'users', 'system.users', '$cmd', 'unsynced'),
  ),
  withField(CHANGE, 'ids', notAnArray),
  withField(CHANGE, 'ids', fc.tuple(fc.string({ minLength: 1 }), fc.constantFrom(...OPERATORS))),
  withField(CHANGE, 'ids', fc.constant(Array.from({ length: MAX_IDS + 1 }, (_, n) => `${n}`))),
  withField(HEARTBEAT, 'node', notAName),
  withField(HEARTBEAT, 'counts', notAnArray),
  withField(HEARTBEAT, 'counts', fc.tuple(fc.tuple(fc.string(), notANumber))),
  withField(HEARTBEAT, 'counts', fc.tuple(fc.tuple(notAName, fc.nat()))),
  withField(BROADCAST, 'seq', fc.oneof(notANumber, fc.constant(0))),
  withField(BROADCAST, 'topic', notAName),
  withField(
    BROADCAST,
    'payload',
    anything.filter((value) => typeof value !== 'string'),
  ),
  anything.map((value) => `{"__proto__":${JSON.stringify({ ...CHANGE, value })}}`),
);

/** Messages of kinds that a later version may publish: ignored, and not counted. */
const UNKNOWN = ['', 'later', '__proto__', 'constructor', 'toString'].map((kind) => ({ ...CHANGE, kind }));

/** Changes with harmless names that mean something elsewhere, and with hints that no node publishes: handled. */
const UNUSUAL = [
  { ...CHANGE, ids: ['__proto__', 'constructor', '$where', '{"$gt":""}', 'a\0b', '-~{}'] },
  { ...CHANGE, node: '__proto__', ids: 'all' },
  { ...CHANGE, database: '__proto__' },
  { ...CHANGE, hints: [['update', JSON.parse('{"__proto__":"12345678","$where":0}')]] },
  { ...CHANGE, hints: [[['update'], { $gt: '' }]] },
  { ...CHANGE, hints: { $gt: '' } },
  // Numbered, because with a secret a node ignores what it has received before.
].map((message, n) => ({ ...message, seq: n + 1 }));

/**
 * Registers a test that a node drops messages.
 *
 * @param secret the secret of the node
 * @param messagesOf returns what is published, from texts that no node publishes
 */
function addFuzzTest(
  outcome: string,
  secret: string | undefined,
  messagesOf: (texts: string[], channel: string) => string[],
): void {
  addTest(`fuzz - ${outcome}`, async (test, scope) => {
    const seed = newSeed();
    console.log(`fuzz: CLUSTER_TEST_SEED=${seed}`);
    const group = newGroup();
    const channel = channelName(group);
    const hostileMessages = messagesOf(fc.sample(hostile, { seed, numRuns: COUNT }), channel);
    const sign = (text: string) =>
      secret === undefined ? text : new Authenticator([secret], channel).sign(text, Date.now());
    const wire = await scope.listen(group);
    const [node] = await scope.startNodes({ cluster: { namespace: group, secret } });
    await node.call('insert', { _id: `${group}-1`, group, n: 1 });
    const client = await scope.client(node, 'group', group);
    const count = await rawItems().countDocuments();

    for (const message of UNKNOWN) await wire.publish(sign(JSON.stringify(message)));
    for (const text of hostileMessages) await wire.publish(text);
    await eventually(`${hostileMessages.length} dropped messages`, async () => {
      return (await node.call('status')).dropped >= hostileMessages.length;
    });
    const { dropped, received, peers } = await node.call('status');
    test.equal({ dropped, received, peers }, { dropped: hostileMessages.length, received: 0, peers: 0 });
    test.equal(await stored(group), [{ _id: `${group}-1`, group, n: 1 }]);
    test.equal(await rawItems().countDocuments(), count);
    test.isTrue(node.log().length < 20_000, 'dropped messages do not fill the log');

    for (const message of UNUSUAL) await wire.publish(sign(JSON.stringify(message)));
    await rawItems().insertOne({ _id: `${group}-2`, group, n: 2 });
    const change = {
      kind: 'change',
      node: 'other',
      seq: 1,
      collection: 'items',
      ids: [`${group}-2`],
    } as const;
    await wire.publish(sign(encode(change)));
    await eventually('the node to replicate', async () => (await client.ids()).length === 2);
    test.equal((await node.call('status')).received, UNUSUAL.length + 1);
    test.equal((await node.call('status')).dropped, hostileMessages.length);
    test.equal(await rawItems().countDocuments(), count + 1);
  });
}

addFuzzTest('hostile messages change nothing and crash nothing', undefined, (texts) => texts);

addFuzzTest('messages that are not authentic change nothing and crash nothing', SECRET, (texts, channel) => {
  const valid = JSON.stringify(CHANGE);
  const now = Date.now();
  const otherSecret = new Authenticator(['known to strangers alone'], channel);
  const otherChannel = new Authenticator([SECRET], `${channel}2`);
  const own = new Authenticator([SECRET], channel);
  const signed = own.sign(valid, now);
  return [
    ...texts,
    ...texts.map((text) => otherSecret.sign(text, now)),
    valid,
    otherSecret.sign(valid, now),
    otherChannel.sign(valid, now),
    own.sign(valid, now - 3_600_000),
    own.sign(valid, now + 3_600_000),
    signed.slice(1),
    signed.slice(0, -1),
    signed.replace('items', 'iteme'),
    `${'A'.repeat(43)}.${valid}`,
    `${'A'.repeat(43)}.${Math.floor(now / 1000)}.${valid}`,
  ];
});

addFuzzTest(
  'authentic messages that no node publishes change nothing and crash nothing',
  SECRET,
  (texts, channel) => {
    const authenticator = new Authenticator([SECRET], channel);
    return texts.map((text) => authenticator.sign(text, Date.now()));
  },
);
