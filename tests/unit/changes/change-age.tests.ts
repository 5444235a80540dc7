/** How old a change may be for its hints and its looked-up ids to count. */

import { Tinytest } from 'meteor/tinytest';
import type { Change } from '../../../src/changes/change';
import { isOverdue, MAX_CHANGE_AGE_MS, reduced } from '../../../src/changes/change-age';

const hint = { kind: 'update', fields: new Map([['n', null]]) } as const;
const BY_ID: Change = { collection: 'a', ids: ['x'], since: 0, hints: new Map([['x', hint]]) };
const BY_SELECTOR: Change = { ...BY_ID, lookedUp: { selected: ['state'], hint } };

Tinytest.add('change age - a change of that age says what it says', (test) => {
  for (const change of [BY_ID, BY_SELECTOR]) {
    test.isFalse(isOverdue(change, MAX_CHANGE_AGE_MS));
    test.isTrue(reduced(change, MAX_CHANGE_AGE_MS) === change);
  }
});

Tinytest.add(
  'change age - an older change has no hints, and without its ids named it is one of the collection',
  (test) => {
    for (const change of [BY_ID, BY_SELECTOR]) test.isTrue(isOverdue(change, MAX_CHANGE_AGE_MS + 1));
    const [byId, bySelector] = [BY_ID, BY_SELECTOR].map((change) => reduced(change, MAX_CHANGE_AGE_MS + 1));
    test.equal([byId?.ids, byId?.hints], [['x'], undefined]);
    test.equal([bySelector?.ids, bySelector?.hints, bySelector?.lookedUp], ['all', undefined, undefined]);
    for (const change of [byId, bySelector]) test.isFalse(isOverdue(change as Change, MAX_CHANGE_AGE_MS + 1));
  },
);

Tinytest.add('change age - a change without hints has no age', (test) => {
  test.isFalse(isOverdue({ collection: 'a', ids: 'all', since: 0 }, 10 * MAX_CHANGE_AGE_MS));
  test.isFalse(isOverdue({ ...BY_ID, since: undefined }, 10 * MAX_CHANGE_AGE_MS));
});

Tinytest.add('change age - an older change of a collection has no scopes', (test) => {
  const scoped: Change = { collection: 'a', ids: 'all', since: 0, scopes: [{ hint, selected: undefined }] };
  test.isTrue(reduced(scoped, MAX_CHANGE_AGE_MS) === scoped);
  const { ids, scopes } = reduced(scoped, MAX_CHANGE_AGE_MS + 1);
  test.equal([ids, scopes], ['all', undefined]);
});
