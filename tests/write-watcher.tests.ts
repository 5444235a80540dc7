/** The wrapping by itself, around methods whose outcome the test decides. */

import { Tinytest } from 'meteor/tinytest';
import { type FindIds, type WritableCollection, type WrittenIds, watchWrites } from '../src/write-watcher';

type Outcome = { result?: unknown; error?: unknown };

/** As Meteor's, for the selectors used here. */
const idsOf = (selector: unknown): WrittenIds => {
  const { _id } = selector as { _id?: { $in?: unknown[] } };
  return _id === undefined ? null : (_id.$in ?? [_id]);
};

/** One write with a decided outcome. @returns what was announced of it */
async function announced(
  method: string,
  args: unknown[],
  outcome: Outcome,
  findIds?: FindIds,
): Promise<unknown[]> {
  const events: unknown[] = [];
  const collection: WritableCollection = {
    [method]: () => ('error' in outcome ? Promise.reject(outcome.error) : Promise.resolve(outcome.result)),
  };
  watchWrites(collection, { named: idsOf, matching: () => findIds }, () => ({
    committed: (ids) => events.push(['committed', ids]),
    uncertain: (ids) => events.push(['uncertain', ids]),
    vain: () => events.push(['vain']),
  }));
  await (collection[method] as (...args: unknown[]) => Promise<unknown>)(...args).catch(() => {});
  await new Promise(setImmediate);
  return events;
}

function failure(name: string, fields: object = {}): Error {
  return Object.assign(new Error(name), { name, ...fields });
}

Tinytest.addAsync('write watcher - a write announces the ids it names, else the collection', async (test) => {
  const multi = { multi: true };
  const cases: [string, unknown[], unknown, WrittenIds][] = [
    ['insertAsync', [{ _id: 'a' }], 'a', ['a']],
    ['insertAsync', [{}], 'made', null],
    ['updateAsync', [{ _id: 'a' }, {}], 1, ['a']],
    ['updateAsync', [{ _id: { $in: ['a', 'b'] } }, {}, multi], 2, ['a', 'b']],
    ['updateAsync', [{ n: 1 }, {}, multi], 2, null],
    ['updateAsync', [{ _id: 'a' }, {}, { upsert: true }], 1, ['a']],
    ['updateAsync', [{ _id: { $in: ['a'] } }, {}, { upsert: true }], 1, null],
    ['upsertAsync', [{ n: 1 }, {}], { numberAffected: 1, insertedId: 'x' }, ['x']],
    ['upsertAsync', [{ n: 1 }, {}], { numberAffected: 1 }, null],
    ['upsertAsync', [{ _id: 'a' }, {}], { numberAffected: 1 }, ['a']],
    ['removeAsync', [{ _id: 'a' }], 1, ['a']],
    ['removeAsync', [{}], 5, null],
    ['dropCollectionAsync', [], undefined, null],
  ];
  for (const [method, args, result, ids] of cases) {
    test.equal(
      await announced(method, args, { result }),
      [['committed', ids]],
      `${method} ${JSON.stringify(args)}`,
    );
  }
});

Tinytest.addAsync(
  'write watcher - what an update by selector wrote is found if nothing of the selector was changed',
  async (test) => {
    const found = ['x', 'y'];
    const cases: [string, unknown[], WrittenIds][] = [
      ['updateAsync', [{ n: 1 }, { $set: { m: 2 } }, { multi: true }], found],
      ['updateAsync', [{ n: 1 }, { $set: { m: 2 } }], found],
      ['updateAsync', [{}, { $inc: { n: 1 } }, { multi: true, upsert: false }], found],
      ['updateAsync', [{ 'a.b': { $gt: 1 } }, { $push: { c: 1 }, $unset: { 'd.e': '' } }], found],
      ['updateAsync', [{ n: 1 }, { $set: { n: 2 } }], null],
      ['updateAsync', [{ n: 1 }, { $inc: { m: 1 }, $unset: { n: '' } }], null],
      ['updateAsync', [{ 'a.b': 1 }, { $set: { 'a.c': 1 } }], null],
      ['updateAsync', [{ a: 1 }, { $set: { 'a.$.c': 1 } }], null],
      ['updateAsync', [{ n: 1 }, { $rename: { m: 'n' } }], null],
      ['updateAsync', [{ $or: [{ n: 1 }] }, { $set: { m: 1 } }], null],
      ['updateAsync', [{ $where: 'this.n' }, { $set: { m: 1 } }], null],
      ['updateAsync', [{ n: 1 }, { m: 2 }], null],
      ['updateAsync', [{ n: 1 }, {}], null],
      ['updateAsync', [{ n: new (class {})() }, { $set: { m: 2 } }], null],
      ['updateAsync', [{ n: 1 }, [{ $set: { m: 2 } }]], null],
      ['updateAsync', [{ n: 1 }, { $set: { m: 2 } }, { upsert: true }], null],
      ['updateAsync', [{ n: 1 }, { $set: { m: 2 } }, { collation: { locale: 'de' } }], null],
      ['updateAsync', [{ _id: 'a' }, { $set: { m: 2 } }], ['a']],
      ['upsertAsync', [{ n: 1 }, { $set: { m: 2 } }], null],
      ['removeAsync', [{ n: 1 }], null],
    ];
    for (const [method, args, ids] of cases) {
      test.equal(
        await announced(method, args, { result: 1 }, async () => found),
        [['committed', ids]],
        `${method} ${JSON.stringify(args)}`,
      );
    }
    const [, args] = cases[0] ?? ['', []];
    const committed = (findIds: FindIds) => announced('updateAsync', args, { result: 1 }, findIds);
    test.equal(await committed(async () => null), [['committed', null]]);
    test.equal(await committed(async () => []), [['committed', null]], 'fewer than were written');
    test.equal(await committed(() => Promise.reject(new Error('no'))), [['committed', null]]);
    test.equal(await announced('updateAsync', args, { result: 0 }, async () => found), [['vain']]);
  },
);

Tinytest.addAsync('write watcher - a write that matched nothing announces nothing', async (test) => {
  test.equal(await announced('updateAsync', [{ n: 1 }, {}], { result: 0 }), [['vain']]);
  test.equal(await announced('removeAsync', [{ n: 1 }], { result: 0 }), [['vain']]);
  test.equal(await announced('upsertAsync', [{ n: 1 }, {}], { result: { numberAffected: 0 } }), [['vain']]);
});

Tinytest.addAsync(
  'write watcher - a failed write is announced only if part of it may have been applied',
  async (test) => {
    const one = [{ _id: 'a' }, {}];
    const many = [{ n: 1 }, {}, { multi: true }];
    const cases: [string, unknown[], Error, unknown[]][] = [
      ['updateAsync', one, failure('Error'), [['vain']]],
      ['updateAsync', many, failure('MongoInvalidArgumentError'), [['vain']]],
      ['insertAsync', [{ _id: 'a' }], failure('MongoServerError', { code: 11000 }), [['vain']]],
      [
        'updateAsync',
        one,
        failure('MongoServerError', { errorLabels: ['RetryableWriteError'] }),
        [['uncertain', ['a']]],
      ],
      ['updateAsync', many, failure('MongoServerError', { code: 11000 }), [['uncertain', null]]],
      ['removeAsync', [{}], failure('MongoServerError'), [['uncertain', null]]],
      ['updateAsync', one, failure('MongoNetworkError'), [['uncertain', ['a']]]],
      ['insertAsync', [{ _id: 'a' }], failure('MongoNetworkTimeoutError'), [['uncertain', ['a']]]],
      ['insertAsync', [{ _id: 'a' }], failure('MongoWriteConcernError'), [['uncertain', ['a']]]],
      ['insertAsync', [{ _id: 'a' }], failure('MongoPoolClearedError'), [['uncertain', ['a']]]],
    ];
    for (const [method, args, error, events] of cases) {
      test.equal(await announced(method, args, { error }), events, `${method} ${error.name}`);
    }
  },
);

Tinytest.add('write watcher - arguments, this, promise and exceptions pass through', (test) => {
  const promise = Promise.resolve(1);
  const thrown = new Error('thrown at once');
  let call: unknown[] = [];
  const collection: WritableCollection = {
    updateAsync(this: unknown, ...args: unknown[]) {
      call = [this, ...args];
      return promise;
    },
    removeAsync() {
      throw thrown;
    },
  };
  const found = { ...collection };
  const restore = watchWrites(collection, { named: idsOf }, () => ({
    committed() {},
    uncertain() {},
    vain() {},
  }));
  const { updateAsync, removeAsync } = collection as Record<string, (...args: unknown[]) => unknown>;
  const self = {};
  const selector = { _id: 'a' };
  test.isTrue(updateAsync?.call(self, selector, 2, 3, 4) === promise);
  test.isTrue(call[0] === self && call[1] === selector);
  test.equal(call.slice(2), [2, 3, 4]);
  test.throws(() => removeAsync?.({}), 'thrown at once');
  restore();
  test.isTrue(collection.updateAsync === found.updateAsync && collection.removeAsync === found.removeAsync);
});

Tinytest.addAsync('write watcher - restored under somebody else’s wrapper, it steps aside', async (test) => {
  let announcements = 0;
  const collection: WritableCollection = { insertAsync: async () => 'a' };
  const count = () => {
    announcements += 1;
  };
  const restore = watchWrites(collection, { named: idsOf }, () => ({
    committed: count,
    uncertain: count,
    vain: count,
  }));
  const ours = collection.insertAsync as (document: object) => Promise<unknown>;
  const theirs = (document: object) => ours(document);
  collection.insertAsync = theirs;
  restore();
  test.isTrue(collection.insertAsync === theirs);
  test.equal(await theirs({ _id: 'a' }), 'a');
  await new Promise(setImmediate);
  test.equal(announcements, 0);
});

Tinytest.addAsync(
  'write watcher - what is looked for is the selector as it was at the call',
  async (test) => {
    const id = { toHexString: () => '0123456789abcdef01234567', __proto__: {} };
    const selector = { n: { $in: [1, 2] }, at: new Date(5), text: /x/i, id };
    let looked: unknown;
    const collection: WritableCollection = { updateAsync: async () => 1 };
    const matching = () => async (given: unknown) => {
      looked = given;
      return ['a'];
    };
    let ended: unknown;
    const end = (ids: WrittenIds) => {
      ended = ids;
    };
    watchWrites(collection, { named: idsOf, matching }, () => ({
      committed: end,
      uncertain: end,
      vain() {},
    }));
    const writing = (collection.updateAsync as (...args: object[]) => Promise<unknown>)(selector, {
      $set: { m: 1 },
    });
    selector.n.$in.push(3);
    selector.at.setTime(6);
    await writing;
    await new Promise(setImmediate);
    test.equal(ended, ['a']);
    test.equal(looked, { n: { $in: [1, 2] }, at: new Date(5), text: /x/i, id });
    test.isTrue(
      (looked as typeof selector).id === id,
      'values of the database’s own types stay what they are',
    );
  },
);
