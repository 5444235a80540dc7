/** The scope of a write whose documents are not named, and the live queries that such a write can concern. */

import { Tinytest } from 'meteor/tinytest';
import { createHasher, type WrittenFields } from '../../../src/matching/hint';
import { entryOf } from '../../../src/matching/query-entry';
import {
  decodeScopes,
  encodeScopes,
  mayBeSelected,
  mayEnter,
  type Scope,
  scopeOf,
  selectedBy,
} from '../../../src/matching/scope';
import { fieldsOfUpdate, REMOVED, withSelected } from '../../../src/writes/written-fields';

const hash = createHasher('tests');

function scopeOfUpdate(selector: object, modifier: object): Scope {
  const scope = scopeOf(withSelected(fieldsOfUpdate(modifier, {}), selector, {}) as WrittenFields, hash);
  if (!scope) throw new Error('there is no scope');
  return scope;
}

const entry = (selector: object, limited: { sort?: object; hasLimit?: boolean } = {}) =>
  entryOf({ selector, sort: limited.sort, hasLimit: limited.hasLimit ?? false, collation: undefined });

Tinytest.add('scope - a selector says what it asks for by equality, and else nothing', (test) => {
  test.equal(selectedBy({ room: 1, n: { $gt: 2 } }), [{ path: 'room', scalars: ['n1'] }]);
  test.equal(selectedBy({ 'a.b': { $in: ['x', 'y'] } }), [{ path: 'a.b', scalars: ['sx', 'sy'] }]);
  test.equal(selectedBy({ $or: [{ room: 1 }, { block: 2 }] }), [
    { path: 'room', scalars: ['n1'] },
    { path: 'block', scalars: ['n2'] },
  ]);
  const others = [
    {},
    { n: { $gt: 2 } },
    { $or: [{ room: 1 }, { n: { $gt: 2 } }] },
    // A database may take more for missing than the matcher does.
    { room: null },
    { room: undefined },
    { room: { $in: Array.from({ length: 40 }, (_, n) => n) } },
    { $where: 'true' },
    { text: 'x'.repeat(1000) },
  ];
  for (const selector of others) test.isUndefined(selectedBy(selector), JSON.stringify(selector));
});

Tinytest.add('scope - by a collation, a selector says nothing', (test) => {
  const fields = withSelected(REMOVED, { name: 'a' }, { collation: { locale: 'en', strength: 2 } });
  test.equal(fields, REMOVED);
});

Tinytest.add('scope - an insert has none', (test) => {
  test.isUndefined(scopeOf({ kind: 'insert', fields: new Map() }, hash));
});

Tinytest.add(
  'scope - a document enters only by a changed field that decides, with a value that fits',
  (test) => {
    const { hint } = scopeOfUpdate({ state: 'ready' }, { $set: { state: 'running', worker: 'w' } });
    const enters = (selector: object) => mayEnter(entry(selector), hint, hash);
    test.isTrue(enters({ state: 'running' }));
    test.isFalse(enters({ state: 'done' }));
    test.isFalse(enters({ queue: 'a' }), 'no changed field decides');
    test.isTrue(enters({ queue: 'a', state: 'running' }));
    test.isFalse(enters({ queue: 'a', state: 'done' }), 'one part of the selector is enough');
    test.isFalse(enters({ $and: [{ queue: 'a' }, { $and: [{ state: { $in: ['done', 'failed'] } }] }] }));
    test.isTrue(enters({ $or: [{ queue: 'a' }, { state: 'done' }] }), 'the other branch may be fulfilled');
    test.isTrue(
      enters({ queue: 'a', state: { $ne: 'done' } }),
      'the condition says nothing of the changed field',
    );
    test.isTrue(enters({ $where: 'true' }), 'any field may decide');
    test.isTrue(enters({ state: { $gt: 'a' } }), 'a hash has no order');
  },
);

Tinytest.add('scope - by a sort with a limit a document may enter, too', (test) => {
  const { hint } = scopeOfUpdate({ state: 'ready' }, { $inc: { rank: 1 } });
  test.isTrue(mayEnter(entry({ room: 1 }, { sort: { rank: 1 }, hasLimit: true }), hint, hash));
  test.isFalse(mayEnter(entry({ room: 1 }, { sort: { rank: 1 } }), hint, hash));
});

Tinytest.add(
  'scope - an array may equal two values: the selector says nothing of what a document lacks',
  (test) => {
    const { hint } = scopeOfUpdate({ room: 1 }, { $set: { seen: true } });
    // A document with the rooms 1 and 2 comes to match.
    test.isTrue(mayEnter(entry({ room: 2, seen: true }), hint, hash));
  },
);

Tinytest.add('scope - a remove lets no document enter', (test) => {
  test.isFalse(mayEnter(entry({}), { kind: 'remove', fields: new Map() }, hash));
});

Tinytest.add('scope - a held document is selected by one of its values, whatever their form', (test) => {
  const { selected } = scopeOfUpdate({ 'a.b': 1 }, { $set: { n: 1 } });
  const isSelected = (document: object) => mayBeSelected(document, selected, hash);
  test.isTrue(isSelected({ a: { b: 1 } }));
  test.isTrue(isSelected({ a: { b: [2, 1] } }));
  test.isTrue(isSelected({ a: [{ b: 2 }, { b: 1 }] }));
  test.isTrue(isSelected({ a: { b: new (class Decimal {})() } }), 'a value of an unknown class');
  test.isFalse(isSelected({ a: { b: 2 } }));
  test.isFalse(isSelected({ a: { b: '1' } }));
  test.isFalse(isSelected({}));
  test.isTrue(mayBeSelected({}, undefined, hash), 'nothing is known of the selector');
});

Tinytest.add('scope - a message has the same scopes, and no value', (test) => {
  const scopes = [
    scopeOfUpdate({ secret: 'value' }, { $set: { secret: 'other' } }),
    scopeOfUpdate({}, { $inc: { n: 1 } }),
  ];
  const text = JSON.stringify(encodeScopes(scopes));
  test.equal(decodeScopes(JSON.parse(text)), scopes);
  test.notMatches(text, /value|other/);
});

Tinytest.add('scope - of an invalid value in a message nothing is known', (test) => {
  const [update] = [['update', { n: 0 }]];
  const hashes = Array.from({ length: 33 }, () => '--------');
  const invalid = [
    undefined,
    {},
    [],
    [1],
    [[update]],
    [[['insert', {}], 0]],
    [[0, 0]],
    [[update, 1]],
    [[update, [['room']]]],
    [[update, [['room', ['short']]]]],
    [[update, [['room', hashes]]]],
    [[update, [['x'.repeat(65), []]]]],
    [
      [update, 0],
      [update, 0],
      [update, 0],
      [update, 0],
      [update, 0],
    ],
  ];
  for (const value of invalid) test.isUndefined(decodeScopes(value), JSON.stringify(value));
  test.equal(decodeScopes([[update, 0]])?.length, 1);
});
