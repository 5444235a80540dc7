/** The document that a write of this node leaves is dispatched without a read, where it stands for one. */

import { Tinytest } from 'meteor/tinytest';
import { FedCollection, hintsOf } from '../../../support/fed-collection';

const DOCUMENT = { _id: 'a', color: 'red' };

/** A collection with a live query, and an insert that has begun. */
async function insertion(selector: object = { color: 'red' }) {
  const fed = new FedCollection();
  const driver = await fed.open({ selector });
  const start = fed.feed.startOf('items');
  if (!start) throw new Error('the document is of no use');
  fed.store(DOCUMENT);
  const change = { collection: 'items', ids: ['a'] };
  const end = async () => (await fed.feed.handleChange(change, { document: DOCUMENT, start }))();
  return { fed, driver, end, change };
}

Tinytest.addAsync('own writes - the document is dispatched and shown, and not read', async (test) => {
  const { fed, driver, end } = await insertion();
  await end();
  test.equal([fed.reads.length, driver.entries, driver.flushes], [0, ['u a'], 1]);
  test.equal(fed.metrics.documentsDispatched, 1);
});

Tinytest.addAsync('own writes - each live query gets it that it concerns, and no other', async (test) => {
  const fed = new FedCollection();
  const drivers = [
    await fed.open({ selector: { color: 'red' } }),
    await fed.open({ selector: { color: 'blue' } }),
  ];
  const start = fed.feed.startOf('items');
  const inserted = start && { document: DOCUMENT, start };
  await fed.feed.handleChange({ collection: 'items', ids: ['a'] }, inserted);
  test.equal([fed.reads.length, drivers.map(({ entries }) => entries)], [0, [['u a'], []]]);
});

Tinytest.addAsync('own writes - a removed document goes from live queries, and is not read', async (test) => {
  const fed = new FedCollection();
  const { entries, handle } = await fed.open();
  handle.onHold('a');
  const start = fed.feed.startOf('items');
  const known = start && { document: null, start };
  await fed.feed.handleChange({ collection: 'items', ids: ['a'] }, known);
  test.equal([fed.reads.length, entries], [0, ['d a']]);
});

type Running = Awaited<ReturnType<typeof insertion>>;

/** Events during an insert, after which its document may be old. */
const MEANWHILE: Readonly<Record<string, (running: Running) => Promise<unknown>>> = {
  'a change of it': ({ fed }) => fed.change(['a']),
  'a skipped change of it': ({ fed }) => fed.change(['a'], { hints: hintsOf(['a'], { $set: { size: 1 } }) }),
  'a change without ids': async ({ fed, driver }) => {
    const changing = fed.change('all');
    driver.setSteady(false);
    driver.setSteady(true);
    await changing;
  },
  'a query of a driver': async ({ driver }) => {
    driver.setSteady(false);
    driver.setSteady(true);
  },
  'a fetch of it': ({ driver }) =>
    new Promise((resolve) => void driver.handle.fetch('items', 'a', {}, resolve)),
  'a live query that is opened': ({ fed }) => fed.open({ selector: { color: 'red' } }),
  'a thousand other changes': async ({ fed }) => {
    const ids = Array.from({ length: 1001 }, (_, n) => `other-${n}`);
    for (const part of [ids.slice(0, 600), ids.slice(600)]) await fed.change(part);
  },
  'a change of a long id': ({ fed }) => fed.change(['x'.repeat(257)]),
};

for (const [name, happens] of Object.entries(MEANWHILE)) {
  Tinytest.addAsync(`own writes - after ${name}, the document is read`, async (test) => {
    const running = await insertion();
    await happens(running);
    const before = running.fed.reads.length;
    await running.end();
    test.equal(
      running.fed.reads.slice(before).map(({ ids }) => ids),
      [['a']],
    );
  });
}

Tinytest.addAsync('own writes - a change of another document does not matter', async (test) => {
  const { fed, driver, end } = await insertion();
  await fed.change(['b']);
  const before = fed.reads.length;
  await end();
  test.equal([fed.reads.length, driver.entries], [before, ['u a']]);
});

Tinytest.addAsync('own writes - while the document is being read, it is read once more', async (test) => {
  const { fed, driver, change } = await insertion();
  const release = fed.hold();
  const reading = fed.change(['a']);
  await new Promise(setImmediate);
  const start = fed.feed.startOf('items');
  if (!start) throw new Error('the document is of no use');
  const ended = fed.feed.handleChange(change, { document: DOCUMENT, start });
  test.equal(driver.entries, [], 'the older read would come later');
  release();
  await Promise.all([reading, ended]);
  test.equal([fed.reads.length, driver.entries], [2, ['u a', 'u a']]);
});

Tinytest.addAsync('own writes - nobody asks for a document that no live query can show', async (test) => {
  const fed = new FedCollection();
  test.isUndefined(fed.feed.startOf('items'));
  const { stop } = await fed.open();
  test.isTrue(fed.feed.startOf('items') !== undefined);
  stop();
  test.isUndefined(fed.feed.startOf('items'));
});

Tinytest.addAsync('own writes - a document that concerns nobody is skipped', async (test) => {
  const { fed, driver, end } = await insertion({ color: 'blue' });
  await end();
  test.equal([fed.reads.length, driver.entries], [0, []]);
});
