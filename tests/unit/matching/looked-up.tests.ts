/** Writes whose ids were looked up: the documents that two look-ups may have missed. */

import { Tinytest } from 'meteor/tinytest';
import { type Change, withoutHints } from '../../../src/changes/change';
import { isOverdue, MAX_CHANGE_AGE_MS } from '../../../src/changes/change-age';
import type { Hint } from '../../../src/matching/hint';
import { mergeLookedUp } from '../../../src/matching/looked-up';

const hint: Hint = { kind: 'update', fields: new Map([['n', '12345678']]) };
const fields = (from: number, count: number) => Array.from({ length: count }, (_, n) => `f${from + n}`);

Tinytest.add(
  'looked up - merged, the fields of both selectors count, and any field where one is unknown',
  (test) => {
    const [a, b] = [
      { selected: ['a'], hint },
      { selected: ['b'], hint },
    ];
    test.equal(mergeLookedUp(a, b)?.selected, ['a', 'b']);
    test.equal(mergeLookedUp(a, a)?.selected, ['a']);
    const unknown = { selected: undefined, hint };
    for (const merged of [mergeLookedUp(a, unknown), mergeLookedUp(unknown, a)])
      test.isTrue(merged !== undefined && merged.selected === undefined);
    test.equal([mergeLookedUp(a, undefined), mergeLookedUp(undefined, a)], [a, a]);
  },
);

Tinytest.add('looked up - more than 32 fields stand for any', (test) => {
  const merge = (count: number) =>
    mergeLookedUp({ selected: fields(0, 16) }, { selected: fields(16, count) });
  test.equal(merge(16)?.selected?.length, 32);
  test.isUndefined(merge(17)?.selected);
});

Tinytest.add(
  'looked up - a change without hints keeps the fields of its look-up, not what was written',
  (test) => {
    const change: Change = { collection: 'items', ids: ['a'], lookedUp: { selected: ['state'], hint } };
    test.equal(withoutHints(change), {
      ...change,
      hints: undefined,
      lookedUp: { selected: ['state'], hint: undefined },
      scopes: undefined,
    });
    const hinted: Change = { collection: 'items', ids: ['a'], hints: new Map([['a', hint]]) };
    test.equal(withoutHints(hinted), {
      ...hinted,
      hints: undefined,
      lookedUp: undefined,
      scopes: undefined,
    });
    const plain: Change = { collection: 'items', ids: ['a'] };
    test.equal(withoutHints(plain), plain);
  },
);

Tinytest.add('looked up - an old look-up is overdue, with hints or without', (test) => {
  const change: Change = { collection: 'items', ids: ['a'], lookedUp: { selected: undefined }, since: 0 };
  test.isTrue(isOverdue(change, MAX_CHANGE_AGE_MS + 1));
  test.isFalse(isOverdue({ ...change, lookedUp: undefined }, MAX_CHANGE_AGE_MS + 1));
});
