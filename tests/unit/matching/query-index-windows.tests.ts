/** Windows of live queries with a limit: which documents outside them concern these. */

import { Tinytest } from 'meteor/tinytest';
import { createHasher, hintOf } from '../../../src/matching/hint';
import type { QueryShape } from '../../../src/matching/query-entry';
import { QueryIndex } from '../../../src/matching/query-index';
import { fieldsOfInsert } from '../../../src/writes/written-fields';

type Fields = Record<string, unknown>;

const hash = createHasher('a key');

/** Returns the index of a live query that is STEADY, and whose driver holds no document behind the last one. */
function indexOf(query: Partial<QueryShape>, last: Fields | undefined): QueryIndex<string> {
  const index = new QueryIndex<string>(hash);
  index.add('query', { selector: {}, sort: { n: 1 }, hasLimit: true, collation: undefined, ...query });
  index.settle('query', last);
  return index;
}

const isConcerned = (index: QueryIndex<string>, document: Fields) => index.concerned('id', document).size > 0;

Tinytest.add('query index - a document that sorts after a full window concerns it no more', (test) => {
  const cases: [unknown, Fields, Fields][] = [
    [{ n: 1 }, { n: 4 }, { n: 6 }],
    [{ n: -1 }, { n: 6 }, { n: 4 }],
    [[['n', 'asc']], { n: 4 }, { n: 6 }],
    [[['n', 'desc'], 'm'], { n: 6 }, { n: 4 }],
  ];
  for (const [sort, inside, outside] of cases) {
    const index = indexOf({ sort }, { n: 5 });
    const what = JSON.stringify(sort);
    test.isTrue(isConcerned(index, inside), what);
    test.isTrue(isConcerned(index, { n: 5 }), `the same place: ${what}`);
    test.isFalse(isConcerned(index, outside), what);
  }
});

Tinytest.add('query index - a window is known until its live query is unsettled', (test) => {
  const index = indexOf({}, { n: 5 });
  const fields = fieldsOfInsert({ n: 6 });
  test.isTrue(index.mayMatch(fields && hintOf(fields, hash)), 'hashes have no order');
  index.unsettle('query');
  index.settle('query');
  test.isTrue(isConcerned(index, { n: 6 }));
  index.settle('query', { n: 7 });
  test.equal([isConcerned(index, { n: 6 }), isConcerned(index, { n: 8 })], [true, false]);
  index.settle('query', { n: 5 });
  test.isTrue(isConcerned(index, { n: 6 }), 'the wider one of two is right');
  index.remove('query');
  test.equal([isConcerned(index, { n: 1 }), index.size], [false, 0]);
});

Tinytest.add('query index - what has no certain place in the sort concerns a window', (test) => {
  for (const n of [undefined, null, 'text', [6, 7], true, new Date(0), Number.NaN, {}])
    test.isTrue(isConcerned(indexOf({}, { n: 5 }), { n }), String(n));
  test.isTrue(isConcerned(indexOf({}, { n: 5 }), { m: 6 }));
  test.isTrue(isConcerned(indexOf({ sort: { 'n.x': 1 } }, { n: { x: 5 } }), { n: [{ x: 9 }, { x: 1 }] }));
  for (const n of [undefined, null, [5], true])
    test.isTrue(isConcerned(indexOf({}, { n }), { n: 6 }), String(n));
});

Tinytest.add('query index - a sort that drivers read differently has no window', (test) => {
  for (const sort of [['n'], [['n', 1]], { n: 'asc' }, () => 0, undefined, { constructor: 1 }])
    test.isTrue(isConcerned(indexOf({ sort }, { n: 5 }), { n: 6 }), String(sort));
  test.isTrue(isConcerned(indexOf({ collation: { locale: 'en' } }, { n: 5 }), { n: 6 }));
});

Tinytest.add('query index - a window and a range of its selector on one field are one', (test) => {
  const query = { selector: { n: { $lt: 9 } }, sort: { n: -1 } };
  const index = indexOf(query, { n: 5 });
  test.equal(
    [4, 5, 9, 10].map((n) => isConcerned(index, { n })),
    [false, true, true, false],
  );
  test.isTrue(
    isConcerned(indexOf({ selector: { room: 7 } }, { n: 5 }), { n: 6, room: 7 }),
    'a room excludes more',
  );
  test.isFalse(isConcerned(indexOf({ selector: { room: 7 } }, { n: 5 }), { n: 4, room: 8 }));
});
