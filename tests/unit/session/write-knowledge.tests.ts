/** A session adds to a change the facts that are known about its write. */

import { Tinytest } from 'meteor/tinytest';
import { MAX_CHANGE_AGE_MS } from '../../../src/changes/change-age';
import { createHasher } from '../../../src/matching/hint';
import { withKnowledge } from '../../../src/session/session';
import { TestClock } from '../../support/test-clock';

const hash = createHasher('tests');
const CHANGE = { collection: 'items', ids: ['a', 'b'] };
const FIELDS = { kind: 'update', fields: new Map([['n', 'n1']]) } as const;
const clock = new TestClock();
const context = (isHinted = true, since = clock.now()) => ({ clock, hash, isHinted, since });

Tinytest.add('write knowledge - every id has the hint of the write', (test) => {
  const { hints, lookedUp } = withKnowledge(CHANGE, { fields: FIELDS }, context());
  test.equal([...(hints?.keys() ?? [])], ['a', 'b']);
  test.equal(hints?.get('b')?.fields.get('n'), hash('n', 'n1'));
  test.isUndefined(lookedUp);
});

Tinytest.add('write knowledge - looked-up ids say by which fields, as far as hints are on', (test) => {
  const selected = ['state'];
  const hinted = withKnowledge(CHANGE, { fields: FIELDS, selected }, context());
  test.equal(hinted.lookedUp?.selected, selected);
  test.equal(hinted.lookedUp?.hint, hinted.hints?.get('a'));
  const { hints, lookedUp } = withKnowledge(CHANGE, { fields: FIELDS, selected }, context(false));
  test.isUndefined(hints);
  test.isTrue(lookedUp !== undefined, 'documents may be missing all the same');
  test.equal([lookedUp?.selected, lookedUp?.hint], [undefined, undefined]);
});

Tinytest.add('write knowledge - a selector of too many fields may depend on any', (test) => {
  const selected = Array.from({ length: 33 }, (_, n) => `f${n}`);
  const { lookedUp } = withKnowledge(CHANGE, { fields: FIELDS, selected }, context());
  test.isTrue(lookedUp !== undefined && lookedUp.selected === undefined);
});

Tinytest.add(
  'write knowledge - of a whole collection, the fields are a scope; of an old write nothing more is known',
  (test) => {
    const all = { collection: 'items', ids: 'all' } as const;
    const { scopes } = withKnowledge(all, { fields: FIELDS }, context());
    test.equal(
      scopes?.map(({ hint }) => hint.kind),
      ['update'],
    );
    test.equal(withKnowledge(all, {}, context()), all);
    test.equal(withKnowledge(all, { fields: FIELDS }, context(false)), all);
    const old = clock.now() - MAX_CHANGE_AGE_MS - 1;
    test.isUndefined(withKnowledge(CHANGE, { fields: FIELDS }, context(true, old)).hints);
    test.isUndefined(withKnowledge(all, { fields: FIELDS }, context(true, old)).scopes);
  },
);
