/** Properties of the codec and the authenticator: any message survives, any other text is refused. */

import fc from 'fast-check';
import { isIdString } from '../../../src/base/values';
import { MAX_IDS } from '../../../src/changes/change';
import type { Hint } from '../../../src/matching/hint';
import { Authenticator } from '../../../src/protocol/authenticator';
import { decode, encode, MAX_LENGTH } from '../../../src/protocol/codec';
import type { ChangeMessage, Message } from '../../../src/protocol/message';
import { expect, expectSame, holds } from '../../support/properties';

/**
 * Texts of any code points, lone surrogates too, and those that fast-check knows as dangerous.
 * `fc.string({ unit: 'binary' })` makes the same, but prepares a map of 1,114,112 code points for a second.
 */
const anyText = (constraints?: fc.ArrayConstraints) =>
  fc.oneof(
    fc.string(constraints),
    fc.array(fc.nat(0x10ffff), constraints).map((points) => String.fromCodePoint(...points)),
  );
const text = anyText({ maxLength: 30 });
const name = fc
  .oneof(text, fc.constantFrom('__proto__', 'constructor', '$where'))
  .filter((each) => each !== '');
const counter = fc.oneof(fc.nat(), fc.maxSafeNat());
const hash = fc.stringMatching(/^[\w-]{8}$/);
const hint: fc.Arbitrary<Hint> = fc.record({
  kind: fc.constantFrom('insert', 'update', 'remove'),
  fields: fc
    .array(fc.tuple(text, fc.option(hash)), { maxLength: 5 })
    // JSON puts names that are numbers first.
    .map((fields) => new Map(fields.map(([field, value]) => [`f${field}`, value]))),
});
const ids = fc.uniqueArray(name.filter(isIdString), { minLength: 1, maxLength: 20 });
const lookedUp = fc.record({
  selected: fc.option(fc.array(text, { maxLength: 5 }), { nil: undefined }),
  hint: fc.option(hint, { nil: undefined }),
});
const change: fc.Arbitrary<ChangeMessage> = fc
  .record({
    node: name,
    seq: counter.filter((seq) => seq > 0),
    database: fc.option(name, { nil: undefined }),
    collection: name,
    ids: fc.oneof(fc.constant('all' as const), ids),
    hint,
    lookedUp: fc.option(lookedUp, { nil: undefined }),
    isHinted: fc.infiniteStream(fc.boolean()),
  })
  .map(({ hint: each, isHinted, lookedUp: how, ...rest }) => {
    if (rest.ids === 'all') return { kind: 'change', ...rest };
    const hinted = rest.ids.filter(() => isHinted.next().value);
    const hints = hinted.length > 0 ? new Map(hinted.map((id) => [id, each])) : undefined;
    return { kind: 'change', ...rest, hints, lookedUp: how };
  });
const counts = fc.array(fc.tuple(name, counter), { maxLength: 5 }).map((entries) => new Map(entries));
const message: fc.Arbitrary<Message> = fc.oneof(
  change,
  fc.record({
    kind: fc.constantFrom('heartbeat', 'leave'),
    node: name,
    heartbeat: fc.integer({ min: 1 }),
    counts,
  }),
  fc.record({
    kind: fc.constant('broadcast'),
    node: name,
    seq: counter.filter((seq) => seq > 0),
    topic: name,
    payload: fc.option(text, { nil: undefined }),
  }),
);

holds('codec - any message is decoded as it was encoded', [message], (given) => {
  const decoded = decode(encode(given));
  expectSame(decoded, given);
  // As properties of an object, a collection `__proto__` would be lost.
  if ('counts' in decoded) expect(decoded.counts instanceof Map, 'the counts are no map');
});

holds(
  'codec - ids of any number and length are decoded all, or as the whole collection',
  [fc.integer({ min: 1, max: 1200 }), fc.integer({ min: 1, max: 400 }), fc.boolean()],
  (count, length, isHinted) => {
    const many = Array.from({ length: count }, (_, n) => `${n}`.padEnd(length, 'x'));
    const each: Hint = { kind: 'update', fields: new Map([['a field', '12345678']]) };
    const hints = isHinted ? new Map(many.map((id) => [id, each])) : undefined;
    const encoded = encode({ kind: 'change', node: 'n', seq: 1, collection: 'items', ids: many, hints });
    expect(encoded.length <= MAX_LENGTH, 'the text is too long');
    const decoded = decode(encoded);
    if (decoded.kind !== 'change') throw new Error(JSON.stringify(decoded));
    if (decoded.ids !== 'all') expectSame(decoded.ids, many);
    else expect(count > MAX_IDS || count * (length + 3) > MAX_LENGTH - 200, 'these ids are not too many');
  },
);

/** Whether Meteor parses an id as a string or an ObjectID: neither as JSON nor as `undefined`. */
function isPlainId(id: unknown): boolean {
  return typeof id === 'string' && id !== '' && id !== '-' && !id.startsWith('~');
}

/** Decodes a text and throws unless the result is valid. */
function expectValid(given: string): void {
  const decoded = decode(given);
  switch (decoded.kind) {
    case 'change': {
      const { node, seq, database, collection, hints } = decoded;
      for (const each of [node, collection, database ?? 'default']) {
        expect(typeof each === 'string' && each !== '', 'a bad name');
      }
      expect(Number.isSafeInteger(seq) && seq > 0, 'a bad sequence number');
      const listed = decoded.ids;
      if (listed === 'all') {
        expect(hints === undefined, 'hints without ids');
        break;
      }
      expect(Array.isArray(listed) && listed.length > 0 && listed.length <= MAX_IDS, 'a bad number of ids');
      expect(listed.every(isPlainId), 'a bad id');
      for (const [id, each] of hints ?? []) {
        expect(listed.includes(id), 'a hint about another id');
        for (const value of each.fields.values()) expect(value === null || value.length === 8, 'a bad hash');
      }
      break;
    }
    case 'heartbeat':
    case 'leave':
      for (const [collection, count] of decoded.counts) {
        expect(typeof collection === 'string' && Number.isSafeInteger(count) && count >= 0, 'a bad count');
      }
      break;
    case 'unknown':
      break;
    case 'malformed':
      expect(/^[\w -]+$/.test(decoded.reason), 'a reason that shows something of the text');
      break;
  }
}

holds('codec - any text is decoded or malformed', [anyText({ maxLength: 500 })], expectValid);
holds('codec - any JSON is decoded or malformed', [fc.json({ maxDepth: 6 })], expectValid);
holds(
  'codec - a message with any value in place of a field is decoded or malformed',
  [
    fc.constantFrom(
      ...[
        'v',
        'kind',
        'node',
        'seq',
        'database',
        'collection',
        'ids',
        'hints',
        'heartbeat',
        'counts',
        '__proto__',
      ],
    ),
    fc.oneof(
      fc.jsonValue({ maxDepth: 4 }),
      fc.constantFrom('', '-', '~', '~{"$gt":""}', 'all', 0, -1, 0.5, 2 ** 53, null, []),
      fc.array(fc.constantFrom('a', '-', '~1', '', { $gt: '' }), { minLength: 1 }),
      fc.constantFrom([['update', { a: 1 }]], [['update', { a: '12345678' }]], [['update', { a: null }]]),
    ),
    fc.constantFrom('change', 'heartbeat', 'leave'),
  ],
  (field, value, kind) => {
    const valid =
      kind === 'change'
        ? { v: 1, kind, node: 'n', seq: 1, collection: 'items', ids: ['a'] }
        : { v: 1, kind, node: 'n', heartbeat: 1, counts: [['items', 1]] };
    expectValid(JSON.stringify(Object.fromEntries([...Object.entries(valid), [field, value]])));
    expectValid(JSON.stringify({ ...valid, ids: ['a', value] }));
    expectValid(JSON.stringify({ ...valid, hints: [value] }));
    expect(!('polluted' in {}), 'every object has a property more');
  },
  2000,
);

const wellFormed = fc.string({ unit: 'grapheme', maxLength: 200 });
const secret = fc.string({ minLength: 16, maxLength: 40 });
const channel = fc.string({ minLength: 1, maxLength: 20 });

const NOW = 1_700_000_000_000;

/** Returns the text; `undefined` when it is not authentic. */
function textOf(authenticator: Authenticator, given: string): string | undefined {
  const verification = authenticator.verify(given, NOW);
  return verification.kind === 'authentic' ? verification.text : undefined;
}

holds('authenticator - any signed text is verified', [secret, channel, wellFormed], (key, where, given) => {
  const authenticator = new Authenticator([key], where);
  expectSame(textOf(authenticator, authenticator.sign(given, NOW)), given);
});

holds(
  'authenticator - a signed text with one character changed, added or left out is refused',
  [
    secret,
    channel,
    wellFormed,
    fc.nat(),
    fc.string({ unit: 'grapheme-composite', maxLength: 1 }),
    fc.boolean(),
  ],
  (key, where, given, at, character, isAdded) => {
    const authenticator = new Authenticator([key], where);
    const signed = authenticator.sign(given, NOW);
    const characters = [...signed];
    const place = at % characters.length;
    // The same lower byte.
    const alike = String.fromCharCode((characters[place]?.charCodeAt(0) ?? 0) + 256);
    for (const each of [character, alike]) {
      const changed = characters.toSpliced(place, isAdded ? 0 : 1, each).join('');
      if (changed === signed) continue;
      expect(textOf(authenticator, changed) === undefined, `${each} at ${place} is verified`);
    }
  },
  1000,
);

holds(
  'authenticator - any other secret or channel is refused',
  [secret, channel, wellFormed, secret],
  (key, where, given, other) => {
    const signed = new Authenticator([key], where).sign(given, NOW);
    const isVerified = (authenticator: Authenticator) => textOf(authenticator, signed) !== undefined;
    if (other !== key) expect(!isVerified(new Authenticator([other], where)), 'with another secret');
    expect(!isVerified(new Authenticator([key], `${where}2`)), 'for another channel');
  },
);

holds('authenticator - any text that nobody signed is refused', [secret, anyText()], (key, given) => {
  expect(textOf(new Authenticator([key], 'c'), given) === undefined, 'it is verified');
});
