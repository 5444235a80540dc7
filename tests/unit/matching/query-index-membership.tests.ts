/** The index while live queries with equal conditions come and go, and hold the same documents. */

import { Tinytest } from 'meteor/tinytest';
import { createHasher, hintOf } from '../../../src/matching/hint';
import { QueryIndex } from '../../../src/matching/query-index';
import { fieldsOfInsert, fieldsOfUpdate } from '../../../src/writes/written-fields';

const hash = createHasher('a key');

function newIndex(...selectors: readonly unknown[]): QueryIndex<number> {
  const index = new QueryIndex<number>(hash);
  for (const [n, selector] of selectors.entries()) add(index, n, selector);
  return index;
}

/** Adds a live query that is STEADY. */
function add(index: QueryIndex<number>, query: number, selector: unknown): void {
  index.add(query, { selector, sort: undefined, hasLimit: false, collation: undefined });
  index.settle(query);
}

function hintTo(modifier: object) {
  const fields = fieldsOfUpdate(modifier, {});
  return fields && hintOf(fields, hash);
}

function hintOfInsert(document: object) {
  const fields = fieldsOfInsert(document);
  return fields && hintOf(fields, hash);
}

const concerned = (index: QueryIndex<number>, document: object) =>
  [...index.concerned('id', document as Record<string, unknown>)].sort();

Tinytest.add(
  'query index - live queries with the same condition are all concerned, until each is removed',
  (test) => {
    const index = newIndex({ room: 7 }, { room: 7 }, { room: 8 });
    const hint = hintTo({ $set: { room: 7 } });
    test.equal(concerned(index, { room: 7 }), [0, 1]);
    index.remove(0);
    test.equal([concerned(index, { room: 7 }), index.mayMatch(hint)], [[1], true]);
    index.remove(0);
    test.equal([concerned(index, { room: 7 }), index.mayMatch(hint)], [[1], true], 'once');
    index.remove(1);
    test.equal([concerned(index, { room: 7 }), index.mayMatch(hint)], [[], false]);
    test.equal(concerned(index, { room: 8 }), [2]);
    add(index, 0, { room: 7 });
    test.equal([concerned(index, { room: 7 }), index.mayMatch(hint)], [[0], true]);
  },
);

Tinytest.add('query index - the last live query of a field takes everything about it along', (test) => {
  const index = newIndex({ room: 7 }, {});
  index.remove(0);
  index.remove(1);
  add(index, 2, { state: 'open' });
  const isConcerned = (modifier: object) => index.mayMatch(hintTo(modifier));
  test.equal([isConcerned({ $set: { room: 7 } }), isConcerned({ $inc: { room: 1 } })], [false, false]);
  test.isFalse(index.mayMatch(hintOfInsert({ room: 7 })));
  test.isFalse(index.mayMatch(hintOfInsert({ room: ['unknown'], state: 'shut' })));
  test.isTrue(isConcerned({ $set: { state: 'open' } }));
});

Tinytest.add('query index - a live query that is added twice is one', (test) => {
  const index = newIndex({ room: 7 });
  add(index, 0, { room: 8 });
  test.equal([concerned(index, { room: 7 }), concerned(index, { room: 8 }), index.size], [[0], [], 1]);
  index.remove(0);
  test.equal([concerned(index, { room: 7 }), index.size], [[], 0]);
});

Tinytest.add(
  'query index - a document that two live queries hold concerns both, until each releases it',
  (test) => {
    const index = newIndex({ room: 1 }, { room: 2 });
    index.hold(0, 'id');
    index.hold(1, 'id');
    test.equal(concerned(index, { room: 3 }), [0, 1]);
    index.release(0, 'id');
    index.release(0, 'id');
    test.equal(
      [concerned(index, { room: 3 }), index.holds(0, 'id'), index.holds(1, 'id')],
      [[1], false, true],
    );
    test.isTrue(index.mayConcern('id', hintTo({ $set: { other: 1 } })));
    index.release(1, 'id');
    index.release(1, 'never held');
    test.equal([concerned(index, { room: 3 }), index.holds(1, 'id')], [[], false]);
    test.isFalse(index.mayConcern('id', hintTo({ $set: { other: 1 } })));
  },
);

Tinytest.add('query index - a removed live query is not unsettled, nor given up', (test) => {
  const index = newIndex({ room: 1 }, { room: 2 });
  index.remove(0);
  index.unsettle(0);
  index.giveUp(0);
  test.equal(concerned(index, { room: 3 }), []);
  test.isFalse(index.mayMatch(hintTo({ $set: { room: 1 } })));
  index.giveUp(1);
  test.isTrue(index.mayMatch(hintTo({ $set: { other: 1 } })));
  index.remove(1);
  add(index, 2, { room: 2 });
  test.isFalse(index.mayMatch(hintTo({ $set: { other: 1 } })));
});

Tinytest.add('query index - the condition with the fewest values decides, wherever it stands', (test) => {
  const few = { owner: 'me' };
  const many = { state: { $in: ['a', 'b', 'c'] } };
  for (const selector of [
    { ...few, ...many },
    { ...many, ...few },
  ]) {
    const index = newIndex(selector);
    test.equal(concerned(index, { state: 'a', owner: 'you' }), []);
    test.equal(concerned(index, { state: 'none', owner: 'me' }), [0]);
  }
});

Tinytest.add(
  'query index - an insert without a field concerns those that ask for null, and for nothing',
  (test) => {
    test.isTrue(newIndex({ room: null }).mayMatch(hintOfInsert({ n: 1 })));
    test.isFalse(newIndex({ room: 7 }).mayMatch(hintOfInsert({ n: 1 })));
    test.isTrue(newIndex({ n: { $gt: 1 } }).mayMatch(hintOfInsert({ n: 1 })));
    test.isFalse(newIndex({ room: 7, n: 1 }).mayMatch(hintOfInsert({ room: 8, n: 1 })));
  },
);
