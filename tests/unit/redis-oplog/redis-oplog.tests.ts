/** Messages in redis-oplog's format: which channels carry them, what they mean, and what becomes of other texts. */

import { Tinytest } from 'meteor/tinytest';
import { toIdString } from '../../../src/base/values';
import type { Change } from '../../../src/changes/change';
import { stringifyId } from '../../../src/meteor/ids';
import { Log } from '../../../src/observability/log';
import { type Announcement, decodeAnnouncement, MAX_ANNOUNCEMENT } from '../../../src/redis-oplog/decode';
import { RedisOplogSource } from '../../../src/redis-oplog/source';
import { subscriptionsOf } from '../../../src/redis-oplog/subscriptions';
import { linesDuring } from '../../support/console';
import { TestClock } from '../../support/test-clock';

const HEX = '0123456789abcdef01234567';
const write = (ids: string[], isRemove = false): Announcement => ({ kind: 'write', ids, isRemove });

/** Every form that the documentation or the source of a program shows. */
const MESSAGES: readonly (readonly [program: string, text: string, meaning: Announcement])[] = [
  ['redis-oplog, outside mutation', '{"e":"u","d":{"_id":"task"},"f":["status"]}', write(['task'])],
  ['redis-oplog, outside insert', '{"e":"i","d":{"_id":"task"}}', write(['task'])],
  ['redis-oplog, outside remove', '{"e":"r","d":{"_id":"task"}}', write(['task'], true)],
  ['redis-oplog, update', '{"e":"u","f":["isRead"],"d":{"_id":"task"},"u":"Zk3v"}', write(['task'])],
  ['redis-oplog, not optimistic', '{"e":"u","f":["isRead"],"d":{"_id":"task"},"u":null}', write(['task'])],
  [
    'redis-oplog, shouldIncludePrevDocument',
    '{"u":"Zk3v","f":["isRead"],"e":"u","d":{"_id":"task","isRead":false,"at":{"$date":7}}}',
    write(['task']),
  ],
  ['oplogtoredis, README', '{"e":"u","d":{"_id":"someId"},"f":["one.two.three","four"]}', write(['someId'])],
  ['oplogtoredis, insert', '{"e":"i","d":{"_id":"someid"},"f":["some"]}', write(['someid'])],
  ['oplogtoredis, delete', '{"e":"r","d":{"_id":"someid"},"f":[]}', write(['someid'], true)],
  [
    'oplogtoredis and Meteor, ObjectID',
    `{"e":"i","d":{"_id":{"$type":"oid","$value":"${HEX}"}},"f":["some"]}`,
    write([HEX]),
  ],
  ['changestream-to-redis', '{"d":{"_id":"someid"},"e":"u","f":[]}', write(['someid'])],
  [
    'changestream-to-redis, FULL_DOCUMENT',
    `{"d":{"_id":{"$type":"oid","$value":"${HEX}"},"n":{"$InfNaN":1}},"e":"u","f":[]}`,
    write([HEX]),
  ],
  ['a driver, Extended JSON', `{"e":"u","d":{"_id":{"$oid":"${HEX.toUpperCase()}"}}}`, write([HEX])],
  ['a driver, JSON', `{"e":"u","d":{"_id":"${HEX}"}}`, write([`-${HEX}`, HEX])],
];

Tinytest.add('redis-oplog - every documented form of a message is understood', (test) => {
  for (const [program, text, meaning] of MESSAGES) test.equal(decodeAnnouncement(text), meaning, program);
});

Tinytest.add('redis-oplog - any other text is invalid, for one of a fixed set of reasons', (test) => {
  const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
  const invalid: [string, RegExp][] = [
    ['', /not JSON$/],
    ['{', /not JSON$/],
    ['null', /not a JSON object/],
    ['[]', /not a JSON object/],
    ['"e"', /not a JSON object/],
    [deep, /not a JSON object/],
    ['{}', /without the kind of a write/],
    ['{"message":"of Vent"}', /without the kind of a write/],
    ['{"__proto__":{"e":"u","d":{"_id":"a"}}}', /without the kind of a write/],
    ['{"e":"d","d":{"_id":"a"}}', /without the kind of a write/],
    ['{"e":["u"],"d":{"_id":"a"}}', /without the kind of a write/],
    ['{"e":"u"}', /without the id of a document/],
    ['{"e":"u","d":null}', /without the id of a document/],
    ['{"e":"u","d":{}}', /without the id of a document/],
    ['{"e":"r","d":{"_id":null}}', /without the id of a document/],
    ['{"e":"u","d":["a"]}', /without the id of a document/],
    ['{"e":"u","d":{"__proto__":{"_id":"a"}}}', /without the id of a document/],
    ['{"e":"u","s":true,"d":{"_id":"a"},"m":{"$set":{"b":1}},"mt":["b"]}', /of a synthetic mutation/],
  ];
  for (const [text, reason] of invalid) {
    const announcement = decodeAnnouncement(text);
    if (announcement.kind !== 'invalid') throw new Error(`${text.slice(0, 80)} is ${announcement.kind}`);
    test.matches(announcement.reason, reason, text.slice(0, 80));
  }
});

Tinytest.add(
  'redis-oplog - an id that is neither a string nor an ObjectID stands for any document',
  (test) => {
    const ids = [
      ...['17', '0', '-1.5', 'true', 'false', '""', '[]', '["a"]', '{}', '{"a":1}'],
      '{"$binary":{"base64":"a6e4EJ2tEdGAtADAT9QwyA==","subType":"04"}}',
      '{"$uuid":"6ba7b810-9dad-11d1-80b4-00c04fd430c8"}',
      '{"$binary":"a6e4EA=="}',
      '{"$date":1700000000000}',
      '{"$date":{"$numberLong":"1"}}',
      '{"$numberLong":"17"}',
      '{"$numberDecimal":"1.5"}',
      '{"$InfNaN":0}',
      '{"$type":"oid","$value":"x"}',
      `{"$type":"x","$value":"${HEX}"}`,
      `{"$oid":["${HEX}"]}`,
      '{"$gt":""}',
      '{"$where":"sleep(1000)"}',
      `${'['.repeat(100_000)}${']'.repeat(100_000)}`,
    ];
    for (const id of ids) {
      for (const e of ['i', 'u', 'r']) {
        const announcement = decodeAnnouncement(`{"e":"${e}","d":{"_id":${id}},"f":[]}`);
        test.equal(announcement, { kind: 'any' }, id.slice(0, 80));
      }
    }
  },
);

Tinytest.add('redis-oplog - ids are texts that DDP parses as a string, never as JSON', (test) => {
  for (const id of [
    'a',
    '~{"$gt":""}',
    '-',
    '-a',
    '{"$gt":""}',
    HEX,
    HEX.toUpperCase(),
    `${HEX}0`,
    '$where',
  ]) {
    test.equal(toIdString(id), stringifyId(id), id);
    const announcement = decodeAnnouncement(JSON.stringify({ e: 'u', d: { _id: id } }));
    test.equal(announcement.kind === 'write' && announcement.ids[0], stringifyId(id));
  }
});

Tinytest.add('redis-oplog - a message that is too long to be parsed stands for any document', (test) => {
  const text = (length: number) => JSON.stringify({ e: 'u', d: { _id: 'a', text: 'x'.repeat(length) } });
  const overhead = text(0).length;
  test.equal(decodeAnnouncement(text(MAX_ANNOUNCEMENT - overhead)).kind, 'write');
  test.equal(decodeAnnouncement(text(MAX_ANNOUNCEMENT - overhead + 1)).kind, 'any');
});

Tinytest.add('redis-oplog - channels have no prefix, that of the database, or the given one', (test) => {
  const names = (option: true | string, collection = 'tasks') =>
    subscriptionsOf(collection, 'shop', option).map(
      ({ name, database }) => `${name} of ${database ?? 'any'}`,
    );
  test.equal(names(true), [
    'tasks of any',
    'tasks::* of any',
    '*::tasks of any',
    'shop.tasks of shop',
    'shop.tasks::* of shop',
  ]);
  test.equal(names('app.'), ['app.tasks of any', 'app.tasks::* of any', 'app.*::tasks of any']);
  test.equal(names('[a]', 'b?*'), ['[a]b?* of any', '\\[a\\]b\\?\\*::* of any', '\\[a\\]*::b\\?\\* of any']);
});

/** A source whose subscriptions are answered at once. `publish` calls the listeners as Redis would. */
function newSource({ isReady = true } = {}) {
  const clock = new TestClock();
  const state = { isReady };
  const listeners = new Map<string, (text: string, channel: string) => void>();
  const changes: Change[] = [];
  const gaps: string[] = [];
  const source = new RedisOplogSource({
    clock,
    option: true,
    log: new Log(),
    emit: () => {},
    isReady: () => state.isReady,
    subscribe: async ({ name }, listener) => {
      const isNew = !listeners.has(name);
      if (isNew) listeners.set(name, listener);
      return isNew;
    },
    databasesOf: () => ['shop'],
    onChange: (change) => changes.push(change),
    onGap: (collection) => gaps.push(collection),
  });
  const publish = (name: string, message: object, channel = name) =>
    listeners.get(name)?.(JSON.stringify(message), channel);
  return { clock, source, state, listeners, changes, gaps, publish };
}

Tinytest.addAsync(
  'redis-oplog - what arrives in one turn on several channels is handled once',
  async (test) => {
    const { clock, source, changes, publish } = newSource();
    source.addCollection('tasks', 'shop');
    for (const name of ['tasks', 'tasks::*', 'shop.tasks', 'shop.tasks::*', '*::tasks']) {
      publish(name, { e: 'u', d: { _id: 'a' } });
    }
    publish('tasks', { e: 'r', d: { _id: 'b' } });
    await clock.settle();
    test.equal(changes, [
      {
        database: 'shop',
        collection: 'tasks',
        ids: ['a', 'b'],
        hints: new Map([['b', { kind: 'remove', fields: new Map() }]]),
      },
    ]);
    test.equal([source.received, source.dropped], [1, 0]);
  },
);

Tinytest.addAsync(
  'redis-oplog - a write of an id of another type is a change of its collection',
  async (test) => {
    const { clock, source, changes, publish } = newSource();
    source.addCollection('tasks', 'shop');
    publish('tasks', { e: 'r', d: { _id: 17 } });
    publish('tasks', { e: 'u', d: { _id: 'a' } });
    await clock.settle();
    test.equal(changes, [{ database: 'shop', collection: 'tasks', ids: 'all' }]);
    test.equal([source.received, source.dropped], [1, 0]);
  },
);

Tinytest.addAsync('redis-oplog - a channel that two collections share is about both', async (test) => {
  const { clock, source, changes, gaps, publish } = newSource();
  // The second one's name is what publishers call the first one, with its database.
  source.addCollection('tasks', 'shop');
  source.addCollection('shop.tasks', 'shop');
  publish('shop.tasks', { e: 'i', d: { _id: 'a' } });
  await clock.settle();
  test.equal(changes.map(({ collection }) => collection).sort(), ['shop.tasks', 'tasks']);
  test.equal(new Set(gaps), new Set(['tasks', 'shop.tasks']));
});

Tinytest.addAsync('redis-oplog - a collection may be named like a channel of Cluster', async (test) => {
  const { clock, source, changes, publish } = newSource();
  source.addCollection('cluster:stats', 'shop');
  publish('cluster:stats', { e: 'i', d: { _id: 'a' } });
  await clock.settle();
  test.equal(changes.length, 1);
});

Tinytest.addAsync('redis-oplog - a write beside a remove leaves no hint', async (test) => {
  const { clock, source, changes, publish } = newSource();
  source.addCollection('tasks', 'shop');
  for (const e of ['r', 'i']) publish('tasks', { e, d: { _id: 'a' } });
  await clock.settle();
  test.equal(changes, [{ database: 'shop', collection: 'tasks', ids: ['a'] }]);
});

Tinytest.addAsync(
  'redis-oplog - a collection is a gap once it is subscribed, and once only',
  async (test) => {
    const { clock, source, state, gaps, listeners } = newSource({ isReady: false });
    source.addCollection('tasks', 'shop');
    await clock.settle();
    test.equal([gaps, listeners.size], [[], 0], 'the channel is not connected');
    state.isReady = true;
    source.start();
    await clock.settle();
    test.equal([gaps, listeners.size], [['tasks'], 5]);
    source.addCollection('tasks', 'shop');
    source.addCollection('users', 'shop');
    await clock.settle();
    test.equal(gaps, ['tasks', 'users']);
  },
);

Tinytest.addAsync(
  'redis-oplog - invalid messages are dropped, counted, and logged once per reason',
  async (test) => {
    const { clock, source, changes, publish } = newSource();
    source.addCollection('tasks', 'shop');
    const lines = await linesDuring(async () => {
      for (const message of [{}, {}, { e: 'u' }, { e: 'u', s: true }]) publish('tasks', message);
      // A message of a cluster whose namespace ends like one of redis-oplog's.
      publish('*::tasks', {}, 'cluster:shop::tasks');
      await clock.settle();
    });
    test.equal([changes, source.received, source.dropped], [[], 0, 4]);
    test.equal(lines.length, 3);
    for (const line of lines)
      test.matches(line, /dropped a message of redis-oplog .*; more of this kind are only/);
  },
);

Tinytest.addAsync('redis-oplog - nothing is handled after stop', async (test) => {
  const { clock, source, changes, publish } = newSource();
  source.addCollection('tasks', 'shop');
  publish('tasks', { e: 'u', d: { _id: 'a' } });
  source.stop();
  publish('tasks', { e: 'u', d: { _id: 'b' } });
  await clock.settle();
  test.equal(changes, []);
});
