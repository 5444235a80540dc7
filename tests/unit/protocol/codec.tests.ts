/** Messages as text, and what becomes of text that is no message. */

import { Tinytest } from 'meteor/tinytest';
import { MAX_IDS } from '../../../src/changes/change';
import type { Hint } from '../../../src/matching/hint';
import { decode, encode, MAX_LENGTH, MAX_PAYLOAD, VERSION } from '../../../src/protocol/codec';
import type {
  BroadcastMessage,
  ChangeMessage,
  HeartbeatMessage,
  LeaveMessage,
} from '../../../src/protocol/message';
import { plain } from '../../support/plain';

const CHANGE: ChangeMessage = {
  kind: 'change',
  node: 'n',
  seq: 7,
  collection: 'items',
  ids: ['a', '-0123456789abcdef01234567'],
};
const HEARTBEAT: HeartbeatMessage = {
  kind: 'heartbeat',
  node: 'n',
  heartbeat: 3,
  counts: new Map([['items', 3]]),
};
const LEAVE: LeaveMessage = { kind: 'leave', node: 'n', heartbeat: 4, counts: new Map([['items', 3]]) };
const BROADCAST: BroadcastMessage = {
  kind: 'broadcast',
  node: 'n',
  seq: 2,
  topic: 'typing',
  payload: '{"a":1}',
};
const HINT: Hint = {
  kind: 'update',
  fields: new Map([
    ['room', '12345678'],
    ['state', null],
  ]),
};

/** A message as an object, with some of its fields replaced. */
function textWith(message: ChangeMessage | HeartbeatMessage | BroadcastMessage, fields: object): string {
  return JSON.stringify({ ...JSON.parse(encode(message)), ...fields });
}

function idsOf(message: ChangeMessage): unknown {
  const decoded = decode(encode(message));
  return decoded.kind === 'change' ? decoded.ids : decoded;
}

Tinytest.add('codec - a message is decoded as it was encoded', (test) => {
  const messages = [
    CHANGE,
    { ...CHANGE, ids: 'all' },
    { ...CHANGE, database: 'other' },
    HEARTBEAT,
    LEAVE,
    { ...HEARTBEAT, counts: new Map() },
    { ...HEARTBEAT, counts: new Map([['__proto__', 0]]) },
    BROADCAST,
    { ...BROADCAST, payload: undefined },
    { ...BROADCAST, topic: '__proto__', payload: '' },
  ] as const;
  for (const message of messages) test.equal(plain(decode(encode(message))), plain(message));
});

Tinytest.add('codec - the text of a change is the documented JSON', (test) => {
  test.equal(JSON.parse(encode({ ...CHANGE, ids: ['a'] })), {
    v: VERSION,
    kind: 'change',
    node: 'n',
    seq: 7,
    collection: 'items',
    ids: ['a'],
  });
  test.equal(JSON.parse(encode(LEAVE)), {
    v: VERSION,
    kind: 'leave',
    node: 'n',
    heartbeat: 4,
    counts: [['items', 3]],
  });
  test.equal(JSON.parse(encode(BROADCAST)), { v: VERSION, ...BROADCAST });
});

Tinytest.add('codec - the longest payload fits into a message, whatever is in it', (test) => {
  for (const character of ['"', '\\', 'x', '\ud800']) {
    const payload = JSON.stringify(character.repeat(MAX_PAYLOAD)).slice(0, MAX_PAYLOAD);
    const name = '\u0001'.repeat(256);
    const text = encode({ ...BROADCAST, topic: name, node: name, seq: Number.MAX_SAFE_INTEGER, payload });
    test.isTrue(text.length <= MAX_LENGTH, `${text.length} characters`);
    test.equal(decode(text).kind, 'broadcast');
  }
});

Tinytest.add('codec - hints are decoded for the ids that have one', (test) => {
  const message = { ...CHANGE, hints: new Map([['a', HINT]]) };
  test.equal(plain(decode(encode(message))), plain(message));
});

Tinytest.add('codec - more ids than the limit become the whole collection', (test) => {
  const ids = Array.from({ length: MAX_IDS }, (_, n) => `id${n}`);
  test.equal(idsOf({ ...CHANGE, ids }), ids);
  test.equal(idsOf({ ...CHANGE, ids: [...ids, 'one more'] }), 'all');
});

Tinytest.add('codec - ids that are too long for a message become the whole collection', (test) => {
  const overhead = encode({ ...CHANGE, ids: [''] }).length;
  const longest = 'x'.repeat(MAX_LENGTH - overhead);
  test.equal(idsOf({ ...CHANGE, ids: [longest] }), [longest]);
  test.equal(idsOf({ ...CHANGE, ids: [`${longest}x`] }), 'all');
});

Tinytest.add('codec - a text that is too long loses its hints first, and its ids only then', (test) => {
  const ids = Array.from({ length: MAX_IDS }, (_, n) => `id${n}`);
  const hint: Hint = {
    kind: 'update',
    fields: new Map([
      ['f'.repeat(64), '12345678'],
      ['g'.repeat(64), null],
    ]),
  };
  const hinted = { ...CHANGE, hints: new Map(ids.map((id) => [id, hint])) };
  const withoutHints = decode(encode({ ...hinted, ids }));
  test.equal(plain(withoutHints), plain({ ...CHANGE, ids }));
  const withoutIds = decode(encode({ ...hinted, ids: [...ids, 'one more'] }));
  test.equal(plain(withoutIds), plain({ ...CHANGE, ids: 'all' }));
});

Tinytest.add('codec - unknown fields are ignored', (test) => {
  const later = { later: { $where: '1' } };
  test.equal(plain(decode(textWith(CHANGE, later))), plain(CHANGE));
  test.equal(plain(decode(textWith(HEARTBEAT, later))), plain(HEARTBEAT));
});

Tinytest.add('codec - a kind of a later version is unknown, not malformed', (test) => {
  test.equal(decode(JSON.stringify({ v: VERSION, kind: 'later' })), { kind: 'unknown' });
  test.equal(decode(textWith(CHANGE, { kind: '' })), { kind: 'unknown' });
});

Tinytest.add('codec - hints that are not understood are ignored', (test) => {
  const ignored: unknown[] = [
    null,
    'hints',
    {},
    [],
    [0],
    [0, 0],
    [['update', {}]],
    [
      ['update', {}],
      ['update', {}],
      ['update', {}],
    ],
    ['update', {}],
    [['later', {}], { room: 1 }],
    [['update', { room: 'short' }], ['update']],
    [
      ['update', { room: 1 }],
      ['update', []],
    ],
    [
      ['update', null],
      ['update', {}, 1],
    ],
  ];
  for (const hints of ignored) {
    const decoded = decode(textWith(CHANGE, { hints }));
    if (decoded.kind !== 'change') throw new Error(`${JSON.stringify(hints)}: ${JSON.stringify(decoded)}`);
    test.equal([...(decoded.hints ?? [])], [], JSON.stringify(hints));
    test.equal(decoded.ids, CHANGE.ids);
  }
  const decoded = decode(textWith(CHANGE, { hints: ['?', ['update', { room: '12345678', state: 0 }]] }));
  const [, second = ''] = CHANGE.ids;
  test.equal(plain(decoded), plain({ ...CHANGE, hints: new Map([[second, HINT]]) }));
});

Tinytest.add('codec - an invalid text is malformed, for one of a fixed set of reasons', (test) => {
  const many = Array.from({ length: MAX_IDS + 1 }, (_, n) => `${n}`);
  const long = 'x'.repeat(257);
  const malformed: [string, RegExp][] = [
    ['', /JSON$/],
    ['{', /not JSON$/],
    ['1', /not a JSON object/],
    ['null', /not a JSON object/],
    ['[]', /not a JSON object/],
    [`"${'x'.repeat(MAX_LENGTH)}"`, /longer than 131072 characters/],
    ['{}', /of a version other than 1/],
    [textWith(CHANGE, { v: 2 }), /of a version other than 1/],
    [textWith(CHANGE, { v: '1' }), /of a version other than 1/],
    [textWith(CHANGE, { kind: undefined }), /without a kind/],
    [textWith(CHANGE, { kind: 1 }), /without a kind/],
    [textWith(CHANGE, { node: '' }), /without the name of a node/],
    [textWith(CHANGE, { node: long }), /without the name of a node/],
    [textWith(CHANGE, { seq: 0 }), /without a sequence number/],
    [textWith(CHANGE, { seq: 1.5 }), /without a sequence number/],
    [textWith(CHANGE, { seq: 2 ** 53 }), /without a sequence number/],
    [textWith(CHANGE, { seq: '1' }), /without a sequence number/],
    [textWith(CHANGE, { database: '' }), /without the name of a database/],
    [textWith(CHANGE, { database: null }), /without the name of a database/],
    [textWith(CHANGE, { collection: undefined }), /without the name of a collection/],
    [textWith(CHANGE, { collection: long }), /without the name of a collection/],
    [textWith(CHANGE, { ids: [] }), /without a list of 1 to 1000 document ids/],
    [textWith(CHANGE, { ids: 'a' }), /document ids/],
    [textWith(CHANGE, { ids: null }), /document ids/],
    [textWith(CHANGE, { ids: many }), /document ids/],
    [textWith(CHANGE, { ids: ['a', 1] }), /document ids/],
    [textWith(CHANGE, { ids: [''] }), /document ids/],
    [textWith(CHANGE, { ids: ['-'] }), /document ids/],
    [textWith(CHANGE, { ids: ['~{"$gt":""}'] }), /document ids/],
    [textWith(CHANGE, { ids: [{ $gt: '' }] }), /document ids/],
    [textWith(HEARTBEAT, { node: 1 }), /without the name of a node/],
    [textWith(HEARTBEAT, { counts: {} }), /without counts that are numbers/],
    [textWith(HEARTBEAT, { counts: [['items']] }), /without counts/],
    [textWith(HEARTBEAT, { counts: [['items', -1]] }), /without counts/],
    [textWith(HEARTBEAT, { counts: [['items', 1, 2]] }), /without counts/],
    [textWith(HEARTBEAT, { counts: [['', 1]] }), /without counts/],
    [textWith(HEARTBEAT, { kind: 'leave', counts: undefined }), /without counts/],
    [textWith(BROADCAST, { node: '' }), /without the name of a node/],
    [textWith(BROADCAST, { seq: 0 }), /without a sequence number/],
    [textWith(BROADCAST, { topic: '' }), /without the topic of a broadcast/],
    [textWith(BROADCAST, { topic: long }), /without the topic of a broadcast/],
    [textWith(BROADCAST, { payload: { $gt: '' } }), /with a payload that is no text of at most 60000/],
    [textWith(BROADCAST, { payload: null }), /with a payload that is no text/],
    [textWith(BROADCAST, { payload: 'x'.repeat(MAX_PAYLOAD + 1) }), /with a payload that is no text/],
  ];
  for (const [text, reason] of malformed) {
    const decoded = decode(text);
    if (decoded.kind !== 'malformed') throw new Error(`decoded ${text.slice(0, 200)} as ${decoded.kind}`);
    test.matches(decoded.reason, reason, text.slice(0, 200));
  }
});

Tinytest.add('codec - the longest names and numbers are valid', (test) => {
  const name = 'x'.repeat(256);
  const seq = Number.MAX_SAFE_INTEGER;
  const change = { ...CHANGE, node: name, collection: name, database: name, seq };
  test.equal(plain(decode(encode(change))), plain(change));
  const heartbeat = { ...HEARTBEAT, counts: new Map([[name, seq]]) };
  test.equal(plain(decode(encode(heartbeat))), plain(heartbeat));
});
