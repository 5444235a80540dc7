/** In which order the feed reads, dispatches and answers: with reads that the test holds back. */

import { Tinytest } from 'meteor/tinytest';
import { eventually, pause } from '../../../support/eventually';
import { FedCollection, hintsOf } from '../../../support/fed-collection';

/** Resolves with whether a promise is settled within some turns of the event loop. */
async function settles(promise: Promise<unknown>): Promise<boolean> {
  return Promise.race([promise.then(() => true), pause(20).then(() => false)]);
}

const idsOf = (fed: FedCollection) => fed.reads.map(({ ids }) => ids);

Tinytest.addAsync('feed - changes of one turn are one read, of each document once', async (test) => {
  const fed = new FedCollection();
  await fed.open();
  await Promise.all([fed.change(['a', 'b']), fed.change(['b', 'c'])]);
  test.equal(idsOf(fed), [['a', 'b', 'c']]);
});

Tinytest.addAsync('feed - one read is in flight; what changes meanwhile is the next one', async (test) => {
  const fed = new FedCollection();
  const { entries } = await fed.open();
  fed.store({ _id: 'a', n: 1 }, { _id: 'b' });
  const release = fed.hold();
  const first = fed.change(['a']);
  await eventually('the read', () => fed.reads.length === 1);
  fed.store({ _id: 'a', n: 2 });
  const second = fed.change(['a']);
  const third = fed.change(['b']);
  test.isFalse(await settles(first));
  test.equal(idsOf(fed), [['a']]);
  release();
  await Promise.all([first, second, third]);
  test.equal(
    [idsOf(fed), entries],
    [
      [['a'], ['a', 'b']],
      ['u a', 'u a', 'u b'],
    ],
  );
});

Tinytest.addAsync(
  'feed - a document in flight is read again, whatever the hint of a later change',
  async (test) => {
    const fed = new FedCollection();
    const { entries } = await fed.open({ selector: { color: 'red' } });
    fed.store({ _id: 'a', color: 'red' });
    const release = fed.hold();
    const entering = fed.change(['a']);
    await eventually('the read', () => fed.reads.length === 1);
    fed.store({ _id: 'a', color: 'blue' });
    const leaving = fed.change(['a'], { hints: hintsOf(['a'], { $set: { color: 'blue' } }) });
    release();
    await Promise.all([entering, leaving]);
    test.equal(idsOf(fed), [['a'], ['a']]);
    test.equal(entries[0], 'u a');
  },
);

Tinytest.addAsync(
  'feed - many documents are read in pieces: eight first, then as many as fit',
  async (test) => {
    const fed = new FedCollection();
    const { entries } = await fed.open();
    const ids = Array.from({ length: 60 }, (_, n) => `d${n}`);
    fed.store(...ids.map((_id) => ({ _id })));
    await fed.change(ids);
    test.equal(
      idsOf(fed).map(({ length }) => length),
      [8, 32, 20],
    );
    test.equal(idsOf(fed).flat(), ids);
    test.equal(
      entries,
      ids.map((id) => `u ${id}`),
    );
    test.equal([fed.metrics.reads, fed.metrics.documentsRead], [3, 60]);
  },
);

Tinytest.addAsync(
  'feed - a read asks for what the live queries need, and all while one is being opened',
  async (test) => {
    const fed = new FedCollection();
    const { stop } = await fed.open({ projection: { color: 1 } });
    await fed.open({ projection: { n: 1 } });
    await fed.change(['a']);
    stop();
    await fed.change(['a']);
    const description = {
      collection: 'items',
      selector: {},
      sort: undefined,
      hasLimit: false,
      collation: undefined,
    };
    const opening = fed.feed.open(description);
    await opening.onOplogEntry({ collection: 'items' }, () => {});
    await fed.change(['a']);
    test.equal(
      fed.reads.map(({ fields }) => fields),
      [['color', 'n'], ['n'], []],
    );
  },
);

Tinytest.addAsync(
  'feed - a read that fails makes live queries run again, and is logged once',
  async (test) => {
    const fed = new FedCollection();
    const { entries } = await fed.open();
    fed.fails = true;
    const flush = await fed.change(['a']);
    await flush();
    await fed.change(['a']);
    test.equal([entries, fed.metrics.requeries.readFailed], [['requery', 'requery'], 2]);
    test.equal(fed.lines, [
      'Cluster: reading collection "items" failed (no connection); its live queries run again',
    ]);
    fed.fails = false;
    fed.store({ _id: 'a' });
    await fed.change(['a']);
    test.equal(entries.at(-1), 'u a');
    fed.fails = true;
    await fed.change(['a']);
    test.equal(fed.lines.length, 2, 'after a read that worked');
  },
);

Tinytest.addAsync('feed - a fetch gets a copy of the document, or null, in another turn', async (test) => {
  const fed = new FedCollection();
  const { handle, entries } = await fed.open();
  fed.store({ _id: 'a', n: 1 });
  const got: unknown[] = [];
  for (const id of ['a', 'a', 'gone']) void handle.fetch('items', id, {}, (...answer) => got.push(answer));
  test.equal(got, []);
  await eventually('the answers', () => got.length === 3);
  const copy = { _id: 'a', n: 1, isCopy: true };
  test.equal(got, [
    [null, copy],
    [null, copy],
    [null, null],
  ]);
  test.equal([idsOf(fed), entries], [[['a', 'gone']], []]);
});

Tinytest.addAsync('feed - a fetch that fails gets the error, and no re-query', async (test) => {
  const fed = new FedCollection();
  const { handle } = await fed.open();
  fed.fails = true;
  const got: unknown[] = [];
  void handle.fetch('items', 'a', {}, (error) => got.push(error instanceof Error && error.message));
  await eventually('the answer', () => got.length === 1);
  test.equal(got, ['no connection']);
});

Tinytest.addAsync('feed - a driver that throws on what it fetches harms no other', async (test) => {
  const fed = new FedCollection();
  const { handle } = await fed.open();
  let isAnswered = false;
  void handle.fetch('items', 'a', {}, () => {
    throw new Error('out of order');
  });
  void handle.fetch('items', 'b', {}, () => {
    isAnswered = true;
  });
  await eventually('the other answer', () => isAnswered);
  test.equal(fed.lines, ['Cluster: a live query of "items" failed: out of order']);
});

Tinytest.addAsync('feed - a document that is fetched again is postponed once', async (test) => {
  const fed = new FedCollection();
  const { handle, entries } = await fed.open();
  fed.store({ _id: 'a' }, { _id: 'b' });
  let fetches = 0;
  // As a driver does that gets a document while it fetches it: it fetches it again.
  const fetch = () =>
    void handle.fetch('items', 'a', {}, () => {
      fetches += 1;
      if (fetches < 5) fetch();
    });
  fetch();
  const flush = await fed.change(['a', 'b']);
  test.isTrue(fetches <= 3, `${fetches} fetches came before it`);
  test.equal(entries.toSorted(), ['u a', 'u b']);
  await flush();
});

Tinytest.addAsync(
  'feed - a driver has caught up when what is in flight is dispatched, in a later turn',
  async (test) => {
    const fed = new FedCollection();
    const { handle, entries } = await fed.open();
    fed.store({ _id: 'a' }, { _id: 'b' });
    await handle.waitUntilCaughtUp();
    const release = fed.hold();
    void fed.change(['a']);
    await eventually('the read', () => fed.reads.length === 1);
    const caughtUp = handle.waitUntilCaughtUp();
    void fed.change(['b']);
    test.isFalse(await settles(caughtUp));
    const releaseNext = fed.hold();
    release();
    await caughtUp;
    test.equal(entries, ['u a'], 'later changes are not waited for');
    releaseNext();
  },
);

Tinytest.addAsync('feed - a driver that fetches has caught up when it is answered', async (test) => {
  const fed = new FedCollection();
  const { handle } = await fed.open();
  let isAnswered = false;
  const release = fed.hold();
  void handle.fetch('items', 'a', {}, () => {
    isAnswered = true;
  });
  const caughtUp = handle.waitUntilCaughtUp();
  test.isFalse(await settles(caughtUp));
  release();
  await caughtUp;
  test.isTrue(isAnswered);
});

Tinytest.addAsync('feed - when it stops, nobody waits for a re-query any longer', async (test) => {
  const fed = new FedCollection();
  const { setSteady, entries } = await fed.open();
  setSteady(false);
  const changing = fed.change('all');
  test.isFalse(await settles(changing));
  fed.feed.stop();
  await changing;
  test.equal(entries, []);
});
