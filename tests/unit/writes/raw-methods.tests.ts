/** Which collections the methods of MongoDB's driver write to, with objects of the driver's shapes. */

import { Tinytest } from 'meteor/tinytest';
import { type Namespace, RAW_METHODS, type RawMethod } from '../../../src/writes/raw-methods';
import { ANYTHING } from '../../../src/writes/raw-mutations';

const client = { name: 'the client' };
const collection = { client, dbName: 'app', collectionName: 'items' };
const database = { client, databaseName: 'app' };
const [ITEMS, OTHERS] = ['items', 'others'].map((name): Namespace => ({ client, database: 'app', name }));

const { Collection, Db, OrderedBulkOperation, UnorderedBulkOperation, AggregationCursor } = RAW_METHODS;

function targetsOf(pipeline: unknown) {
  return AggregationCursor._initialize.namespaces({ client, namespace: { db: 'app' }, pipeline }, []);
}

Tinytest.add('raw methods - those of a collection write to it, and a rename to another too', (test) => {
  for (const [name, { namespaces }] of Object.entries<RawMethod>(Collection)) {
    const targets = name === 'rename' ? [ITEMS, OTHERS] : [ITEMS];
    test.equal(namespaces(collection, ['others']), targets, name);
  }
});

Tinytest.add('raw methods - those of a database write to the collections that they name', (test) => {
  test.equal(Db.dropCollection.namespaces(database, ['items']), [ITEMS]);
  test.equal(Db.renameCollection.namespaces(database, ['items', 'others']), [ITEMS, OTHERS]);
});

Tinytest.add('raw methods - a bulk writes to the collection of its builder', (test) => {
  for (const { execute } of [OrderedBulkOperation, UnorderedBulkOperation] as Record<string, RawMethod>[]) {
    test.equal(execute?.namespaces({ collection }, []), [ITEMS]);
    const batches = [{ batchType: 1, operations: [{ _id: 'a' }] }];
    test.equal(execute?.mutation({ batches }).read([])[0]?.ids, ['a']);
  }
});

Tinytest.add('raw methods - an aggregation writes where its last stage says', (test) => {
  const elsewhere = { client, database: 'other', name: 'items' };
  const targets: [stage: object, namespace: Namespace | undefined][] = [
    [{ $out: 'items' }, ITEMS],
    [{ $out: { db: 'other', coll: 'items' } }, elsewhere],
    [{ $merge: 'items' }, ITEMS],
    [{ $merge: { into: 'items', whenMatched: 'replace' } }, ITEMS],
    [{ $merge: { into: { db: 'other', coll: 'items' } } }, elsewhere],
    [{ $merge: { into: { coll: 'items' } } }, ITEMS],
  ];
  for (const [stage, namespace] of targets)
    test.equal(targetsOf([{ $match: {} }, { $sort: { n: 1 } }, stage]), [namespace], JSON.stringify(stage));
});

Tinytest.add('raw methods - an aggregation that only reads writes nowhere', (test) => {
  for (const pipeline of [[], [{ $match: {} }], [{ $out: 'items' }, { $match: {} }], undefined, 'none'])
    test.equal(targetsOf(pipeline), []);
});

Tinytest.add('raw methods - those that name no documents may have written any', (test) => {
  const whole: [method: RawMethod, optionsAt: number][] = [
    [Collection.drop, 0],
    [Collection.rename, 1],
    [Db.dropCollection, 1],
    [Db.renameCollection, 2],
    [AggregationCursor._initialize, 0],
  ];
  for (const [{ mutation }, optionsAt] of whole) {
    const { isSingle, read, ...rest } = mutation(undefined);
    test.equal(
      { optionsAt: rest.optionsAt, isSingle, read: read([]) },
      { optionsAt, isSingle: false, read: [ANYTHING] },
    );
  }
});
