/** The facts that the operations of a bulk show, as the driver's builders keep them. */

import { Tinytest } from 'meteor/tinytest';
import { bulkMutation } from '../../../src/writes/raw-bulk';
import { ANYTHING } from '../../../src/writes/raw-mutations';
import { fieldsOfInsert, fieldsOfUpdate, REMOVED } from '../../../src/writes/written-fields';

const [INSERT, UPDATE, REMOVE] = [1, 2, 3];
const TICK = { $set: { tick: 1 } };

function batch(batchType: unknown, ...operations: unknown[]) {
  return { batchType, operations };
}

function read(...batches: unknown[]) {
  return bulkMutation({ batches }).read([]);
}

Tinytest.add('raw bulk - each operation names its ids and fields', (test) => {
  const read3 = read(
    batch(INSERT, { _id: 'a', n: 1 }),
    batch(UPDATE, { q: { _id: 'b' }, u: TICK }, { q: { _id: { $in: ['c', 'd'] } }, u: TICK, multi: true }),
    batch(REMOVE, { q: { _id: 'e' }, limit: 1 }),
  );
  test.equal(read3, [
    { ids: ['a'], fields: fieldsOfInsert({ _id: 'a', n: 1 }) },
    { ids: ['b'], fields: fieldsOfUpdate(TICK, {}) },
    { ids: ['c', 'd'], fields: fieldsOfUpdate(TICK, {}) },
    { ids: ['e'], fields: REMOVED },
  ]);
});

Tinytest.add('raw bulk - the last batch, which is listed twice, counts once', (test) => {
  const last = batch(REMOVE, { q: { _id: 'a' } });
  test.equal(
    read(last, last).map(({ ids }) => ids),
    [['a']],
  );
});

Tinytest.add('raw bulk - one operation that may write any document is one for all', (test) => {
  const named = batch(INSERT, { _id: 'a' });
  for (const other of [
    batch(INSERT, {}),
    batch(UPDATE, { q: { n: 1 }, u: TICK }),
    batch(UPDATE, { q: { _id: { $in: ['b'] } }, u: TICK, upsert: true }),
    batch(UPDATE, { q: { _id: 'b' }, u: TICK, collation: { locale: 'en' } }),
    batch(REMOVE, { q: {} }),
    batch(4, { _id: 'b' }),
    batch('1', { _id: 'b' }),
  ])
    test.equal(read(named, other), [ANYTHING], JSON.stringify(other));
});

Tinytest.add('raw bulk - a thousand operations are named, and no more', (test) => {
  const inserts = Array.from({ length: 1000 }, (_, n) => ({ _id: `${n}` }));
  test.equal(read(batch(INSERT, ...inserts)).length, 1000);
  test.equal(read(batch(INSERT, ...inserts), batch(INSERT, { _id: 'one more' })), [ANYTHING]);
});

Tinytest.add('raw bulk - a builder that looks otherwise says nothing', (test) => {
  for (const builder of [undefined, {}, { batches: 'none' }, { batches: [{ batchType: INSERT }] }])
    test.equal(bulkMutation(builder).read([]), []);
  const { optionsAt, isSingle } = bulkMutation({});
  test.equal([optionsAt, isSingle], [0, false]);
});
