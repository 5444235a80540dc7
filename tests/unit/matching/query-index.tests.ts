/** Which live queries the index leaves out: single cases. The properties are in `query-index-properties.tests.ts`. */

import { Tinytest } from 'meteor/tinytest';
import { createHasher, hintOf } from '../../../src/matching/hint';
import type { QueryShape } from '../../../src/matching/query-entry';
import { QueryIndex } from '../../../src/matching/query-index';
import { fieldsOfInsert, fieldsOfUpdate, REMOVED } from '../../../src/writes/written-fields';

const hash = createHasher('a key');
const ID = 'the-id';

function indexOf(...queries: readonly Partial<QueryShape>[]): QueryIndex<number> {
  const index = new QueryIndex<number>(hash);
  for (const [n, query] of queries.entries()) {
    index.add(n, { selector: {}, sort: undefined, hasLimit: false, collation: undefined, ...query });
    index.settle(n);
  }
  return index;
}

function hintOfUpdate(modifier: object) {
  const fields = fieldsOfUpdate(modifier, {});
  return fields && hintOf(fields, hash);
}

function hintOfInsert(document: object) {
  const fields = fieldsOfInsert(document);
  return fields && hintOf(fields, hash);
}

Tinytest.add('query index - of a thousand live queries with a room each, a document concerns one', (test) => {
  const rooms = Array.from({ length: 1000 }, (_, room) => ({ selector: { room } }));
  const index = indexOf(...rooms);
  test.equal([...index.concerned(ID, { _id: ID, room: 7 })], [7]);
  test.isTrue(index.mayConcern(ID, hintOfUpdate({ $set: { room: 999 } })));
  test.isFalse(index.mayConcern(ID, hintOfUpdate({ $set: { room: 1000 } })));
  test.isFalse(index.mayConcern(ID, hintOfUpdate({ $set: { text: 'x' } })));
  test.isTrue(index.mayConcern(ID, hintOfUpdate({ $inc: { room: 1 } })));
  index.unsettle(3);
  test.equal([...index.concerned(ID, { _id: ID, room: 7 })].sort(), [3, 7]);
  for (const n of rooms.keys()) index.remove(n);
  test.equal(index.size, 0);
  test.isFalse(index.mayConcern(ID, undefined));
});

Tinytest.add('query index - a removed document concerns only the live queries that hold it', (test) => {
  for (const selector of [{}, { room: 7 }, { room: { $gt: 1 } }, { $or: [{ room: 7 }, { n: 1 }] }]) {
    const index = indexOf({ selector });
    const hint = hintOf(REMOVED, hash);
    test.equal([index.mayConcern(ID, hint), index.concerned(ID, undefined).size], [false, 0]);
    index.hold(0, ID);
    test.equal([index.mayConcern(ID, hint), index.concerned(ID, undefined).size], [true, 1]);
    index.release(0, ID);
    test.equal([index.mayConcern(ID, hint), index.concerned(ID, undefined).size], [false, 0]);
  }
});

Tinytest.add("query index - Meteor's matcher takes an object without fields for equal to a date", (test) => {
  const index = indexOf({ selector: { at: new Date(0) } });
  test.equal(index.concerned(ID, { at: {} }).size, 1);
  test.equal(index.concerned(ID, { at: ['x', {}] }).size, 1);
  test.equal(index.concerned(ID, { at: { x: 1 } }).size, 0);
  test.equal(index.concerned(ID, { at: [] }).size, 0);
});

Tinytest.add('query index - a selector that is no plain object may ask for any field', (test) => {
  // The driver sends the entries of a Map, and what toBSON returns.
  for (const selector of [new Map([['a', 1]]), { toBSON: () => ({ a: 1 }) }, new (class Selector {})()]) {
    for (const each of [selector, { $and: [selector] }]) {
      test.isTrue(indexOf({ selector: each }).mayConcern(ID, hintOfUpdate({ $set: { a: 1 } })));
    }
  }
});

const COLLATION = { locale: 'en', strength: 2 };

Tinytest.add('query index - with a collation a string equals other strings too', (test) => {
  for (const selector of [
    { name: 'abc' },
    { name: { $in: ['abc', 7] } },
    { $and: [{ name: { $eq: 'abc' } }] },
  ]) {
    const plain = indexOf({ selector });
    const collated = indexOf({ selector, collation: COLLATION });
    const what = JSON.stringify(selector);
    test.equal(plain.concerned(ID, { name: 'ABC' }).size, 0, what);
    test.equal(collated.concerned(ID, { name: 'ABC' }).size, 1, what);
    for (const hint of [hintOfInsert({ name: 'ABC' }), hintOfUpdate({ $set: { name: 'ABC' } })]) {
      test.isFalse(plain.mayConcern(ID, hint), what);
      test.isTrue(collated.mayConcern(ID, hint), what);
    }
    test.isFalse(collated.mayConcern(ID, hintOfUpdate({ $set: { other: 'x' } })), what);
  }
});

Tinytest.add('query index - a collation compares other scalars as without it', (test) => {
  const index = indexOf({ selector: { name: 'abc', n: 1 }, collation: COLLATION });
  test.equal(index.concerned(ID, { name: 'ABC', n: 1 }).size, 1);
  test.equal(index.concerned(ID, { name: 'abc', n: 2 }).size, 0);
  test.isFalse(index.mayConcern(ID, hintOfInsert({ name: 'ABC', n: 2 })));
});

Tinytest.add('query index - a collation by which a window is sorted makes its fields decide', (test) => {
  const query = { selector: { n: 1 }, sort: { name: 1 }, hasLimit: true, collation: COLLATION };
  const index = indexOf(query);
  test.isTrue(index.mayConcern(ID, hintOfUpdate({ $set: { name: 'B' } })));
  test.isFalse(index.mayConcern(ID, hintOfUpdate({ $set: { text: 'B' } })));
});
