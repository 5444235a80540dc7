/** Which ids and fields the write watcher reports. */

import { Tinytest } from 'meteor/tinytest';
import type { WrittenIds } from '../../../src/writes/mutations';
import type { FindIds } from '../../../src/writes/write-watcher';
import { reportOf, type WatchedWriteOptions } from '../../support/watched-write';

const MULTI = { multi: true };
const COLLATED = { collation: { locale: 'en', strength: 2 } };

async function committedIds(
  method: string,
  args: readonly unknown[],
  result: unknown,
  options?: WatchedWriteOptions,
): Promise<WrittenIds> {
  const { outcome, ids } = await reportOf(method, args, { result }, options);
  if (outcome !== 'committed') throw new Error(`${method} is ${outcome}`);
  return ids;
}

Tinytest.addAsync('write watcher - the ids are those that a write names, else all', async (test) => {
  const cases: [string, unknown[], unknown, WrittenIds][] = [
    ['insertAsync', [{ _id: 'a' }], 'a', ['a']],
    ['insertAsync', [{ _id: 'a' }], 'other', ['a']],
    ['insertAsync', [{}], 'new', 'all'],
    ['insertAsync', [undefined], 'new', 'all'],
    ['updateAsync', [{ _id: 'a' }, {}], 1, ['a']],
    ['updateAsync', [{ _id: { $in: ['a', 'b'] } }, {}, MULTI], 2, ['a', 'b']],
    ['updateAsync', [{ n: 1 }, {}, MULTI], 2, 'all'],
    // `ABC` stands for `abc` too.
    ['updateAsync', [{ _id: 'ABC' }, {}, COLLATED], 1, 'all'],
    ['updateAsync', [{ _id: { $in: ['ABC', 'x'] } }, {}, { ...MULTI, ...COLLATED }], 2, 'all'],
    ['updateAsync', [{ _id: 'ABC' }, {}, { ...COLLATED, upsert: true }], 1, 'all'],
    ['upsertAsync', [{ _id: 'ABC' }, {}, COLLATED], { numberAffected: 1 }, 'all'],
    ['updateAsync', [{ _id: 'ABC' }, {}, { collation: undefined }], 1, ['ABC']],
    ['removeAsync', [{ _id: 'a' }], 1, ['a']],
    ['removeAsync', [{}], 5, 'all'],
    ['dropCollectionAsync', [], undefined, 'all'],
  ];
  for (const [method, args, result, ids] of cases) {
    test.equal(await committedIds(method, args, result), ids, `${method} ${JSON.stringify(args)}`);
  }
});

Tinytest.addAsync(
  'write watcher - an upsert names an id by one plain value or by its result',
  async (test) => {
    const upsert = { upsert: true };
    const cases: [string, unknown[], unknown, WrittenIds][] = [
      ['updateAsync', [{ _id: 'a' }, {}, upsert], 1, ['a']],
      ['updateAsync', [{ _id: { $in: ['a'] } }, {}, upsert], 1, 'all'],
      ['updateAsync', [{ n: 1 }, {}, upsert], { numberAffected: 1, insertedId: 'x' }, ['x']],
      ['upsertAsync', [{ n: 1 }, {}], { numberAffected: 1, insertedId: 'x' }, ['x']],
      ['upsertAsync', [{ n: 1 }, {}], { numberAffected: 1 }, 'all'],
      ['upsertAsync', [{ _id: 'a' }, {}], { numberAffected: 1 }, ['a']],
      ['upsertAsync', [{ _id: { $in: ['a'] } }, {}], { numberAffected: 1 }, 'all'],
    ];
    for (const [method, args, result, ids] of cases) {
      test.equal(await committedIds(method, args, result), ids, `${method} ${JSON.stringify(args)}`);
    }
  },
);

Tinytest.addAsync('write watcher - a selector that no rule understands names all', async (test) => {
  // `idsOf` throws.
  for (const method of ['updateAsync', 'upsertAsync', 'removeAsync']) {
    test.equal(await committedIds(method, [null, {}], 1), 'all', method);
  }
});

Tinytest.addAsync('write watcher - where hooks can run, the id an insert returns is added', async (test) => {
  const outermost = { isInnermost: false };
  test.equal(await committedIds('insertAsync', [{ _id: 'a' }], 'b', outermost), ['a', 'b']);
  test.equal(await committedIds('insertAsync', [{ _id: 'a' }], undefined, outermost), ['a']);
  test.equal(await committedIds('insertAsync', [{}], 'b', outermost), 'all');
});

Tinytest.addAsync(
  'write watcher - the ids of an update that keeps its selector matching are found',
  async (test) => {
    const found = ['x', 'y'];
    const cases: [string, unknown[], WrittenIds][] = [
      ['updateAsync', [{ n: 1 }, { $set: { m: 2 } }, MULTI], found],
      ['updateAsync', [{ n: 1 }, { $set: { m: 2 } }], found],
      ['updateAsync', [{}, { $inc: { n: 1 } }, { multi: true, upsert: false }], found],
      ['updateAsync', [{ 'a.b': { $gt: 1 } }, { $push: { c: 1 }, $unset: { 'd.e': '' } }], found],
      ['updateAsync', [{ n: 1 }, { $set: { 'm.$[x]': 2 } }, { arrayFilters: [{ x: 1 }] }], found],
      ['updateAsync', [{ n: 1 }, { $set: { n: 2 } }], 'all'],
      ['updateAsync', [{ n: 1 }, { $inc: { m: 1 }, $unset: { n: '' } }], 'all'],
      ['updateAsync', [{ 'a.b': 1 }, { $set: { 'a.c': 1 } }], 'all'],
      ['updateAsync', [{ a: 1 }, { $set: { 'a.$.c': 1 } }], 'all'],
      ['updateAsync', [{ n: 1 }, { $rename: { m: 'n' } }], 'all'],
      ['updateAsync', [{ n: 1 }, { $rename: { n: 'm' } }], 'all'],
      ['updateAsync', [{ $or: [{ n: 1 }] }, { $set: { m: 1 } }], 'all'],
      ['updateAsync', [{ $where: 'this.n' }, { $set: { m: 1 } }], 'all'],
      ['updateAsync', [{ n: 1 }, { m: 2 }], 'all'],
      ['updateAsync', [{ n: 1 }, {}], 'all'],
      ['updateAsync', [{}, { m: new Date(0) }], 'all'],
      ['updateAsync', [{ n: 1 }, { $set: { m: 2 }, n: new Date(0) }], 'all'],
      ['updateAsync', [{ n: 1 }, { $set: new Map([['n', 2]]) }], 'all'],
      ['updateAsync', [{ n: 1 }, new Map([['$set', { n: 2 }]])], 'all'],
      ['updateAsync', [{ n: 1 }, { $set: Object.create({ n: 2 }) }], 'all'],
      ['updateAsync', [{ n: 1 }, { $set: { toBSON: () => ({ n: 2 }) } }], 'all'],
      ['updateAsync', [{ n: 1 }, { $set: undefined }], 'all'],
      ['updateAsync', [{ n: 1 }, { $rename: { m: undefined } }], 'all'],
      ['updateAsync', [new Map([['n', 1]]), { $set: { n: 2 } }, MULTI], 'all'],
      ['updateAsync', [{ n: 1 }, { $set: { m: 2 } }, new Map([['collation', {}]])], 'all'],
      ['updateAsync', [{ n: new (class {})() }, { $set: { m: 2 } }], 'all'],
      ['updateAsync', [{ n: 1 }, [{ $set: { m: 2 } }]], 'all'],
      ['updateAsync', [{ n: 1 }, { $set: { m: 2 } }, { upsert: true }], 'all'],
      ['updateAsync', [{ n: 1 }, { $set: { m: 2 } }, { collation: { locale: 'de' } }], 'all'],
      ['updateAsync', [{ _id: 'a' }, { $set: { m: 2 } }], ['a']],
      ['upsertAsync', [{ n: 1 }, { $set: { m: 2 } }], 'all'],
      ['removeAsync', [{ n: 1 }], 'all'],
    ];
    for (const [method, args, ids] of cases) {
      const actual = await committedIds(method, args, 1, { findIds: async () => found });
      test.equal(actual, ids, `${method} ${JSON.stringify(args)}`);
    }
  },
);

Tinytest.addAsync(
  'write watcher - all may be written where the find fails or finds too few',
  async (test) => {
    const args = [{ n: 1 }, { $set: { m: 2 } }, MULTI];
    const ids = (result: unknown, findIds?: FindIds) =>
      committedIds('updateAsync', args, result, { findIds });
    test.equal(await ids(2, async () => ['x', 'y']), ['x', 'y']);
    test.equal(await ids({ numberAffected: 2 }, async () => ['x', 'y', 'z']), ['x', 'y', 'z']);
    test.equal(await ids(1, async () => 'all'), 'all');
    test.equal(await ids(2, async () => ['x']), 'all');
    test.equal(await ids(undefined, async () => ['x']), 'all');
    test.equal(await ids(1, () => Promise.reject(new Error('no'))), 'all');
    test.equal(await ids(1), 'all');
  },
);

Tinytest.addAsync('write watcher - a write that matched nothing starts no find', async (test) => {
  let finds = 0;
  const findIds = async () => {
    finds += 1;
    return ['x'];
  };
  const { outcome } = await reportOf(
    'updateAsync',
    [{ n: 1 }, { $set: { m: 2 } }],
    { result: 0 },
    { findIds },
  );
  test.equal([outcome, finds], ['unchanged', 0]);
});

Tinytest.addAsync('write watcher - the fields are those that the arguments show', async (test) => {
  const set = { $set: { m: 2 } };
  const cases: [string, unknown[], unknown, unknown][] = [
    [
      'insertAsync',
      [{ _id: 'a', m: 2 }],
      'a',
      {
        kind: 'insert',
        fields: [
          ['_id', 'sa'],
          ['m', 'n2'],
        ],
      },
    ],
    ['updateAsync', [{ _id: 'a' }, set], 1, { kind: 'update', fields: [['m', 'n2']] }],
    ['updateAsync', [{ _id: 'a' }, set, { upsert: true }], 1, undefined],
    ['updateAsync', [{ _id: 'a' }, { m: 2 }], 1, undefined],
    ['upsertAsync', [{ _id: 'a' }, set], { numberAffected: 1 }, undefined],
    ['removeAsync', [{ _id: 'a' }], 1, { kind: 'remove', fields: [] }],
    ['dropCollectionAsync', [], undefined, undefined],
  ];
  for (const [method, args, result, fields] of cases) {
    const what = `${method} ${JSON.stringify(args)}`;
    test.equal((await reportOf(method, args, { result })).fields, fields, what);
    const outermost = await reportOf(method, args, { result }, { isInnermost: false });
    test.isUndefined(outermost.fields, `${what} where hooks can run`);
  }
});

Tinytest.addAsync('write watcher - ids that were found come with the fields', async (test) => {
  const args = [{ n: 1 }, { $set: { m: 2 } }];
  const { ids, fields } = await reportOf('updateAsync', args, { result: 1 }, { findIds: async () => ['x'] });
  const selected = [{ path: 'n', scalars: ['n1'] }];
  test.equal({ ids, fields }, { ids: ['x'], fields: { kind: 'update', fields: [['m', 'n2']], selected } });
});

Tinytest.addAsync(
  'write watcher - looked-up ids come with the fields of the selector, each once',
  async (test) => {
    const args = [{ 'a.b': 1, 'a.c': 2, n: 1 }, { $set: { m: 2 } }, MULTI];
    const find = async () => ['x'];
    const { selected } = await reportOf('updateAsync', args, { result: 1 }, { findIds: find });
    test.equal(selected, ['a', 'n']);
    const named = await reportOf('updateAsync', [{ _id: 'a' }, args[1]], { result: 1 }, { findIds: find });
    test.isUndefined(named.selected);
    const failed = await reportOf(
      'updateAsync',
      args,
      { result: 1 },
      { findIds: () => Promise.reject(new Error('no')) },
    );
    test.isUndefined(failed.selected, 'the change names the whole collection');
  },
);

Tinytest.addAsync('write watcher - of a result without a number, all may be written', async (test) => {
  const args = [{ n: 1 }, { $set: { m: 2 } }, MULTI];
  for (const result of ['1', {}, { numberAffected: '0' }]) {
    const ids = await committedIds('updateAsync', args, result, { findIds: async () => ['x'] });
    test.equal(ids, 'all', JSON.stringify(result));
  }
});
