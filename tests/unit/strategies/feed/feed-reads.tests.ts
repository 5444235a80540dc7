/** In which order the feed reads, dispatches and answers: with reads that the test holds back. */

import { Tinytest } from 'meteor/tinytest';
import { eventually, pause } from '../../../support/eventually';
import { FedCollection, hintsOf } from '../../../support/fed-collection';

/** Resolves with whether a promise is settled within some turns of the event loop. */
async function settles(promise: Promise<unknown>): Promise<boolean> {
  return Promise.race([promise.then(() => true), pause(20).then(() => false)]);
}

const idsOf = (fed: FedCollection) => fed.reads.map(({ ids }) => ids);

Tinytest.addAsync('feed - a document that changes twice in one turn is read once', async (test) => {
  const fed = new FedCollection();
  await fed.open();
  await Promise.all([fed.change(['a', 'b']), fed.change(['b', 'c'])]);
  test.equal(idsOf(fed).flat(), ['a', 'b', 'c']);
});

Tinytest.addAsync('feed - a slow read delays no other document', async (test) => {
  const fed = new FedCollection();
  const { entries } = await fed.open();
  fed.store({ _id: 'a' }, { _id: 'b' });
  const release = fed.hold();
  const slow = fed.change(['a']);
  await eventually('the read', () => fed.reads.length === 1);
  await fed.change(['b']);
  test.equal([idsOf(fed), entries], [[['a'], ['b']], ['u b']]);
  release();
  await slow;
  test.equal(entries, ['u b', 'u a']);
});

Tinytest.addAsync(
  'feed - a document has one read in flight, and changes meanwhile share the next',
  async (test) => {
    const fed = new FedCollection();
    const { entries, raw } = await fed.open();
    fed.store({ _id: 'a', n: 1 });
    const release = fed.hold();
    const first = fed.change(['a']);
    await eventually('the read', () => fed.reads.length === 1);
    fed.store({ _id: 'a', n: 2 });
    const later = [fed.change(['a']), fed.change(['a'])];
    test.isFalse(await settles(first));
    test.equal(idsOf(fed), [['a']]);
    release();
    await Promise.all([first, ...later]);
    test.equal(
      [idsOf(fed), entries],
      [
        [['a'], ['a']],
        ['u a', 'u a'],
      ],
    );
    test.equal(
      raw.map((entry) => (entry as { op: { o: { n: number } } }).op.o.n),
      [1, 2],
    );
  },
);

Tinytest.addAsync('feed - few reads are in flight at a time', async (test) => {
  const fed = new FedCollection();
  const { entries } = await fed.open();
  const ids = ['a', 'b', 'c', 'd'];
  fed.store(...[...ids, 'fifth'].map((_id) => ({ _id })));
  const releases = ids.map(() => fed.hold());
  const changing = ids.map((id) => fed.change([id]));
  await eventually('the reads', () => fed.reads.length === 4);
  const fifth = fed.change(['fifth']);
  test.isFalse(await settles(fifth));
  test.equal(fed.reads.length, 4);
  releases[0]?.();
  await fifth;
  for (const release of releases) release();
  await Promise.all(changing);
  test.equal(entries.length, 5);
});

Tinytest.addAsync(
  'feed - more waiting documents than a change lists run live queries again',
  async (test) => {
    const fed = new FedCollection();
    const { entries } = await fed.open();
    const release = fed.hold();
    const held = fed.change(['held']);
    await eventually('the read', () => fed.reads.length === 1);
    const ids = Array.from({ length: 1001 }, (_, n) => `d${n}`);
    const flush = await fed.change(ids);
    await flush();
    test.equal([entries, fed.metrics.requeries.collection], [['requery'], 1]);
    release();
    await held;
  },
);

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
  'feed - many documents are read in pieces: eight documents first, then as many as fit',
  async (test) => {
    const fed = new FedCollection();
    const { entries } = await fed.open();
    const ids = Array.from({ length: 60 }, (_, n) => `d${n}`);
    fed.store(...ids.map((_id) => ({ _id })));
    const releases = ids.map(() => fed.hold());
    const changing = fed.change(ids);
    await eventually('the first reads', () => fed.reads.length === 4);
    for (const release of releases) release();
    await changing;
    test.equal(idsOf(fed).flat(), ids);
    test.isTrue(idsOf(fed).every(({ length }) => length <= 32));
    test.equal(
      entries,
      ids.map((id) => `u ${id}`),
    );
    test.equal(fed.metrics.documentsRead, 60);
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
  test.equal([idsOf(fed).flat(), entries], [['a', 'gone'], []]);
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
    fed.store({ _id: 'c' });
    const [releaseFirst, releaseSecond, releaseLater] = [fed.hold(), fed.hold(), fed.hold()];
    void fed.change(['a', 'b']);
    await eventually('the reads', () => idsOf(fed).flat().length === 2);
    const caughtUp = handle.waitUntilCaughtUp();
    void fed.change(['c']);
    test.isFalse(await settles(caughtUp));
    releaseFirst();
    test.isFalse(await settles(caughtUp));
    releaseSecond();
    await caughtUp;
    test.equal(entries, ['u a', 'u b'], 'later changes are not waited for');
    releaseLater();
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
