/** The conditions of selectors that the index uses: which documents leave out a live query. */

import { Tinytest } from 'meteor/tinytest';
import { createHasher, hintOf } from '../../../src/matching/hint';
import { QueryIndex } from '../../../src/matching/query-index';
import { fieldsOfInsert, fieldsOfUpdate } from '../../../src/writes/written-fields';

type Fields = Record<string, unknown>;

const hash = createHasher('a key');

function indexOf(selector: Fields): QueryIndex<string> {
  const index = new QueryIndex<string>(hash);
  index.add('query', { selector, sort: undefined, hasLimit: false, collation: undefined });
  index.settle('query');
  return index;
}

function isConcerned(selector: Fields, document: Fields): boolean {
  return indexOf(selector).concerned('id', document).size > 0;
}

/** Selectors, each with a document that concerns it, and one that does not. */
const CASES: readonly [Fields, Fields, Fields][] = [
  [{ n: { $gte: 3, $lt: 5 } }, { n: 4 }, { n: 6 }],
  [{ n: { $gt: 3 } }, { n: [1, 9] }, { n: [1, 2] }],
  [{ n: { $gte: 3, $lte: 5 } }, { n: [1, 9] }, { n: [6, 9] }],
  [{ n: { $gt: 5, $lt: 3 } }, { n: [2, 6] }, { n: [4, 6] }],
  [{ n: { $gt: 3 } }, { n: 4 }, { n: 'text' }],
  [{ at: { $gt: new Date(10) } }, { at: new Date(11) }, { at: new Date(9) }],
  [{ name: { $gte: 'b', $lt: 'c' } }, { name: 'bob' }, { name: 'alice' }],
  [{ $or: [{ room: 7 }, { n: { $gt: 3 } }] }, { room: 1, n: 4 }, { room: 1, n: 2 }],
  [{ $and: [{ $or: [{ room: 7 }, { room: 8 }] }, { text: /x/ }] }, { room: 8 }, { room: 9 }],
  [{ 'meta.room': 7 }, { meta: { room: 7 } }, { meta: { room: 8 } }],
  [{ 'meta.room': 7 }, { meta: [{ room: 6 }, { room: 7 }] }, { meta: [{ room: 6 }, 7] }],
  [{ 'meta.0': 7 }, { meta: [7, 8] }, { meta: [8, 7] }],
  [{ 'meta.room': null }, { meta: { text: 'x' } }, { meta: { room: 8 } }],
  [{ 'meta.room': null }, {}, { meta: [1] }],
  [{ 'meta.n': { $gt: 3, $lt: 5 } }, { meta: [{ n: 9 }, { n: 1 }] }, { meta: [{ n: 9 }, { n: 6 }] }],
  [
    { items: { $elemMatch: { sku: 'x', n: { $gt: 1 } } } },
    { items: [{ sku: 'x' }] },
    { items: [{ sku: 'y' }] },
  ],
  [{ n: { $elemMatch: { $gt: 3, $lt: 5 } } }, { n: [4] }, { n: [6] }],
  [{ tags: { $all: ['x', 'y'] } }, { tags: ['y', 'x'] }, { tags: ['y'] }],
  [{ text: /^ab/ }, { text: 'abc' }, { text: 'bab' }],
  [{ text: { $regex: '^ab', $options: 'g' } }, { text: 'abc' }, { text: 'bab' }],
  [{ text: { $in: ['x', /^ab/] } }, { text: 'abc' }, { text: 'b' }],
  [{ room: { $exists: true } }, { room: null }, { n: 1 }],
  [{ room: { $ne: null } }, { room: 0 }, { n: 1 }],
  [{ room: { $exists: false } }, { n: 1 }, { room: 7 }],
  [
    { deleted: false, room: 7 },
    { deleted: true, room: 7 },
    { deleted: false, room: 8 },
  ],
];

Tinytest.add('query index - each form of a condition excludes documents that cannot match', (test) => {
  for (const [selector, concerning, other] of CASES) {
    const what = JSON.stringify(selector);
    test.isTrue(isConcerned(selector, concerning), what);
    test.isFalse(isConcerned(selector, other), what);
  }
});

Tinytest.add('query index - a selector without a condition is concerned by every document', (test) => {
  const selectors: Fields[] = [
    { n: { $nin: [1, 2] } },
    { n: { $not: { $gt: 3 } } },
    { $nor: [{ n: 4 }] },
    { $or: [{ room: 7 }, { text: /x/ }] },
    { text: /^x/i },
    { 'meta.room': { $ne: null } },
    { 'meta.room': { $exists: false } },
    { meta: { $elemMatch: { $elemMatch: { $eq: 3 } } } },
    { meta: { $elemMatch: { 0: 3 } } },
    { constructor: { $exists: true } },
  ];
  for (const selector of selectors) test.isTrue(isConcerned(selector, { n: 1 }), JSON.stringify(selector));
});

Tinytest.add(
  'query index - a value of an unknown class concerns every condition on and below its path',
  (test) => {
    const unknown = Object.create({ inherited: 1 });
    for (const selector of [
      { n: 1 },
      { n: { $gt: 3 } },
      { n: { $exists: true } },
      { 'n.x': 7 },
      { 'n.x.y': /^x/ },
    ]) {
      for (const n of [unknown, [unknown], Number.NaN, 1n]) test.isTrue(isConcerned(selector, { n }));
    }
  },
);

Tinytest.add('query index - a hash excludes by values, and a name by presence', (test) => {
  const hintOfInsert = (document: Fields) => {
    const fields = fieldsOfInsert(document);
    return fields && hintOf(fields, hash);
  };
  const cases: [Fields, Fields, boolean][] = [
    [{ $or: [{ room: 7 }, { block: 8 }] }, { room: 1, block: 8 }, true],
    [{ $or: [{ room: 7 }, { block: 8 }] }, { room: 1, block: 1 }, false],
    [{ n: { $gt: 3 } }, { n: 1 }, true],
    [{ n: { $gt: 3 } }, { room: 1 }, false],
    [{ room: { $exists: true } }, { n: 1 }, false],
    [{ room: { $exists: true } }, { room: null }, true],
    // A scalar has no fields.
    [{ 'meta.room': 7 }, { meta: 7 }, false],
    [{ 'meta.room': null }, { meta: 7 }, true],
    [{ 'meta.room': 7 }, { meta: {} }, true],
  ];
  for (const [selector, document, mayMatch] of cases)
    test.equal(
      indexOf(selector).mayMatch(hintOfInsert(document)),
      mayMatch,
      JSON.stringify([selector, document]),
    );
  const update = fieldsOfUpdate({ $set: { room: 1 } }, {});
  const hint = update && hintOf(update, hash);
  test.isFalse(indexOf({ $or: [{ room: 7 }, { room: 8 }] }).mayMatch(hint));
  test.isTrue(indexOf({ $or: [{ room: 7 }, { block: 8 }] }).mayMatch(hint), 'its block is unknown');
});
