/** The feed reads some documents although their hints would let it skip them, and skips more than it remembers. */

import { Tinytest } from 'meteor/tinytest';
import { systemClock } from '../../../../src/base/time';
import { eventually, pause } from '../../../support/eventually';
import { FedCollection, hintsOf } from '../../../support/fed-collection';

const RED = { selector: { color: 'red' } };
const toBlue = (ids: readonly string[]) => ({ hints: hintsOf(ids, { $set: { color: 'blue' } }) });
const idsOf = (fed: FedCollection) => fed.reads.map(({ ids }) => ids);

/** Skips more documents than are remembered. */
async function skipTooMany(fed: FedCollection): Promise<void> {
  for (let n = 0; n < 5; n += 1) {
    const ids = Array.from({ length: 1000 }, (_, each) => `${n}-${each}`);
    await fed.change(ids, toBlue(ids));
  }
  if (fed.reads.length > 0) throw new Error('they were read');
}

Tinytest.addAsync('feed - a document that waits to be read or fetched is not skipped', async (test) => {
  const fed = new FedCollection();
  const { handle } = await fed.open(RED);
  await Promise.all([fed.change(['a']), fed.change(['a'], toBlue(['a']))]);
  void handle.fetch('items', 'b', {}, () => {});
  await fed.change(['b'], toBlue(['b']));
  test.equal([idsOf(fed), fed.metrics.documentsSkipped], [[['a'], ['b']], 0]);
});

Tinytest.addAsync(
  'feed - a document that a driver fetches is dispatched after the answer, one read later',
  async (test) => {
    const fed = new FedCollection();
    const { handle, entries } = await fed.open();
    fed.store({ _id: 'a' });
    const release = fed.hold();
    let isDone = false;
    const changing = fed.change(['a']).then((flush) => {
      isDone = true;
      return flush();
    });
    await eventually('the read', () => fed.reads.length === 1);
    const releaseNext = fed.hold();
    let seen: readonly string[] = ['no answer'];
    void handle.fetch('items', 'a', {}, () => {
      seen = [...entries];
    });
    release();
    await eventually('the next read', () => fed.reads.length === 2);
    test.equal([entries, isDone], [[], false], 'it would be fetched once more');
    // It is postponed once: otherwise it would be for ever.
    void handle.fetch('items', 'a', {}, () => {});
    releaseNext();
    await changing;
    test.equal([seen, entries], [[], ['u a']]);
  },
);

Tinytest.addAsync(
  'feed - with more changed documents than one read is for, live queries run again',
  async (test) => {
    const fed = new FedCollection();
    const { entries } = await fed.open();
    const ids = (from: number) => Array.from({ length: 600 }, (_, n) => `${from + n}`);
    await Promise.all([fed.change(ids(0)), fed.change(ids(600))]);
    test.equal([entries, fed.reads.length, fed.metrics.requeries.collection], [['requery'], 0, 1]);
  },
);

Tinytest.addAsync(
  'feed - a live query that settles after more skips than are remembered runs again',
  async (test) => {
    const fed = new FedCollection();
    const { setSteady, entries } = await fed.open(RED);
    setSteady(false);
    await skipTooMany(fed);
    setSteady(true);
    await eventually('the query', () => entries.length > 0);
    test.equal([entries, fed.metrics.requeries.skipped], [['requery'], 1]);
  },
);

Tinytest.addAsync(
  'feed - after more skips than are remembered, a look-up makes live queries run again',
  async (test) => {
    const fed = new FedCollection();
    const { entries } = await fed.open(RED);
    await skipTooMany(fed);
    const hint = hintsOf(['x'], { $set: { color: 'red' } }).get('x');
    await fed.change(['x'], { lookedUp: { selected: ['color'], hint } });
    test.equal([entries, fed.metrics.requeries.collection], [['requery'], 1]);
  },
);

Tinytest.addAsync('feed - a look-up reads what it may have missed, and was skipped', async (test) => {
  const fed = new FedCollection();
  await fed.open(RED);
  await fed.change(['moved'], toBlue(['moved']));
  const hints = hintsOf(['x'], { $set: { color: 'red' } });
  await fed.change(['x'], { hints, lookedUp: { selected: ['color'], hint: hints.get('x') } });
  test.equal(idsOf(fed).flat(), ['x', 'moved']);
});

Tinytest.addAsync(
  'feed - a skipped document that a live query shows wrongly is audited and shown',
  async (test) => {
    const fed = new FedCollection(1);
    const driver = await fed.open(RED);
    driver.wrong.add('a');
    driver.handle.onHold('other');
    fed.store({ _id: 'a', color: 'red' });
    await fed.change(['a'], toBlue(['a']));
    await eventually('the audit', () => fed.metrics.audited === 1);
    test.equal([fed.metrics.wrong, driver.entries], [1, ['u a']]);
    test.matches(String(fed.lines), /a change of "items" was skipped wrongly/);
  },
);

Tinytest.addAsync('feed - a document that is read before its audit is not audited', async (test) => {
  const fed = new FedCollection(1);
  await fed.open(RED);
  await fed.change(['a'], toBlue(['a']));
  await fed.change(['a']);
  await fed.change(['b'], toBlue(['b']));
  await fed.change('all');
  await pause(100);
  test.equal(fed.metrics.audited, 0);
});

Tinytest.addAsync('feed - two drivers that listen to a document by its id are two', async (test) => {
  const fed = new FedCollection();
  const trigger = { collection: 'items', id: 'a' };
  const [first, second] = [await fed.open({ trigger }), await fed.open({ trigger })];
  first.stop();
  first.stop();
  fed.store({ _id: 'a' });
  await fed.change(['a']);
  test.equal([first.entries, second.entries], [[], ['u a']]);
});

Tinytest.addAsync(
  'feed - a driver with two listeners needs its fields until both have stopped',
  async (test) => {
    const fed = new FedCollection();
    const { handle, stop } = await fed.open({ projection: { color: 1 } });
    const { stop: stopSecond } = await handle.onOplogEntry({ collection: 'items', id: 'b' }, () => {});
    const other = await fed.open({ projection: { n: 1 } });
    stopSecond();
    await fed.change(['a']);
    stop();
    await fed.change(['a']);
    other.stop();
    test.equal(
      fed.reads.map(({ fields }) => fields),
      [['color', 'n'], ['n']],
    );
    test.equal(fed.feed.collections, []);
  },
);

Tinytest.addAsync('feed - a live query that stops while it is opened needs no fields', async (test) => {
  const fed = new FedCollection();
  const description = {
    collection: 'items',
    selector: {},
    sort: undefined,
    hasLimit: false,
    collation: undefined,
  };
  const handle = fed.feed.open(description);
  const { stop } = await handle.onOplogEntry({ collection: 'items' }, () => {});
  stop();
  handle.onOpened({
    projection: undefined,
    isFollowed: true,
    isSteady: () => true,
    differs: () => false,
    holdsSome: () => false,
    flush: undefined,
  });
  await fed.open({ projection: { n: 1 } });
  await fed.change(['a']);
  test.equal(
    fed.reads.map(({ fields }) => fields),
    [['n']],
  );
});

Tinytest.addAsync('feed - nobody waits for the re-query of a live query that has stopped', async (test) => {
  const fed = new FedCollection();
  const { setSteady, stop, entries } = await fed.open();
  setSteady(false);
  const changing = fed.change('all');
  stop();
  await changing;
  test.equal(entries, []);
});

Tinytest.addAsync(
  'feed - what concerns nobody is not counted as dispatched, nor a whole collection as skipped',
  async (test) => {
    const fed = new FedCollection();
    await fed.change('all');
    test.equal(fed.metrics.documentsSkipped, 0);
    await fed.open(RED);
    fed.store({ _id: 'a', color: 'blue' });
    await fed.change(['a']);
    test.equal([fed.metrics.documentsRead, fed.metrics.documentsDispatched], [1, 0]);
  },
);

Tinytest.addAsync('feed - a skip of a document that is about to be read is forgotten', async (test) => {
  const fed = new FedCollection();
  const querying = await fed.open({ selector: { color: 'red' } });
  querying.setSteady(false);
  fed.store({ _id: 'a', color: 'blue' });
  await fed.change(['a'], { hints: hintsOf(['a'], { $set: { color: 'blue' } }) });
  await fed.change(['a']);
  querying.handle.onHold('a');
  querying.setSteady(true);
  await systemClock.nextTurn();
  await pause(20);
  test.equal(idsOf(fed), [['a']]);
});

Tinytest.addAsync('feed - nothing is skipped for a driver that is not followed', async (test) => {
  const fed = new FedCollection();
  const { entries } = await fed.open({ selector: { color: 'red' }, isFollowed: false });
  fed.store({ _id: 'a', color: 'red' });
  await fed.change(['a'], { hints: hintsOf(['a'], { $set: { color: 'blue' } }) });
  test.equal([fed.reads.length, entries], [1, ['u a']]);
});
