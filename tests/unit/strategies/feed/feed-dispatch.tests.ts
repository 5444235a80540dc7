/** Which live queries the feed notifies of what: with documents in memory and drivers that record their entries. */

import { Tinytest } from 'meteor/tinytest';
import { Log } from '../../../../src/observability/log';
import { Metrics } from '../../../../src/observability/metrics';
import { QUIET } from '../../../../tools/quiet-logger';
import { eventually } from '../../../support/eventually';
import { FedCollection, hintsOf } from '../../../support/fed-collection';

Tinytest.addAsync(
  'feed - a changed document is an entry that replaces it, a deleted one removes it',
  async (test) => {
    const fed = new FedCollection();
    const { handle, entries, raw } = await fed.open();
    handle.onHold('gone');
    fed.store({ _id: 'a', n: 1 });
    await fed.change(['a', 'gone']);
    test.equal(entries, ['u a', 'd gone']);
    test.equal(raw, [
      { collection: 'items', id: 'a', op: { op: 'u', o: { _id: 'a', n: 1 }, o2: { _id: 'a' } } },
      { collection: 'items', id: 'gone', op: { op: 'd', o: { _id: 'gone' } } },
    ]);
    const { reads, documentsRead, documentsDispatched, documentsSkipped, dispatchMs } = fed.metrics;
    test.equal([reads, documentsRead, documentsDispatched, documentsSkipped], [2, 1, 2, 0]);
    test.equal(dispatchMs.snapshot().count, 0, 'without the time of its message');
  },
);

Tinytest.addAsync(
  'feed - a change concerns the live queries that it can match, and those that hold it',
  async (test) => {
    const fed = new FedCollection();
    const red = await fed.open({ selector: { color: 'red' } });
    const blue = await fed.open({ selector: { color: 'blue' } });
    const holder = await fed.open({ selector: { color: 'none' } });
    holder.handle.onHold('a');
    fed.store({ _id: 'a', color: 'red' });
    const flush = await fed.change(['a']);
    test.equal([red.entries, blue.entries, holder.entries], [['u a'], [], ['u a']]);
    await flush();
    test.equal([red.flushes, blue.flushes, holder.flushes], [1, 0, 1]);
    holder.handle.onRelease('a');
    await fed.change(['a']);
    test.equal([red.entries.length, holder.entries.length], [2, 1]);
  },
);

Tinytest.addAsync(
  'feed - what concerns no live query is neither read nor dispatched, and counted',
  async (test) => {
    const fed = new FedCollection();
    await fed.change(['a', 'b']);
    test.equal(fed.metrics.documentsSkipped, 2, 'no live query');
    const { entries } = await fed.open({ selector: { color: 'red' } });
    await fed.change(['a', 'b', 'c'], { hints: hintsOf(['a', 'b'], { $set: { color: 'blue' } }) });
    test.equal(fed.metrics.documentsSkipped, 4);
    test.equal([fed.reads, entries], [[{ ids: ['c'], fields: [] }], []]);
    const flush = await fed.change(['a'], { hints: hintsOf(['a'], { $set: { color: 'blue' } }), at: 0 });
    await flush();
    test.equal([fed.reads.length, fed.metrics.dispatchMs.snapshot().count], [1, 0]);
  },
);

Tinytest.addAsync(
  'feed - a change of the whole collection runs every live query again, once',
  async (test) => {
    const fed = new FedCollection();
    const drivers = [await fed.open(), await fed.open({ selector: { color: 'red' } })];
    const flush = await fed.change('all', { at: performance.now() });
    await flush();
    test.equal(
      drivers.map(({ entries }) => entries),
      [['requery'], ['requery']],
    );
    test.equal(
      drivers.map(({ flushes }) => flushes),
      [1, 1],
    );
    test.equal(drivers[0]?.raw, [{ collection: 'items', id: null, dropCollection: true }]);
    test.equal([fed.metrics.requeries.collection, fed.metrics.requeries.resync], [2, 0]);
    test.equal(fed.metrics.dispatchMs.snapshot().count, 1);
    await fed.change('all', { isResync: true });
    test.equal([fed.metrics.requeries.collection, fed.metrics.requeries.resync], [2, 2]);
    for (const { stop } of drivers) stop();
    await fed.change('all', { at: performance.now() });
    test.equal(fed.metrics.dispatchMs.snapshot().count, 1, 'no live query is left');
  },
);

Tinytest.addAsync('feed - the time from a message to its dispatch is recorded', async (test) => {
  const fed = new FedCollection();
  await fed.open();
  await fed.change(['a'], { at: performance.now() - 100 });
  const { count, sum } = fed.metrics.dispatchMs.snapshot();
  test.equal(count, 1);
  test.isTrue(sum >= 100 && sum < 10_000);
});

Tinytest.addAsync('feed - a live query that is not STEADY gets every document that is read', async (test) => {
  const fed = new FedCollection();
  const querying = await fed.open({ selector: { color: 'red' } });
  await fed.open({ selector: { color: 'blue' } });
  querying.setSteady(false);
  fed.store({ _id: 'a', color: 'blue' });
  await fed.change(['a']);
  test.equal(querying.entries, ['u a']);
});

Tinytest.addAsync(
  'feed - what was skipped while a live query was not STEADY is read if it then holds it',
  async (test) => {
    const fed = new FedCollection();
    const querying = await fed.open({ selector: { color: 'red' } });
    querying.setSteady(false);
    fed.store({ _id: 'a', color: 'blue' }, { _id: 'b', color: 'blue' });
    await fed.change(['a', 'b'], { hints: hintsOf(['a', 'b'], { $set: { color: 'blue' } }) });
    test.equal(fed.reads, []);
    querying.handle.onHold('a');
    querying.setSteady(true);
    await eventually('the read', () => fed.reads.length > 0);
    await eventually('the entry', () => querying.entries.length > 0);
    test.equal([fed.reads.map(({ ids }) => ids), querying.entries], [[['a']], ['u a']]);
  },
);

Tinytest.addAsync(
  'feed - a driver that listens to one document gets its entries, and no others',
  async (test) => {
    const fed = new FedCollection();
    const one = await fed.open({ trigger: { collection: 'items', id: 'a' } });
    await fed.open({ selector: { color: 'red' } });
    fed.store({ _id: 'a', color: 'blue' }, { _id: 'b', color: 'blue' });
    // By its hint it concerns nobody, but by its id.
    const hints = hintsOf(['a', 'b'], { $set: { color: 'blue' } });
    await fed.change(['a', 'b'], { hints });
    test.equal(one.entries, ['u a']);
    one.stop();
    await fed.change(['a', 'b'], { hints });
    test.equal([one.entries, fed.reads.map(({ ids }) => ids)], [['u a'], [['a']]]);
  },
);

Tinytest.addAsync(
  'feed - a driver that listens to a dropped collection only runs again with the others',
  async (test) => {
    const fed = new FedCollection();
    const drop = await fed.open({ trigger: { collection: 'items', dropCollection: true } });
    test.equal(fed.feed.collections, ['items']);
    await fed.change(['a']);
    test.equal(drop.entries, []);
    await fed.change('all');
    test.equal(drop.entries, ['requery']);
    drop.stop();
    test.equal(fed.feed.collections, []);
    await fed.change('all');
    test.equal(drop.entries.length, 1);
  },
);

Tinytest.addAsync('feed - a trigger for the whole database is none', async (test) => {
  const fed = new FedCollection();
  const { entries } = await fed.open({ trigger: {} });
  await fed.change('all');
  test.equal([entries, fed.feed.collections], [[], []]);
});

Tinytest.addAsync(
  'feed - a document that drivers would misread is an entry that they fetch, where it concerns them',
  async (test) => {
    const fed = new FedCollection();
    const [red, blue] = [{ color: 'red' }, { color: 'blue' }];
    const [concerned, other] = [await fed.open({ selector: red }), await fed.open({ selector: blue })];
    fed.store({ _id: 'a', ...red, diff: {} });
    await fed.change(['a']);
    test.equal([concerned.entries, other.entries, fed.metrics.requeries.driver], [['u a'], [], 0]);
    const op = { op: 'u', o: { $set: { EJSON$: 1 } }, o2: { _id: 'a' } };
    test.equal(concerned.raw, [{ collection: 'items', id: 'a', op }]);
  },
);

Tinytest.addAsync('feed - a driver that throws runs again, and the others get the document', async (test) => {
  const fed = new FedCollection();
  const [bad, good] = [await fed.open(), await fed.open()];
  bad.throwsOn = 'u a';
  fed.store({ _id: 'a' });
  await fed.change(['a']);
  await eventually('the query', () => bad.entries.includes('requery'));
  test.equal([bad.entries, good.entries, fed.metrics.requeries.driver], [['u a', 'requery'], ['u a'], 1]);
});

Tinytest.addAsync(
  'feed - a driver that throws when it is re-queried harms no other, and is logged',
  async (test) => {
    const fed = new FedCollection();
    const [bad, good] = [await fed.open(), await fed.open()];
    bad.throwsOn = 'requery';
    await fed.change('all');
    test.equal(good.entries, ['requery']);
    test.equal(fed.lines, ['Cluster: a live query of "items" failed: out of order']);
  },
);

Tinytest.addAsync('feed - a stopped live query gets nothing more', async (test) => {
  const fed = new FedCollection();
  const [stopped, other] = [await fed.open(), await fed.open()];
  stopped.stop();
  fed.store({ _id: 'a' });
  const flush = await fed.change(['a']);
  await fed.change('all');
  await flush();
  test.equal([stopped.entries, stopped.flushes, other.entries], [[], 0, ['u a', 'requery']]);
  test.equal(stopped.handle.stopHandles.size, 1);
});

Tinytest.addAsync('feed - a live query that failed to open is not waited for', async (test) => {
  const fed = new FedCollection();
  const { handle, entries } = await fed.open();
  handle.onOpened(undefined);
  await fed.change('all');
  test.equal(entries, []);
});

Tinytest.addAsync('feed - another session counts from when it takes part', async (test) => {
  const fed = new FedCollection();
  await fed.open();
  const metrics = new Metrics();
  fed.feed.reportTo({ metrics, log: new Log(QUIET), emit: () => {} });
  await fed.change(['a']);
  test.equal([metrics.reads, fed.metrics.reads], [1, 0]);
});
