/** Skipped documents, and those of them that are read after all, with times and positions that the test decides. */

import { Tinytest } from 'meteor/tinytest';
import { MEMORY_MS } from '../../../../src/changes/change-age';
import { createHasher, type Hint, hintOf } from '../../../../src/matching/hint';
import { QueryIndex } from '../../../../src/matching/query-index';
import { Skips } from '../../../../src/strategies/feed/skips';
import { fieldsOfUpdate } from '../../../../src/writes/written-fields';

const hash = createHasher('tests');
/** More than are remembered. */
const TOO_MANY = 5000;

const hintTo = (modifier: object) => hintOf(fieldsOfUpdate(modifier, {}) as never, hash) as Hint;
const TICK = hintTo({ $set: { tick: 1 } });
const STATE = hintTo({ $set: { state: 'running' } });
const OTHER = hintTo({ $set: { other: 1 } });

/** One STEADY live query on `tick`, and the time. */
function stage() {
  const index = new QueryIndex<string>(hash);
  const time = { now: 0, received: 0 };
  const skips = new Skips(
    index,
    () => time.received,
    () => time.now,
  );
  const open = (query: string, selector: object) => {
    index.add(query, { selector, sort: undefined, hasLimit: false, collation: undefined });
    skips.unsettle(query);
  };
  open('ticks', { tick: 1 });
  skips.settle('ticks');
  return { index, time, skips, open, lookedUp: { selected: ['state'], hint: TICK } };
}

Tinytest.add('skips - what was skipped is remembered however long the node stalls', (test) => {
  const { skips, time, lookedUp } = stage();
  test.isTrue(skips.skip('moved', STATE));
  time.now = 100 * MEMORY_MS;
  test.isTrue(skips.skip('later', OTHER));
  test.equal(skips.missedBy(lookedUp), ['moved']);
});

Tinytest.add(
  'skips - what was skipped is forgotten when everything published since has been received',
  (test) => {
    const { skips, time, lookedUp } = stage();
    skips.skip('moved', STATE);
    time.now = time.received = MEMORY_MS + 1;
    skips.skip('later', OTHER);
    test.equal(skips.missedBy(lookedUp), []);
  },
);

Tinytest.add('skips - a look-up concerns later hints however long the node stalls', (test) => {
  const { skips, time, lookedUp } = stage();
  skips.missedBy(lookedUp);
  time.now = 100 * MEMORY_MS;
  time.received = MEMORY_MS - 1;
  test.isFalse(skips.skip('moved', STATE));
  test.isTrue(skips.skip('other', OTHER));
  time.received = MEMORY_MS + 1;
  test.isTrue(skips.skip('moved', STATE));
});

Tinytest.add('skips - with more than are remembered, a look-up may have missed any document', (test) => {
  const { skips, time, lookedUp } = stage();
  for (let n = 0; n < TOO_MANY; n += 1) skips.skip(String(n), STATE);
  test.equal(skips.missedBy(lookedUp), 'all');
  time.now = time.received = MEMORY_MS + 1;
  skips.skip('later', STATE);
  test.equal(skips.missedBy(lookedUp), ['later']);
});

Tinytest.add('skips - of an insert and a remove no look-up can have missed a document', (test) => {
  const { skips, lookedUp } = stage();
  for (const kind of ['insert', 'remove'] as const)
    skips.skip(kind, { kind, fields: new Map([['state', null]]) });
  test.equal(skips.missedBy(lookedUp), []);
});

Tinytest.add('skips - a look-up that concerns no live query reads nothing', (test) => {
  const { skips } = stage();
  for (let n = 0; n < TOO_MANY; n += 1) skips.skip(String(n), STATE);
  test.equal(skips.missedBy({ selected: ['state'], hint: hintTo({ $set: { tick: 2 } }) }), []);
  test.isTrue(skips.skip('moved', STATE));
});

Tinytest.add('skips - a live query that settles gets what it holds of what was skipped since', (test) => {
  const { skips, index, open } = stage();
  skips.skip('before', OTHER);
  open('opening', { room: 1 });
  for (const id of ['held', 'not held', 'read since']) test.isTrue(skips.skip(id, OTHER));
  for (const id of ['before', 'held', 'read since']) index.hold('opening', id);
  skips.forget('read since');
  test.equal(skips.settle('opening'), ['held']);
  test.equal(skips.settle('opening'), []);
  // From now on it is known to hold them.
  test.isFalse(skips.skip('held', OTHER));
});

Tinytest.add('skips - what may match a live query that is not STEADY is read', (test) => {
  const { skips, open } = stage();
  open('opening', { room: 1 });
  test.isFalse(skips.skip('a', hintTo({ $set: { room: 1 } })));
  test.isTrue(skips.skip('a', hintTo({ $set: { room: 2 } })));
});

Tinytest.add('skips - a live query that settles after more than is remembered runs again', (test) => {
  const { skips, index, open, time } = stage();
  open('opening', { room: 1 });
  skips.skip('first', OTHER);
  index.hold('opening', 'first');
  time.now = time.received = 100 * MEMORY_MS;
  // Time alone forgets nothing that a live query still needs.
  skips.skip('later', OTHER);
  test.equal(skips.settle('opening'), ['first']);
  skips.unsettle('opening');
  for (let n = 0; n < TOO_MANY; n += 1) skips.skip(String(n), OTHER);
  test.equal(skips.settle('opening'), 'all');
});

Tinytest.add('skips - a document that is skipped again and again takes no more memory', (test) => {
  const { skips, open } = stage();
  open('opening', { room: 1 });
  for (let n = 0; n < 100_000; n += 1) skips.skip('hot', OTHER);
  // It is still known, or the live query runs again.
  test.isTrue(['all', ''].includes(String(skips.settle('opening'))));
});

Tinytest.add('skips - nothing is skipped for a live query that cannot be followed', (test) => {
  const { skips, open } = stage();
  open('unknown', { room: 1 });
  skips.skip('a', OTHER);
  test.equal(skips.giveUp('unknown'), ['a']);
  test.isFalse(skips.skip('a', OTHER));
});

Tinytest.add('skips - a very long id is read, and not remembered', (test) => {
  const { skips } = stage();
  test.isTrue(skips.skip('x'.repeat(256), OTHER));
  test.isFalse(skips.skip('x'.repeat(257), OTHER));
});

Tinytest.add('skips - a live query that is unsettled again keeps what was skipped before', (test) => {
  const { skips, index, open } = stage();
  open('opening', { room: 1 });
  skips.skip('a', OTHER);
  skips.unsettle('opening');
  index.hold('opening', 'a');
  test.equal(skips.settle('opening'), ['a']);
});

Tinytest.add(
  'skips - a look-up by unknown fields may have missed whatever another write has moved',
  (test) => {
    const { skips } = stage();
    skips.missedBy({ selected: undefined, hint: TICK });
    test.isFalse(skips.skip('moved', OTHER));
  },
);

Tinytest.add('skips - one of the fields of a look-up is enough to have moved a document', (test) => {
  const { skips } = stage();
  skips.missedBy({ selected: ['room', 'state'], hint: TICK });
  test.isFalse(skips.skip('moved', hintTo({ $set: { state: 'running', other: 1 } })));
  test.isTrue(skips.skip('other', OTHER));
  test.isTrue(
    skips.skip('removed', { kind: 'remove', fields: new Map([['state', null]]) }),
    'nothing is left to show',
  );
});
