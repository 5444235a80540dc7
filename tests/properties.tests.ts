/**
 * What must hold for whatever comes: of the wire format, the seal, the sequence logic and the dirty set.
 *
 * A failure names fast-check's seed; `CLUSTER_TEST_SEED` has that run again.
 */

import fc from 'fast-check';
import { Tinytest } from 'meteor/tinytest';
import { DirtySet } from '../src/dirty-set';
import {
  type Announcement,
  decode,
  encode,
  encodeHeartbeat,
  type Heartbeat,
  isIdString,
  MAX_IDS,
  MAX_LENGTH,
} from '../src/message';
import { Seal } from '../src/seal';
import { Sequence } from '../src/sequence';
import { newSeed } from './support/random';

const seed = newSeed();

/** @param runs how many examples to try */
function holds<Values extends unknown[]>(
  name: string,
  arbitraries: { [Index in keyof Values]: fc.Arbitrary<Values[Index]> },
  run: (...values: Values) => void,
  runs = 300,
): void {
  Tinytest.add(`properties - ${name}`, () => {
    fc.assert(fc.property(...(arbitraries as [fc.Arbitrary<unknown>]), run as never), {
      seed,
      numRuns: runs,
    });
  });
}

function expect(condition: boolean, what: string): void {
  if (!condition) throw new Error(what);
}

function same(actual: unknown, expected: unknown): void {
  const [got, wanted] = [JSON.stringify(actual), JSON.stringify(expected)];
  expect(got === wanted, `got ${got}, not ${wanted}`);
}

// The wire format.

const text = fc.string({ unit: 'binary', maxLength: 30 });
const name = fc
  .oneof(text, fc.constantFrom('__proto__', 'constructor', '$where'))
  .filter((one) => one !== '');
const counter = fc.oneof(fc.nat(), fc.maxSafeNat());
const idString = name.filter(isIdString);
const announcement: fc.Arbitrary<Announcement> = fc.record({
  node: name,
  seq: counter.filter((seq) => seq > 0),
  collection: name,
  ids: fc.oneof(fc.constant(null), fc.array(idString, { minLength: 1, maxLength: 20 })),
});
const heartbeat: fc.Arbitrary<Heartbeat> = fc.record({
  node: name,
  counts: fc.array(fc.tuple(name, counter), { maxLength: 5 }).map((counts) => new Map(counts)),
  leaving: fc.boolean(),
});

holds('an announcement is decoded as it was encoded', [announcement], (given) => {
  same(decode(encode(given)), { announcement: given });
});

holds('a heartbeat is decoded as it was encoded', [heartbeat], (given) => {
  const decoded = decode(encodeHeartbeat(given)).heartbeat;
  same({ ...decoded, counts: [...(decoded?.counts ?? [])] }, { ...given, counts: [...given.counts] });
  // As an object's properties, `__proto__` would have become its prototype.
  expect(decoded?.counts instanceof Map, 'the counts are no map');
});

holds(
  'ids of any number and length are decoded all, or as the whole collection',
  [fc.integer({ min: 1, max: 1200 }), fc.integer({ min: 1, max: 400 })],
  (count, length) => {
    const ids = Array.from({ length: count }, (_, n) => `${n}`.padEnd(length, 'x'));
    const encoded = encode({ node: 'n', seq: 1, collection: 'items', ids });
    const decoded = decode(encoded).announcement?.ids;
    if (decoded !== null) same(decoded, ids);
    else
      expect(
        count > MAX_IDS || count * length > MAX_LENGTH / 2,
        `${count} ids of ${length} are not too many`,
      );
  },
);

/** What Meteor's reading of an id makes a string or an ObjectID of: no JSON and no `undefined`. */
function isPlainId(id: unknown): boolean {
  return typeof id === 'string' && id !== '' && id !== '-' && !id.startsWith('~');
}

/** Decodes anything; what it gives back besides a reason is valid. */
function decodeSoundly(given: string): void {
  const { announcement, heartbeat, refused } = decode(given);
  if (announcement) {
    const { node, seq, collection, ids } = announcement;
    expect(
      [node, collection].every((one) => typeof one === 'string' && one !== ''),
      'a bad name',
    );
    expect(Number.isSafeInteger(seq) && seq > 0, 'a bad sequence number');
    expect(ids === null || (ids.length > 0 && ids.length <= MAX_IDS && ids.every(isPlainId)), 'bad ids');
  } else if (heartbeat) {
    for (const [collection, count] of heartbeat.counts) {
      expect(typeof collection === 'string' && Number.isSafeInteger(count) && count >= 0, 'a bad count');
    }
  } else {
    expect(typeof refused === 'string', 'neither a message nor a reason');
  }
}

holds('any text is decoded or refused', [fc.string({ unit: 'binary', maxLength: 500 })], decodeSoundly);
holds('any JSON is decoded or refused', [fc.json({ maxDepth: 6 })], decodeSoundly);
holds(
  'messages with anything in place of a part are decoded or refused',
  [
    fc.constantFrom('v', 'node', 'seq', 'collection', 'ids', 'counts', 'leaving', '__proto__'),
    fc.oneof(
      fc.jsonValue({ maxDepth: 4 }),
      fc.constantFrom('', '-', '~', '~{"$gt":""}', 0, -1, 0.5, 2 ** 53, null, []),
      fc.array(fc.constantFrom('a', '-', '~1', '', { $gt: '' }), { minLength: 1 }),
    ),
    fc.boolean(),
  ],
  (part, value, isHeartbeat) => {
    const valid = isHeartbeat
      ? { v: 1, node: 'n', counts: [['items', 1]] }
      : { v: 1, node: 'n', seq: 1, collection: 'items', ids: ['a'] };
    decodeSoundly(JSON.stringify(Object.fromEntries([...Object.entries(valid), [part, value]])));
    decodeSoundly(JSON.stringify({ ...valid, ids: ['a', value] }));
    expect(!('polluted' in {}), 'every object has got a property');
  },
  2000,
);

// The seal.

const wellFormed = fc.string({ unit: 'grapheme', maxLength: 200 });
const secret = fc.string({ minLength: 16, maxLength: 40 });
const channel = fc.string({ minLength: 1, maxLength: 20 });

holds('what is sealed is opened', [secret, channel, wellFormed], (key, where, given) => {
  const seal = new Seal(key, where);
  same(seal.open(seal.seal(given)), given);
});

holds(
  'a sealed text of which one character was changed, added or left out is refused',
  [
    secret,
    channel,
    wellFormed,
    fc.nat(),
    fc.string({ unit: 'grapheme-composite', maxLength: 1 }),
    fc.boolean(),
  ],
  (key, where, given, at, character, isAdded) => {
    const seal = new Seal(key, where);
    const sealed = seal.seal(given);
    const characters = [...sealed];
    const place = at % characters.length;
    // One that is the same when somebody looks at its lower byte only.
    const alike = String.fromCharCode((characters[place]?.charCodeAt(0) ?? 0) + 256);
    for (const one of [character, alike]) {
      const changed = characters.toSpliced(place, isAdded ? 0 : 1, one).join('');
      if (changed !== sealed)
        expect(seal.open(changed) === undefined, `with ${one} at ${place} it was opened`);
    }
  },
  1000,
);

holds(
  'the seal of another secret or channel is refused',
  [secret, channel, wellFormed, secret],
  (key, where, given, other) => {
    const sealed = new Seal(key, where).seal(given);
    if (other !== key) expect(new Seal(other, where).open(sealed) === undefined, 'another secret opens it');
    expect(new Seal(key, `${where}2`).open(sealed) === undefined, 'another channel opens it');
  },
);

holds('what nobody sealed is refused', [secret, fc.string({ unit: 'binary' })], (key, given) => {
  expect(new Seal(key, 'c').open(given) === undefined, 'it was opened');
});

// The sequence logic.

const NODES = ['a', 'b', 'c'];
const COLLECTIONS = ['x', 'y'];

/** A message on its way: an announcement, or a heartbeat with the counts of that moment. */
type Sent = { node: string; collection: string; seq: number } | { node: string; counts: Map<string, number> };

/** What some nodes say, in the order they say it. */
const conversation: fc.Arbitrary<Sent[]> = fc
  .array(fc.tuple(fc.constantFrom(...NODES), fc.constantFrom(...COLLECTIONS, undefined)), {
    maxLength: 60,
    size: 'max',
  })
  .map((said) => {
    const counts = new Map(
      NODES.map((node) => [node, new Map(COLLECTIONS.map((collection) => [collection, 0]))]),
    );
    return said.map(([node, collection]): Sent => {
      const own = counts.get(node) as Map<string, number>;
      if (collection === undefined) return { node, counts: new Map(own) };
      const seq = (own.get(collection) ?? 0) + 1;
      own.set(collection, seq);
      return { node, collection, seq };
    });
  });

/** @returns the collections reported as missed on its arrival */
function hear(sequence: Sequence, sent: Sent): string[] {
  if ('counts' in sent) return sequence.beaten(sent.node, sent.counts, 0);
  return sequence.announced(sent.node, sent.collection, sent.seq, 0) ? [sent.collection] : [];
}

/** Up to where a message tells of the announcements of a node for a collection. */
function reach(sent: Sent, node: string, collection: string): number {
  if (sent.node !== node) return 0;
  if ('counts' in sent) return sent.counts.get(collection) ?? 0;
  return sent.collection === collection ? sent.seq : 0;
}

holds(
  'heard in order, some of it twice, each collection of a node is reported at the first word of it, and never again',
  [conversation, fc.infiniteStream(fc.boolean())],
  (said, twice) => {
    const sequence = new Sequence();
    const heardOf = new Set<string>();
    for (const sent of said) {
      const told = 'counts' in sent ? [...sent.counts.keys()] : [sent.collection];
      const isNew = (collection: string) => !heardOf.has(`${sent.node} ${collection}`);
      same(hear(sequence, sent), told.filter(isNew));
      for (const collection of told) heardOf.add(`${sent.node} ${collection}`);
      if (twice.next().value) same(hear(sequence, sent), []);
    }
  },
);

holds(
  'what was lost is reported by the first message that tells of it or of more, however the rest is doubled and mixed',
  [
    conversation.chain((said) => {
      const copies = fc.array(fc.constantFrom(0, 1, 1, 2), {
        minLength: said.length,
        maxLength: said.length,
      });
      return copies.chain((numbers) => {
        const arriving = said.flatMap((sent, index) =>
          Array.from({ length: numbers[index] ?? 0 }, () => sent),
        );
        const mixed = fc.shuffledSubarray(arriving, { minLength: arriving.length });
        return fc.record({ said: fc.constant(said), heard: fc.oneof(mixed, fc.constant(arriving)) });
      });
    }),
  ],
  ({ said, heard }) => {
    const sequence = new Sequence();
    const reports = heard.map((sent) => hear(sequence, sent));
    for (const lost of said.filter((sent) => !heard.includes(sent))) {
      if ('counts' in lost) continue;
      const { node, collection, seq } = lost;
      const first = heard.findIndex((sent) => reach(sent, node, collection) >= seq);
      if (first !== -1)
        expect(reports[first]?.includes(collection) === true, `${node} ${collection} ${seq} is not`);
    }
  },
  1000,
);

holds('a node that was forgotten is missed with all that it announces later', [conversation], (said) => {
  const sequence = new Sequence();
  for (const sent of said) hear(sequence, sent);
  const known = new Set(said.map(({ node }) => node));
  same(sequence.peers, known.size);
  const told = said.flatMap((sent) => ('counts' in sent ? COLLECTIONS : [sent.collection]));
  same(sequence.vanished(1).sort(), [...new Set(told)].sort());
  same(sequence.peers, 0);
  for (const node of known) {
    const counts = new Map(COLLECTIONS.map((collection) => [collection, 1]));
    same(sequence.beaten(node, counts, 1), COLLECTIONS);
  }
});

// The dirty set.

const touch = fc.record({
  collection: fc.constantFrom(...COLLECTIONS),
  ids: fc.oneof(
    { weight: 6, arbitrary: fc.array(fc.string({ minLength: 1, maxLength: 8 }), { maxLength: 6 }) },
    { weight: 1, arbitrary: fc.constant(null) },
  ),
  take: fc.boolean(),
});
const touches = fc.array(touch, { maxLength: 40 });

/** Adds and takes as told, and compares what is taken with plain sets. */
function follow(
  dirty: DirtySet,
  told: readonly { collection: string; ids: string[] | null; take: boolean }[],
  isExact: boolean,
): void {
  const added = new Map<string, Set<string> | null>();
  const compare = (collection: string) => {
    const taken = dirty.take(collection);
    const expected = added.get(collection);
    added.delete(collection);
    if (expected === undefined || isExact) same(taken, expected && [...expected]);
    else {
      const holdsAll = expected !== null && [...expected].every((id) => taken?.includes(id));
      expect(taken === null || holdsAll, 'narrowed');
    }
  };
  for (const { collection, ids, take } of told) {
    dirty.add(collection, ids);
    const known = added.get(collection);
    if (known !== null && ids?.length !== 0)
      added.set(collection, ids && new Set([...(known ?? []), ...ids]));
    if (take) compare(collection);
  }
  for (const collection of COLLECTIONS) compare(collection);
  same(dirty.collections, []);
}

holds('a dirty set within its bounds gives back exactly what was added', [touches], (told) => {
  follow(new DirtySet(), told, true);
});

holds(
  'a dirty set never narrows what was added',
  [touches, fc.integer({ min: 1, max: 10 }), fc.integer({ min: 1, max: 1000 })],
  (told, maxIds, maxBytes) => {
    follow(new DirtySet(maxIds, maxBytes), told, false);
  },
);

holds(
  'a dirty set stays within its bounds',
  [touches, fc.integer({ min: 1, max: 10 }), fc.integer({ min: 1, max: 1000 })],
  (told, maxIds, maxBytes) => {
    const dirty = new DirtySet(maxIds, maxBytes);
    for (const { collection, ids } of told) dirty.add(collection, ids);
    const kept = COLLECTIONS.map((collection) => dirty.take(collection) ?? []);
    expect(
      kept.every((ids) => ids.length <= maxIds),
      'too many ids',
    );
    // What README counts for an id: its characters, two bytes each, and 64 for its place.
    const bytes = kept.flat().reduce((sum, id) => sum + 64 + 2 * id.length, 0);
    expect(bytes <= maxBytes, `${bytes} bytes`);
  },
);

holds(
  'taking makes room again',
  [fc.array(fc.string({ minLength: 5, maxLength: 5 }), { minLength: 1, maxLength: 10 }), fc.nat({ max: 30 })],
  (ids, times) => {
    const dirty = new DirtySet(10, 10 * 74);
    for (let time = 0; time < times; time += 1) {
      dirty.add('x', ids);
      same(dirty.take('x'), [...new Set(ids)]);
    }
  },
);
