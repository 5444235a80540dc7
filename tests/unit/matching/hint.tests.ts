/** Hints: their bounds, how two become one, and their form in messages. */

import { Tinytest } from 'meteor/tinytest';
import {
  createHasher,
  decodeHint,
  encodeHint,
  type Hint,
  hintOf,
  mergeHints,
  type WrittenFields,
} from '../../../src/matching/hint';
import { QueryIndex } from '../../../src/matching/query-index';
import { fieldsOfUpdate } from '../../../src/writes/written-fields';
import { plain } from '../../support/plain';

const hash = createHasher('a key');
const update = (...fields: [string, string | null][]): Hint => ({ kind: 'update', fields: new Map(fields) });
const [ONE, TWO] = ['11111111', '22222222'];

function written(names: readonly string[]): WrittenFields {
  return { kind: 'update', fields: new Map(names.map((name) => [name, 'n1'])) };
}

function names(count: number): string[] {
  return Array.from({ length: count }, (_, n) => `field${n}`);
}

/** The hint about `$set`. */
function hintOfSet(fields: object): Hint {
  const hint = hintOf(fieldsOfUpdate({ $set: fields }, undefined) as WrittenFields, hash);
  if (!hint) throw new Error('there is no hint');
  return hint;
}

Tinytest.add('hint - hashes are 8 characters and depend on key and value', (test) => {
  test.matches(hash('a', 'n1'), /^[\w-]{8}$/);
  test.equal(hash('a', 'n1'), createHasher('a key')('a', 'n1'));
  test.notEqual(hash('a', 'n1'), hash('a', 'n2'));
  test.notEqual(hash('a', 'n1'), hash('b', 'n1'));
  test.notEqual(hash('a', 'n1'), hash('a', 's1'));
  test.notEqual(hash('a', 'n1'), createHasher('another key')('a', 'n1'));
});

Tinytest.add('hint - known values are hashed, and a field with an unknown one is listed', (test) => {
  const fields = new Map([
    ['room', 'n5'],
    ['tags', undefined],
  ]);
  test.equal(plain(hintOf({ kind: 'insert', fields }, hash)), {
    kind: 'insert',
    fields: [
      ['room', hash('room', 'n5')],
      ['tags', null],
    ],
  });
});

Tinytest.add('hint - there is none about more than 32 fields or names longer than 64 characters', (test) => {
  test.equal(hintOf(written(names(32)), hash)?.fields.size, 32);
  test.isUndefined(hintOf(written(names(33)), hash));
  test.equal(hintOf(written(['x'.repeat(64)]), hash)?.fields.size, 1);
  test.isUndefined(hintOf(written(['a', 'x'.repeat(65)]), hash));
  test.equal(hintOf(written([]), hash)?.fields.size, 0);
});

Tinytest.add('hint - a merged hint lists the fields of both writes', (test) => {
  test.equal(
    plain(mergeHints(update(['a', ONE]), update(['b', TWO]))),
    plain(update(['a', null], ['b', null])),
  );
});

Tinytest.add('hint - a hash stays only where both writes set the field to it', (test) => {
  const cases: [Hint, Hint, Hint][] = [
    [update(['a', ONE]), update(['a', ONE]), update(['a', ONE])],
    [update(['a', ONE]), update(['a', TWO]), update(['a', null])],
    [update(['a', ONE]), update(['a', null]), update(['a', null])],
    [update(['a', null]), update(['a', ONE]), update(['a', null])],
    [update(['a', null]), update(['a', null]), update(['a', null])],
    [update(['a', ONE]), update(), update(['a', null])],
    [update(), update(), update()],
  ];
  for (const [a, b, expected] of cases) test.equal(plain(mergeHints(a, b)), plain(expected));
});

Tinytest.add('hint - merging with no hint, an insert or another kind gives none', (test) => {
  const insert: Hint = { kind: 'insert', fields: new Map() };
  const remove: Hint = { kind: 'remove', fields: new Map() };
  test.isUndefined(mergeHints(undefined, update()));
  test.isUndefined(mergeHints(update(), undefined));
  test.isUndefined(mergeHints(insert, insert));
  test.isUndefined(mergeHints(insert, update()));
  test.isUndefined(mergeHints(update(), remove));
  test.isUndefined(mergeHints(remove, insert));
  test.equal(plain(mergeHints(remove, remove)), plain(remove));
});

Tinytest.add('hint - a merged hint of more than 32 fields is none', (test) => {
  const hintAbout = (fields: string[]) => update(...fields.map((name): [string, string] => [name, ONE]));
  const all = names(33);
  test.equal(mergeHints(hintAbout(all.slice(0, 16)), hintAbout(all.slice(16, 32)))?.fields.size, 32);
  test.isUndefined(mergeHints(hintAbout(all.slice(0, 16)), hintAbout(all.slice(16))));
  test.equal(mergeHints(hintAbout(all.slice(0, 32)), hintAbout(all.slice(0, 32)))?.fields.size, 32);
});

Tinytest.add('hint - a merged hint allows for what other nodes wrote between the two writes', (test) => {
  const query = {
    selector: { room: 7, state: 'open' },
    sort: undefined,
    hasLimit: false,
    collation: undefined,
  };
  const index = new QueryIndex<object>(hash);
  index.add(query, query);
  index.settle(query);
  const id = 'the-id';
  // Node A sets `room` to 5, node B sets it to 7, node A sets `state`: the document matches now.
  const first = hintOfSet({ room: 5 });
  const second = hintOfSet({ state: 'open' });
  test.isFalse(index.mayConcern(id, first), 'the first write alone');
  test.isTrue(index.mayConcern(id, second), 'the second write alone');
  test.isTrue(index.mayConcern(id, mergeHints(first, second)));
  test.isTrue(index.mayConcern(id, mergeHints(second, first)));
});

Tinytest.add('hint - a hint is decoded as it was encoded', (test) => {
  const hints: Hint[] = [
    update(['a', ONE], ['b', null]),
    update(),
    {
      kind: 'insert',
      fields: new Map([
        ['__proto__', ONE],
        ['', null],
      ]),
    },
    { kind: 'remove', fields: new Map() },
  ];
  for (const hint of hints) {
    test.equal(plain(decodeHint(JSON.parse(JSON.stringify(encodeHint(hint))))), plain(hint));
  }
  test.equal(encodeHint(undefined), 0);
  test.isUndefined(decodeHint(0));
});

Tinytest.add('hint - what is not understood is no hint', (test) => {
  const fieldsOf = (count: number) => Object.fromEntries(names(count).map((name) => [name, ONE]));
  test.equal(decodeHint(['update', fieldsOf(32)])?.fields.size, 32);
  const refused: unknown[] = [
    undefined,
    null,
    1,
    'update',
    {},
    [],
    ['update'],
    ['update', {}, {}],
    ['replace', {}],
    [1, {}],
    ['update', null],
    ['update', []],
    ['update', 'x'],
    ['update', { a: 1 }],
    ['update', { a: null }],
    ['update', { a: `${ONE}1` }],
    ['update', { a: ONE.slice(1) }],
    ['update', { a: ONE, b: { $gt: '' } }],
    ['update', fieldsOf(33)],
  ];
  for (const value of refused) test.isUndefined(decodeHint(value), JSON.stringify(value));
});
