/** The facts that arguments and results of the driver's write methods show. The tests of raw writes need a database. */

import { Tinytest } from 'meteor/tinytest';
import { DOCUMENT_MUTATIONS, type RawOperation } from '../../../src/writes/raw-mutations';
import { fieldsOfInsert, fieldsOfUpdate, REMOVED, withSelected } from '../../../src/writes/written-fields';

const OBJECT_ID = { toHexString: () => 'ab' };
const TICK = { $set: { tick: 1 } };
const UPDATES = ['updateOne', 'updateMany', 'replaceOne', 'findOneAndUpdate', 'findOneAndReplace'];
const REMOVES = ['deleteOne', 'deleteMany', 'findOneAndDelete'];

function mutation(method: string) {
  const found = DOCUMENT_MUTATIONS[method];
  if (!found) throw new Error(`there is no ${method}`);
  return found;
}

function read(method: string, ...args: unknown[]): RawOperation {
  const [operation, ...others] = mutation(method).read(args);
  if (!operation || others.length > 0) throw new Error('it is one operation');
  return operation;
}

function idsOfResult(method: string, result: unknown, options?: object) {
  return mutation(method).idsOfResult?.(result, options);
}

Tinytest.add('raw mutations - each method has its options in one place, and writes one or many', (test) => {
  const facts = Object.entries(DOCUMENT_MUTATIONS).map(([name, { optionsAt, isSingle }]) => [
    name,
    optionsAt,
    isSingle,
  ]);
  test.equal(facts, [
    ['insertOne', 1, true],
    ['updateOne', 2, true],
    ['updateMany', 2, false],
    ['replaceOne', 2, true],
    ['deleteOne', 1, true],
    ['deleteMany', 1, false],
    ['findOneAndUpdate', 2, true],
    ['findOneAndReplace', 2, true],
    ['findOneAndDelete', 1, true],
  ]);
});

Tinytest.add('raw mutations - an insert names its id, or may have any', (test) => {
  test.equal(read('insertOne', { _id: 'a', n: 1 }), {
    ids: ['a'],
    fields: fieldsOfInsert({ _id: 'a', n: 1 }),
  });
  const { ids, fields } = read('insertOne', { n: 1 });
  test.equal(ids, 'all');
  test.equal([...(fields?.fields ?? [])], [...(fieldsOfInsert({ n: 1 })?.fields ?? []), ['_id', undefined]]);
  test.equal(read('insertOne', 'no document').fields, undefined);
});

Tinytest.add('raw mutations - a filter names ids by equality and $in, in the types of the driver', (test) => {
  const filters: [filter: unknown, ids: unknown, options?: object][] = [
    [{ _id: 'a' }, ['a']],
    [{ _id: OBJECT_ID, n: 1 }, [OBJECT_ID]],
    [{ _id: { $in: ['a', OBJECT_ID] } }, ['a', OBJECT_ID]],
    [{ _id: { $in: ['a', 1] } }, 'all'],
    [{ _id: 1 }, 'all'],
    [{ _id: { $gt: 'a' } }, 'all'],
    [{ n: 1 }, 'all'],
    [undefined, 'all'],
    [{ _id: 'a' }, 'all', { collation: { locale: 'en' } }],
  ];
  for (const [filter, ids, options] of filters) {
    for (const method of UPDATES) test.equal(read(method, filter, TICK, options).ids, ids, method);
    for (const method of REMOVES) test.equal(read(method, filter, options).ids, ids, method);
  }
});

Tinytest.add(
  'raw mutations - an upsert by several ids, or by a list of one, may create another id',
  (test) => {
    const upsert = { upsert: true };
    for (const method of UPDATES) {
      test.equal(read(method, { _id: 'a' }, TICK, upsert).ids, ['a']);
      test.equal(read(method, { _id: { $in: ['a'] } }, TICK, upsert).ids, 'all');
      test.equal(read(method, { _id: { $in: ['a', 'b'] } }, TICK, upsert).ids, 'all');
      test.equal(read(method, { _id: { $in: ['a'] } }, TICK, { upsert: false }).ids, ['a']);
    }
  },
);

Tinytest.add('raw mutations - the changed fields are known, and by a filter what it selects', (test) => {
  const [byId, byState] = [{ _id: 'a' }, { state: 'ready' }];
  for (const method of ['updateOne', 'updateMany', 'findOneAndUpdate']) {
    test.equal(read(method, byId, TICK).fields, fieldsOfUpdate(TICK, undefined));
    test.equal(
      read(method, byState, TICK).fields,
      withSelected(fieldsOfUpdate(TICK, undefined), byState, undefined),
    );
  }
  for (const method of REMOVES) {
    test.equal(read(method, byId).fields, REMOVED);
    test.equal(read(method, byState).fields, withSelected(REMOVED, byState, undefined));
  }
  test.isUndefined(read('replaceOne', byId, { tick: 1 }).fields, 'any field may have changed');
});

Tinytest.add('raw mutations - a result names new ids, or that nothing was written', (test) => {
  test.equal(idsOfResult('insertOne', { insertedId: 'a' }), ['a']);
  test.isUndefined(idsOfResult('insertOne', {}));
  for (const method of ['updateOne', 'updateMany', 'replaceOne']) {
    test.equal(idsOfResult(method, { matchedCount: 0, upsertedId: 'a' }), ['a']);
    test.equal(idsOfResult(method, { matchedCount: 0, upsertedId: null }), []);
    test.equal(idsOfResult(method, { matchedCount: 0 }), []);
    test.isUndefined(idsOfResult(method, { matchedCount: 1, upsertedId: null }));
  }
  for (const method of ['deleteOne', 'deleteMany']) {
    test.equal(idsOfResult(method, { deletedCount: 0 }), []);
    test.isUndefined(idsOfResult(method, { deletedCount: 1 }));
  }
});

Tinytest.add('raw mutations - a method that finds returns the document, or what the server says', (test) => {
  for (const method of ['findOneAndUpdate', 'findOneAndReplace', 'findOneAndDelete']) {
    test.equal(idsOfResult(method, { _id: 'a', n: 1 }), ['a']);
    test.equal(idsOfResult(method, null), []);
    test.isUndefined(idsOfResult(method, undefined), 'a driver without an answer says nothing');
    test.isUndefined(idsOfResult(method, { n: 1 }), 'a projection may leave the id out');
    test.equal(idsOfResult(method, { lastErrorObject: {}, value: { _id: 'a' } }), ['a']);
    test.equal(idsOfResult(method, { lastErrorObject: {}, value: null }), []);
    test.isUndefined(idsOfResult(method, null, { upsert: true }), 'it has inserted a document');
    test.equal(idsOfResult(method, { lastErrorObject: { upserted: 'b' }, value: null }, { upsert: true }), [
      'b',
    ]);
  }
});
