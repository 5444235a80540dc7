/** Skipped documents: those that are remembered, and those that are known to be forgotten. */

import { Tinytest } from 'meteor/tinytest';
import type { Hint } from '../../../src/matching/hint';
import { SkippedChanges } from '../../../src/matching/skipped-changes';

const MAX_SKIPPED = 4096;

const update = (...fields: string[]): Hint => ({
  kind: 'update',
  fields: new Map(fields.map((field) => [field, null])),
});

/** Skips so many documents, `0` and so on. */
function skipped(count: number, at = 0): SkippedChanges {
  const changes = new SkippedChanges();
  for (let n = 0; n < count; n += 1) changes.add(`${n}`, update('n'), at);
  return changes;
}

Tinytest.add(
  'skipped changes - those since a position are returned, each once and not those that were read',
  (test) => {
    const changes = skipped(3);
    const { position } = changes;
    for (const id of ['a', 'b', 'a', '0', 'read']) changes.add(id, update('n'), 0);
    changes.remove('read');
    test.equal(changes.since(position)?.toSorted(), ['0', 'a', 'b']);
    test.equal(changes.since(0)?.toSorted(), ['0', '1', '2', 'a', 'b']);
    test.equal(changes.since(changes.position), []);
  },
);

Tinytest.add('skipped changes - a document has the fields of all its updates', (test) => {
  const changes = new SkippedChanges();
  changes.add('a', update('n'), 0);
  changes.add('a', update('m'), 0);
  changes.add('b', update('k'), 0);
  changes.add('new', { kind: 'insert', fields: new Map([['n', null]]) }, 0);
  test.equal(changes.changedIn(['n', 'never'], -1), ['a']);
  test.equal(changes.changedIn(['m'], -1), ['a']);
  test.equal(changes.changedIn(['never'], -1), []);
  test.equal(changes.changedIn(undefined, -1), ['a', 'b'], 'an insert has changed nothing');
});

Tinytest.add('skipped changes - a document with more than 32 changed fields may have changed any', (test) => {
  const changes = new SkippedChanges();
  const fields = Array.from({ length: 32 }, (_, n) => `f${n}`);
  changes.add('a', update(...fields), 0);
  test.equal(changes.changedIn(['other'], -1), []);
  changes.add('a', update('f32'), 0);
  test.equal([changes.changedIn(['other'], -1), changes.changedIn(undefined, -1)], [['a'], ['a']]);
  changes.add('a', update('n'), 0);
  test.equal(changes.changedIn(['other'], -1), ['a'], 'and does not become narrower');
});

Tinytest.add('skipped changes - as many as fit are remembered, and with one more it is known', (test) => {
  const changes = skipped(MAX_SKIPPED, 5);
  test.equal(changes.since(0)?.length, MAX_SKIPPED);
  test.equal(changes.changedIn(undefined, 4)?.length, MAX_SKIPPED);
  changes.add('one more', update('n'), 6);
  test.equal([changes.since(0), changes.since(1)?.length], [undefined, MAX_SKIPPED]);
  test.equal(
    [changes.changedIn(undefined, 4), changes.changedIn(undefined, 5)?.length],
    [undefined, MAX_SKIPPED],
  );
});

Tinytest.add(
  'skipped changes - one that is skipped again and again does not crowd out others for long',
  (test) => {
    const changes = new SkippedChanges();
    changes.add('first', update('n'), 1);
    for (let n = 0; n < 4 * MAX_SKIPPED - 1; n += 1) changes.add('hot', update('n'), 2);
    test.equal(changes.since(0)?.toSorted(), ['first', 'hot']);
    changes.add('hot', update('n'), 2);
    test.isUndefined(changes.since(0), 'the log is full');
    test.equal([changes.changedIn(undefined, 0), changes.changedIn(undefined, 1)], [undefined, ['hot']]);
    for (let n = 0; n < 10 * MAX_SKIPPED; n += 1) changes.add('hot', update('n'), 3);
    test.equal(changes.since(1), ['hot']);
    changes.add('last', update('n'), 4);
    test.equal(changes.since(changes.position - 2)?.toSorted(), ['hot', 'last']);
  },
);

Tinytest.add('skipped changes - what is old is forgotten, but not what a live query needs', (test) => {
  const changes = skipped(10, 0);
  const { position } = changes;
  changes.add('needed', update('n'), 0);
  changes.add('young', update('n'), 100);
  changes.forget(50, position);
  test.equal([changes.since(position)?.length, changes.since(position - 1)], [2, undefined]);
  changes.forget(0, changes.position);
  test.equal(changes.changedIn(undefined, -1), ['needed', 'young'], 'of that very time');
  changes.forget(50, changes.position);
  test.equal(changes.changedIn(undefined, -1), ['young']);
  changes.forget(1000, changes.position);
  test.equal([changes.changedIn(undefined, -1), changes.since(changes.position)], [[], []]);
  changes.forget(1000, changes.position);
});

Tinytest.add('skipped changes - however many were forgotten, those since then are known', (test) => {
  const changes = new SkippedChanges();
  for (let round = 0; round < 5; round += 1) {
    for (let n = 0; n < 3000; n += 1) changes.add(`${round} ${n}`, update('n'), round);
    const { position } = changes;
    changes.forget(round + 1, position);
    changes.add(`kept ${round}`, update('n'), round + 1);
    test.equal(changes.since(position), [`kept ${round}`]);
    test.isUndefined(changes.since(position - 1));
  }
});
