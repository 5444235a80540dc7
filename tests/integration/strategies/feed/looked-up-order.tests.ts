/**
 * Writes by selector, whose ids are looked up after the commit: a look-up misses a document that another write has moved out
 * of the selector. Each test forces one order of the two messages.
 */

import { MEMORY_MS } from '../../../../src/changes/change-age';
import type { OrderStage } from '../../../support/order-stage';
import { orderTests } from '../../../support/order-stage';

const orderTest = orderTests('looked-up order');

/** Returns a value of `n` that no document of another test has. */
const newNumber = () => Math.floor(1e6 + Math.random() * 1e9);

/** A live query shows `n: 7`. A peer sets that of documents of kind `ready`; another one has made `moved` `running` since. */
async function missedByLookUp(stage: OrderStage) {
  const { group } = stage;
  await stage.store({ moved: { kind: 'ready' }, found: { kind: 'ready' } });
  const query = await stage.watch({ group, n: 7 });
  const written = await stage.writeBySelector({ kind: 'ready' }, { $set: { n: 7 } });
  const moved = await stage.set('moved', { kind: 'running' });
  return { query, moved, written: written([stage.id('found')]) };
}

orderTest(
  'a missed document is shown, although the change that moved it was skipped before',
  async (stage, test) => {
    const { query, moved, written } = await missedByLookUp(stage);
    await stage.receive(moved);
    test.equal([stage.readsOf(stage.id('moved')), query.documents()], [0, {}]);
    await stage.receive(written);
    test.equal(query.documents(), stage.shows({ moved: 7, found: 7 }));
  },
);

orderTest(
  'a missed document is shown by the change that moved it, when that arrives later',
  async (stage, test) => {
    const { query, moved, written } = await missedByLookUp(stage);
    await stage.receive(written);
    test.equal(query.documents(), stage.shows({ found: 7 }));
    await stage.receive(moved);
    test.equal(query.documents(), stage.shows({ moved: 7, found: 7 }));
  },
);

for (const order of [
  ['first', 'second', 'moved'],
  ['second', 'first', 'moved'],
  ['first', 'moved', 'second'],
  ['second', 'moved', 'first'],
  ['moved', 'first', 'second'],
  ['moved', 'second', 'first'],
] as const) {
  orderTest(`a document that two look-ups miss is shown: ${order.join(', ')}`, async (stage, test) => {
    const { group, away } = stage;
    await stage.store({ missed: { kind: 'ready', group: away }, found: { kind: 'ready' } });
    // It depends on no field that the two other writes change.
    const n = newNumber();
    const query = await stage.watch({ n });
    const first = await stage.writeBySelector({ kind: 'ready' }, { $set: { n } });
    // It moves the document out of the first selector, and is itself a write by selector.
    const second = await stage.writeBySelector({ group: away }, { $set: { kind: 'running' } });
    const changes = {
      first: first([stage.id('found')]),
      moved: await stage.set('missed', { group }),
      second: second([stage.id('found')]),
    };
    for (const name of order) await stage.receive(changes[name]);
    test.equal(query.documents(), stage.shows({ missed: n, found: n }));
  });
}

orderTest('a skipped document is not read for a look-up that cannot have missed it', async (stage, test) => {
  const { group } = stage;
  await stage.store({ other: { kind: 'ready' }, found: { kind: 'ready' } });
  await stage.watch({ group, n: 7 });
  const written = await stage.writeBySelector({ kind: 'done' }, { $set: { n: 7 } });
  // It changes no field of the selector.
  await stage.receive(await stage.writeOnPeer(stage.id('other'), { $set: { text: 'x' } }));
  await stage.receive(written([stage.id('found')]));
  await stage.receive(await stage.writeOnPeer(stage.id('other'), { $set: { text: 'y' } }));
  test.equal(stage.readsOf(stage.id('other')), 0);
});

orderTest(
  'a look-up that cannot have missed anything concerns later changes no more',
  async (stage, test) => {
    const { written, query } = await missedByLookUp(stage);
    await stage.receive(written);
    stage.receivedUntil = performance.now() + MEMORY_MS + 1;
    await stage.store({ late: { kind: 'ready' } });
    await stage.change('late', { kind: 'running' });
    test.equal([stage.readsOf(stage.id('late')), query.documents()], [0, stage.shows({ found: 7 })]);
  },
);

orderTest('a look-up that no live query depends on reads nothing', async (stage, test) => {
  await stage.store({ moved: { kind: 'ready' }, found: { kind: 'ready' } });
  await stage.watch({ group: 'nobody' });
  const written = await stage.writeBySelector({ kind: 'ready' }, { $set: { n: 7 } });
  await stage.change('moved', { kind: 'running' });
  await stage.receive(written([stage.id('found')]));
  test.equal([stage.readsOf(stage.id('moved')), stage.readsOf(stage.id('found'))], [0, 0]);
});

orderTest('a look-up of which nothing is known reads whatever was skipped', async (stage, test) => {
  const { query, moved, written } = await missedByLookUp(stage);
  await stage.receive(moved);
  await stage.receive({ ...written, hints: undefined, lookedUp: {} });
  test.equal(query.documents(), stage.shows({ moved: 7, found: 7 }));
});
