/** Which updates concern a live query, by its selector and its sort. */

import { Tinytest } from 'meteor/tinytest';
import { createHasher, hintOf } from '../../../src/matching/hint';
import type { QueryShape } from '../../../src/matching/query-entry';
import { QueryIndex } from '../../../src/matching/query-index';
import { fieldsOfUpdate } from '../../../src/writes/written-fields';

const hash = createHasher('a key');

/** Returns whether an update concerns a live query that does not hold the document. */
function concerns(query: Partial<QueryShape>, modifier: object): boolean {
  const index = new QueryIndex<string>(hash);
  index.add('query', { selector: {}, sort: undefined, hasLimit: false, collation: undefined, ...query });
  index.settle('query');
  const fields = fieldsOfUpdate(modifier, {});
  return index.mayMatch(fields && hintOf(fields, hash));
}

const OTHER = { $set: { other: 1 } };

Tinytest.add('query index - a selector that is not taken apart depends on every field', (test) => {
  const selectors = [
    { $where: 'this.a === this.b' },
    { $expr: { $eq: ['$a', '$b'] } },
    { $text: { $search: 'x' } },
    { n: 1, $comment: 'x' },
    { $and: { n: 1 } },
    { $or: [{ n: 1 }, { $where: 'true' }] },
    { $nor: [{ $and: [{ $expr: true }] }] },
    'an id',
    undefined,
  ];
  for (const selector of selectors) test.isTrue(concerns({ selector }, OTHER), JSON.stringify(selector));
  for (const selector of [{}, { n: 1 }, { $or: [{ n: 1 }, { m: 2 }] }, { $and: [] }])
    test.isFalse(concerns({ selector }, OTHER), JSON.stringify(selector));
});

Tinytest.add('query index - a selector with an unknown part still excludes by its conditions', (test) => {
  const selector = { $and: [{ room: 7 }, { text: /x/ }] };
  test.isFalse(concerns({ selector }, { $set: { room: 8, text: 'x' } }));
  test.isTrue(concerns({ selector }, { $set: { text: 'x' } }));
});

Tinytest.add('query index - a branch of $or is no condition, and its fields decide', (test) => {
  const selector = { $or: [{ room: 7 }, { state: 'open' }] };
  test.isTrue(concerns({ selector }, { $set: { room: 8 } }));
  test.isTrue(concerns({ selector }, { $set: { state: 'shut' } }));
});

Tinytest.add('query index - operators beside fields of an object are operators', (test) => {
  // MongoDB refuses it; the index must not take it for equality with an object.
  const selector = { n: { $gt: 1, plain: 2 } };
  test.isTrue(concerns({ selector }, { $set: { n: 3 } }));
  test.isFalse(concerns({ selector: { n: { $eq: 3, $exists: true } } }, { $set: { n: 4 } }));
});

Tinytest.add('query index - undefined in a selector may mean anything', (test) => {
  for (const selector of [{ n: undefined }, { n: { $in: [1, undefined] } }, { n: { $eq: undefined } }])
    test.isTrue(concerns({ selector }, { $set: { n: 2 } }), JSON.stringify(selector));
});

Tinytest.add('query index - with a limit the fields of the sort decide, in each form of a sort', (test) => {
  for (const sort of [
    { rank: 1 },
    { 'rank.value': -1 },
    [['rank', 'asc']],
    ['rank'],
    [['rank.value', 'desc'], 'n'],
  ]) {
    const window = { selector: { room: 7 }, sort, hasLimit: true };
    test.isTrue(concerns(window, { $set: { rank: 2 } }), JSON.stringify(sort));
    test.isFalse(concerns(window, OTHER), JSON.stringify(sort));
    test.isFalse(concerns({ ...window, hasLimit: false }, { $set: { rank: 2 } }), 'there is no window');
    test.isFalse(concerns(window, { $set: { rank: 2, room: 8 } }), 'it is in another room');
  }
});

Tinytest.add('query index - with a limit and a sort that is not taken apart, every field decides', (test) => {
  for (const sort of [undefined, null, () => 0, 'rank', [1], [['rank'], 7], [['rank'], [{}]]]) {
    test.isTrue(concerns({ selector: { room: 7 }, sort, hasLimit: true }, OTHER), String(sort));
  }
  test.isTrue(concerns({ selector: { $where: 'x' }, sort: { rank: 1 }, hasLimit: true }, OTHER));
});
