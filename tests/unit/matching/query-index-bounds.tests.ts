/** Bounds of the index: it forgets removed paths, and hashes few keys at once. */

import { Tinytest } from 'meteor/tinytest';
import { createHasher, type Hasher, hintOf } from '../../../src/matching/hint';
import { PathTree } from '../../../src/matching/path-tree';
import { QueryIndex } from '../../../src/matching/query-index';
import { conditionsOf } from '../../../src/matching/selector-conditions';
import { fieldsOfInsert } from '../../../src/writes/written-fields';

const createHash = createHasher('a key');

/** A hasher that counts. */
function counted(): { readonly hash: Hasher; count: number } {
  const counter = {
    count: 0,
    hash: (field: string, key: string) => {
      counter.count += 1;
      return createHash(field, key);
    },
  };
  return counter;
}

function hintOfInsert(document: object) {
  const fields = fieldsOfInsert(document);
  return fields && hintOf(fields, createHash);
}

function add(index: QueryIndex<number>, query: number, selector: object): void {
  index.add(query, { selector, sort: undefined, hasLimit: false, collation: undefined });
  index.settle(query);
}

Tinytest.add('query index - nothing is kept of the paths of removed live queries', (test) => {
  const tree = new PathTree<string>(createHash);
  const selectors = [
    { seen_by_me: true },
    { 'seen.me': null },
    { n: { $gt: 3 } },
    { text: { $in: ['x', /^y/] } },
    { room: { $exists: true } },
    { $or: [{ 'a.b.c': 1 }, { 'a.b': 2 }] },
  ];
  const conditions = selectors.flatMap((selector) => conditionsOf(selector).cover ?? []);
  for (const condition of conditions) tree.add('query', condition);
  test.equal([...tree.segments], ['seen_by_me', 'seen', 'n', 'text', 'room', 'a']);
  for (const condition of conditions) tree.remove('query', condition);
  for (const condition of conditions) tree.remove('query', condition);
  test.equal([[...tree.segments], tree.isEmpty], [[], true]);
  test.isFalse(tree.mayMatchInsert(new Map()), 'nor that one asked for null');
});

Tinytest.add('query index - a key is hashed once, when a hint asks for its field', (test) => {
  const counter = counted();
  const index = new QueryIndex<number>(counter.hash);
  for (let n = 0; n < 100; n += 1) add(index, n, { $or: [{ room: n }, { block: { $in: [n, 'x'] } }] });
  test.equal(counter.count, 0);
  test.isFalse(index.mayMatch(hintOfInsert({ room: 100 })));
  test.equal(counter.count, 100, 'those of the room');
  add(index, 100, { room: 100 });
  test.isTrue(index.mayMatch(hintOfInsert({ room: 100 })));
  test.equal(counter.count, 101);
  for (let n = 0; n < 100; n += 1) index.remove(n);
  test.isFalse(index.mayMatch(hintOfInsert({ room: 99 })));
  test.equal(counter.count, 101);
});

Tinytest.add('query index - a hint hashes a thousand keys at most, and means any of the others', (test) => {
  const counter = counted();
  const index = new QueryIndex<number>(counter.hash);
  add(index, 0, { author: { $in: Array.from({ length: 2500 }, (_, n) => n) } });
  const hint = hintOfInsert({ author: 'nobody' });
  const counts = [1, 2, 3, 4].map(() => [index.mayMatch(hint), counter.count]);
  test.equal(counts, [
    [true, 1000],
    [true, 2000],
    [false, 2500],
    [false, 2500],
  ]);
});

Tinytest.add('query index - values of more than 256 characters have no hash', (test) => {
  const [short, long] = ['x'.repeat(255), 'x'.repeat(256)];
  test.equal([typeof hintOfInsert({ text: short })?.fields.get('text')], ['string']);
  test.equal(hintOfInsert({ text: long })?.fields.get('text'), null);
  const counter = counted();
  const index = new QueryIndex<number>(counter.hash);
  add(index, 0, { text: long });
  test.isTrue(index.mayMatch(hintOfInsert({ text: long })));
  test.isFalse(index.mayMatch(hintOfInsert({ text: short })));
  test.equal(counter.count, 0);
  test.equal(index.concerned('id', { text: long }).size, 1);
});
