/** Changes that wait: nothing is lost, nothing is narrowed, and the size is bounded. */

import { Tinytest } from 'meteor/tinytest';
import { type Change, MAX_IDS } from '../../../src/changes/change';
import { PendingChanges } from '../../../src/changes/pending-changes';
import type { Hint } from '../../../src/matching/hint';
import { plain } from '../../support/plain';

const update = (...fields: [string, string | null][]): Hint => ({ kind: 'update', fields: new Map(fields) });

/** An id of one character takes 66 bytes. */
const BYTES_PER_ID = 66;

Tinytest.add('pending changes - ids of a collection add up and are taken once', (test) => {
  const pending = new PendingChanges();
  const key = pending.add({ collection: 'a', ids: ['1', '2'] });
  test.equal(pending.add({ collection: 'a', ids: ['2', '3'] }), key);
  test.equal(pending.keys, [key]);
  test.isFalse(pending.isEmpty);
  test.equal(plain(pending.take(key)), { collection: 'a', ids: ['1', '2', '3'] });
  test.isTrue(pending.isEmpty);
  test.isUndefined(pending.take(key));
  test.equal(pending.keys, []);
});

Tinytest.add('pending changes - collections of equal names in two databases stay apart', (test) => {
  const pending = new PendingChanges();
  const changes = [
    { collection: 'a', ids: ['1'] },
    { database: 'd', collection: 'a', ids: ['2'] },
    { database: 'e', collection: 'a', ids: ['3'] },
    { database: 'd', collection: 'b', ids: ['4'] },
  ];
  const keys = changes.map((change) => pending.add(change));
  test.equal(new Set(keys).size, 4);
  for (const [n, key] of keys.entries()) test.equal(plain(pending.take(key)), changes[n]);
});

Tinytest.add('pending changes - takeAll takes every collection in the order of its first change', (test) => {
  const pending = new PendingChanges();
  pending.add({ collection: 'a', ids: ['1'] });
  pending.add({ collection: 'b', ids: 'all' });
  pending.add({ collection: 'a', ids: ['2'] });
  test.equal(plain(pending.takeAll()), [
    { collection: 'a', ids: ['1', '2'] },
    { collection: 'b', ids: 'all' },
  ]);
  test.isTrue(pending.isEmpty);
  test.equal(pending.takeAll(), []);
});

Tinytest.add('pending changes - the whole collection absorbs ids before and after it', (test) => {
  const pending = new PendingChanges();
  const key = pending.add({ collection: 'a', ids: ['1'] });
  pending.add({ collection: 'a', ids: 'all' });
  pending.add({ collection: 'a', ids: ['2'] });
  test.equal(plain(pending.take(key)), { collection: 'a', ids: 'all' });
});

Tinytest.add('pending changes - a change of no document is nothing', (test) => {
  const pending = new PendingChanges();
  const key = pending.add({ collection: 'a', ids: [] });
  test.isTrue(pending.isEmpty);
  test.isUndefined(pending.take(key));
});

Tinytest.add('pending changes - more ids than the limit become the whole collection', (test) => {
  const ids = Array.from({ length: MAX_IDS }, (_, n) => `${n}`);
  const pending = new PendingChanges();
  const key = pending.add({ collection: 'a', ids });
  pending.add({ collection: 'a', ids });
  test.equal(pending.take(key)?.ids, ids);
  pending.add({ collection: 'a', ids });
  pending.add({ collection: 'a', ids: ['one more'] });
  pending.add({ collection: 'b', ids: ['1'] });
  test.equal(pending.take(key)?.ids, 'all');
  test.equal(plain(pending.takeAll()), [{ collection: 'b', ids: ['1'] }], 'another collection keeps its ids');
});

Tinytest.add('pending changes - when all ids together are too large, every collection is whole', (test) => {
  const pending = new PendingChanges(100, 3 * BYTES_PER_ID);
  pending.add({ collection: 'a', ids: ['1', '2'] });
  pending.add({ collection: 'b', ids: ['1'] });
  test.equal(pending.take(pending.keys[0] ?? '')?.ids, ['1', '2'], 'within the bound');
  pending.add({ collection: 'a', ids: ['1', '2'] });
  pending.add({ collection: 'c', ids: ['1'] });
  test.equal(plain(pending.takeAll()), [
    { collection: 'b', ids: 'all' },
    { collection: 'a', ids: 'all' },
    { collection: 'c', ids: 'all' },
  ]);
});

Tinytest.add('pending changes - what was taken, widened or cleared takes no room', (test) => {
  const pending = new PendingChanges(2, 2 * BYTES_PER_ID);
  const hints = new Map([['1', update(['x', null])]]);
  for (let round = 0; round < 50; round += 1) {
    const key = pending.add({ collection: 'a', ids: ['1', '2'] });
    test.equal(pending.take(key)?.ids, ['1', '2'], `taken in round ${round}`);
    pending.add({ collection: 'a', ids: ['1', '2', '3'] });
    test.equal(pending.take(key)?.ids, 'all', `widened in round ${round}`);
    pending.add({ collection: 'a', ids: ['1'], hints });
    pending.clear();
    test.isTrue(pending.isEmpty);
  }
});

Tinytest.add('pending changes - hints take room too', (test) => {
  const hints = new Map([['1', update(['x', null], ['y', null])]]);
  const pending = new PendingChanges(100, 2 * BYTES_PER_ID);
  const key = pending.add({ collection: 'a', ids: ['1'] });
  test.equal(pending.take(key)?.ids, ['1']);
  pending.add({ collection: 'a', ids: ['1'], hints });
  test.equal(pending.take(key)?.ids, 'all');
});

Tinytest.add('pending changes - the hint of an id that is added once stays', (test) => {
  const pending = new PendingChanges();
  const hint = update(['room', '12345678']);
  pending.add({ collection: 'a', ids: ['1', '2'], hints: new Map([['1', hint]]) });
  const change = { collection: 'a', ids: ['1', '2'], hints: new Map([['1', hint]]) };
  test.equal(plain(pending.takeAll()), [plain(change)]);
});

Tinytest.add('pending changes - the hints of an id that is added twice are merged', (test) => {
  const pending = new PendingChanges();
  const add = (hint: Hint) => pending.add({ collection: 'a', ids: ['1'], hints: new Map([['1', hint]]) });
  add(update(['room', '12345678'], ['same', 'aaaaaaaa']));
  add(update(['state', 'bbbbbbbb'], ['same', 'aaaaaaaa']));
  const [change] = pending.takeAll();
  test.equal(plain(change?.hints), [
    [
      '1',
      {
        kind: 'update',
        fields: [
          ['room', null],
          ['same', 'aaaaaaaa'],
          ['state', null],
        ],
      },
    ],
  ]);
});

Tinytest.add('pending changes - an id that is added with and without a hint has none', (test) => {
  const hints = new Map([['1', update(['room', '12345678'])]]);
  for (const [first, second] of [
    [hints, undefined],
    [undefined, hints],
  ]) {
    const pending = new PendingChanges();
    pending.add({ collection: 'a', ids: ['1'], hints: first });
    pending.add({ collection: 'a', ids: ['1'], hints: second });
    pending.add({ collection: 'a', ids: ['1'], hints });
    test.equal(plain(pending.takeAll()), [{ collection: 'a', ids: ['1'] }]);
  }
});

Tinytest.add('pending changes - what is taken and added again is not narrowed', (test) => {
  const pending = new PendingChanges();
  const hints = new Map([['1', update(['room', '12345678'])]]);
  const key = pending.add({ collection: 'a', ids: ['1'], hints });
  const taken = pending.take(key);
  pending.add({ collection: 'a', ids: ['1', '2'] });
  if (taken) pending.add(taken);
  test.equal(plain(pending.take(key)), { collection: 'a', ids: ['1', '2'] });
});

Tinytest.add(
  'pending changes - what is pending has its ids, and every id where it is a whole collection',
  (test) => {
    const pending = new PendingChanges();
    const key = pending.add({ collection: 'a', ids: ['1'] });
    test.equal([pending.has(key, '1'), pending.has(key, '2')], [true, false]);
    pending.add({ collection: 'a', ids: 'all' });
    test.isTrue(pending.has(key, '2'));
    pending.take(key);
    test.isFalse(pending.has(key, '1'));
  },
);

Tinytest.add('pending changes - the times are those of the earliest change that has one', (test) => {
  const pending = new PendingChanges();
  const timesAfter = (...times: (number | undefined)[]) => {
    let key = pending.add({ collection: 'a', ids: ['1'] });
    pending.take(key);
    for (const time of times) key = pending.add({ collection: 'a', ids: ['1'], at: time, since: time });
    const { at, since } = pending.take(key) ?? {};
    return [at, since];
  };
  test.equal(timesAfter(5, 3, 7), [3, 3]);
  test.equal(timesAfter(undefined, 5), [5, 5]);
  test.equal(timesAfter(5, undefined), [5, 5]);
  test.equal(timesAfter(undefined), [undefined, undefined]);
});

const scoped = (...fields: [string, string | null][]) => [{ hint: update(...fields), selected: undefined }];

/** Returns the scopes of changes that are pending together. */
function scopesOf(...changes: readonly Omit<Change, 'collection'>[]): Change['scopes'] {
  const pending = new PendingChanges();
  for (const change of changes) pending.add({ collection: 'a', ...change });
  return pending.takeAll()[0]?.scopes;
}

Tinytest.add('pending changes - writes without ids keep what each of them says', (test) => {
  const [a, b] = [scoped(['a', null]), scoped(['b', null])];
  test.equal(scopesOf({ ids: 'all', scopes: a }), a);
  test.equal(scopesOf({ ids: 'all', scopes: a }, { ids: 'all', scopes: b }), [...a, ...b]);
});

Tinytest.add(
  'pending changes - beside ids, one that says nothing, or many, nothing is known of them',
  (test) => {
    const scopes = scoped(['a', null]);
    test.isUndefined(scopesOf({ ids: 'all', scopes }, { ids: ['x'] }));
    test.isUndefined(scopesOf({ ids: ['x'] }, { ids: 'all', scopes }));
    test.isUndefined(scopesOf({ ids: 'all', scopes }, { ids: 'all' }));
    test.isUndefined(scopesOf({ ids: 'all' }, { ids: 'all', scopes }));
    test.isUndefined(scopesOf(...Array.from({ length: 5 }, () => ({ ids: 'all' as const, scopes }))));
  },
);
