/**
 * Skipping by hints is safe in some orders of reads, queries, writes and messages only: each test forces one.
 *
 * In all of them a peer's change concerns no live query by its hint, although something older would be shown without it.
 */

import { PendingChanges } from '../../../../src/changes/pending-changes';
import { type OrderStage, orderTests, type Stored } from '../../../support/order-stage';
import type { Test } from '../../../support/scope';

const orderTest = orderTests('feed order');

/** All documents move into the live query; one moves out again after the read and before its dispatch. */
async function leavesWhileRead(stage: OrderStage, test: Test, names: readonly string[]): Promise<void> {
  const { group, away } = stage;
  await stage.store(Object.fromEntries(names.map((name) => [name, { group: away }])));
  const query = await stage.watch({ group });
  const entered = await Promise.all(names.map((name) => stage.set(name, { group })));
  const read = stage.holdRead('after');
  const handled = Promise.all(entered.map((change) => stage.receive(change)));
  await read.began;
  const [leaving, ...others] = names as [string, ...string[]];
  const left = stage.receive(await stage.set(leaving, { group: away }));
  read.release();
  await Promise.all([handled, left]);
  test.equal(query.documents(), stage.shows(Object.fromEntries(others.map((name) => [name, 1]))));
}

orderTest('a document that leaves while it is read is read again', (stage, test) =>
  leavesWhileRead(stage, test, ['a']),
);

orderTest('a document that leaves while its batch is read, in several pieces, is read again', (stage, test) =>
  leavesWhileRead(
    stage,
    test,
    Array.from({ length: 12 }, (_, n) => `d${n + 10}`),
  ),
);

orderTest(
  'a write to a document that waits to be read ends when live queries show it',
  async (stage, test) => {
    const { group, away } = stage;
    await stage.store({ shown: {}, waiting: { group: away } });
    const query = await stage.watch({ group });
    const read = stage.holdRead('after');
    const handled = stage.change('shown', { n: 2 });
    await read.began;
    const entered = stage.receive(await stage.set('waiting', { group }));
    const written = stage.receive(await stage.set('waiting', { n: 3 }));
    read.release();
    await written;
    test.equal(query.documents(), stage.shows({ shown: 2, waiting: 3 }));
    await Promise.all([handled, entered]);
  },
);

orderTest('a document that leaves during a resync is not shown after it', async (stage, test) => {
  const { group, away } = stage;
  await stage.store({ stays: {} });
  const query = await stage.watch({ group });
  // No message about this one arrives. The gap is noticed.
  await stage.store({ leaves: {} });
  const queried = stage.holdQuery();
  await stage.dispatch({ collection: 'items', ids: 'all' });
  await queried.began;
  await stage.dispatch(await stage.set('leaves', { group: away }));
  queried.release();
  await stage.isIdle();
  test.equal(query.documents(), stage.shows({ stays: 1 }));
});

orderTest('a document that leaves while a live query is opened is not shown', async (stage, test) => {
  const { group, away } = stage;
  await stage.store({ leaves: {}, stays: {} });
  // Another live query, so that there is one whose driver can be held back.
  await stage.watch({ group: 'nobody' });
  const queried = stage.holdQuery();
  const opening = stage.watch({ group });
  await queried.began;
  await stage.dispatch(await stage.set('leaves', { group: away }));
  queried.release();
  const query = await opening;
  await stage.isIdle();
  test.equal(query.documents(), stage.shows({ stays: 1 }));
});

orderTest('a resync shows what a gap hid, although a later change of it was skipped', async (stage, test) => {
  const { group, away } = stage;
  await stage.store({ a: { group: away } });
  const query = await stage.watch({ group });
  // No message about this write arrives.
  await stage.set('a', { group });
  await stage.change('a', { n: 2 });
  test.equal([stage.readsOf(stage.id('a')), query.documents()], [0, {}]);
  await stage.receive({ collection: 'items', ids: 'all' });
  test.equal(query.documents(), stage.shows({ a: 2 }));
});

orderTest(
  'while a driver fetches, changes that it holds are read, and others are skipped',
  async (stage, test) => {
    const { group, away } = stage;
    await stage.store({ a: {}, b: { group: away } });
    const query = await stage.watch({ group });
    // A document that is dispatched while the driver is QUERYING is fetched after its query.
    const queried = stage.holdQuery();
    await stage.dispatch({ collection: 'items', ids: 'all' });
    await queried.began;
    await stage.dispatch(await stage.set('a', { n: 2 }));
    const fetch = stage.holdRead('after');
    queried.release();
    await fetch.began;
    const changes = [await stage.set('a', { group: away }), await stage.set('b', { n: 2 })];
    const handled = changes.map((change) => stage.receive(change));
    fetch.release();
    await Promise.all(handled);
    test.equal(query.documents(), {});
    test.equal(stage.readsOf(stage.id('b')), 0);
  },
);

orderTest(
  "a document that enters by one node's write is shown with another's change during its read",
  async (stage, test) => {
    const { group, away } = stage;
    await stage.store({ a: { group: away } });
    const query = await stage.watch({ group });
    const read = stage.holdRead('after');
    const entered = stage.change('a', { group });
    await read.began;
    const changed = stage.receive(await stage.set('a', { n: 2 }));
    read.release();
    await Promise.all([entered, changed]);
    test.equal(query.documents(), stage.shows({ a: 2 }));
  },
);

orderTest(
  "a document that enters by one node's write is shown, although another's later message was skipped before",
  async (stage, test) => {
    const { group, away } = stage;
    await stage.store({ a: { group: away } });
    const query = await stage.watch({ group });
    const [entered, changed] = [await stage.set('a', { group }), await stage.set('a', { n: 2 })];
    await stage.receive(changed);
    test.equal(stage.readsOf(stage.id('a')), 0);
    await stage.receive(entered);
    test.equal(query.documents(), stage.shows({ a: 2 }));
  },
);

for (const first of ['group', 'kind'] as const) {
  orderTest(
    `a document is shown that one node's write and another's make match, the one of "${first}" first`,
    async (stage, test) => {
      const { group, away } = stage;
      await stage.store({ a: { group: away, kind: 'done' } });
      const query = await stage.watch({ group, kind: 'open' });
      const writes: Stored[] = [{ group }, { kind: 'open' }];
      for (const $set of first === 'group' ? writes : writes.reverse()) await stage.change('a', $set);
      test.equal(query.documents(), stage.shows({ a: 1 }));
    },
  );
}

orderTest('a merged hint lets no node skip what another node wrote in between', async (stage, test) => {
  const { group, away } = stage;
  await stage.store({ a: { group: away, kind: 'done' } });
  const query = await stage.watch({ group, kind: 'open' });
  // The two writes of one node are published together, after the message about that of the other node.
  const pending = new PendingChanges();
  pending.add(await stage.set('a', { group: `${away}-2` }));
  await stage.change('a', { group });
  test.equal(query.documents(), {});
  pending.add(await stage.set('a', { kind: 'open' }));
  for (const change of pending.takeAll()) await stage.receive(change);
  test.equal(query.documents(), stage.shows({ a: 1 }));
});

const FIVE = { a: { n: 1 }, b: { n: 2 }, c: { n: 3 }, d: { n: 4 }, e: { n: 5 } };
/** Of the five documents, the live query shows `a` and `b`, its buffer holds `c` and `d`, and it does not know `e`. */
const FIRST_TWO = { sort: { n: 1 }, limit: 2 };

orderTest(
  'a document that leaves the buffer while another is read does not take its place',
  async (stage, test) => {
    const { group, away } = stage;
    await stage.store(FIVE);
    const query = await stage.watch({ group }, FIRST_TWO);
    const read = stage.holdRead('after');
    const removed = stage.change('a', { group: away });
    await read.began;
    const left = stage.receive(await stage.set('c', { group: away }));
    read.release();
    await Promise.all([removed, left]);
    await stage.isIdle();
    test.equal(query.documents(), stage.shows({ b: 2, d: 4 }));
  },
);

orderTest(
  'a document that re-enters a limited live query and leaves again while it is read is not shown',
  async (stage, test) => {
    const { group, away } = stage;
    await stage.store(FIVE);
    const query = await stage.watch({ group }, FIRST_TWO);
    await stage.change('a', { group: away });
    test.equal(query.documents(), stage.shows({ b: 2, c: 3 }));
    const read = stage.holdRead('after');
    const entered = stage.change('a', { group });
    await read.began;
    const left = stage.receive(await stage.set('a', { group: away }));
    read.release();
    await Promise.all([entered, left]);
    await stage.isIdle();
    test.equal(query.documents(), stage.shows({ b: 2, c: 3 }));
  },
);

orderTest(
  'a document that leaves the window of a limited live query and comes back by its sort field is shown',
  async (stage, test) => {
    const { group } = stage;
    await stage.store(FIVE);
    const query = await stage.watch({ group }, FIRST_TWO);
    await stage.change('a', { n: 9 });
    test.equal(query.documents(), stage.shows({ b: 2, c: 3 }));
    await stage.change('a', { n: 0 });
    test.equal(query.documents(), stage.shows({ a: 0, b: 2 }));
  },
);
