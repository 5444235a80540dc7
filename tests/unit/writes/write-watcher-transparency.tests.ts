/** The application does not notice that its writes are watched. */

import { Tinytest } from 'meteor/tinytest';
import type { WrittenIds } from '../../../src/writes/mutations';
import {
  type WatchOptions,
  type WritableCollection,
  type WriteKnowledge,
  watchWrites,
} from '../../../src/writes/write-watcher';
import { unhandledDuring } from '../../support/unhandled-rejections';
import { type AsyncMethod, failure, idsOf } from '../../support/watched-write';

type Method = (...args: unknown[]) => unknown;

const watchedBy = (begin: WatchOptions['begin']): WatchOptions => ({
  idsOf,
  isInnermost: true,
  isAcknowledged: true,
  begin,
});
const observed = watchedBy(() => ({ end() {} }));
const unobserved = watchedBy(() => ({ isUnread: true, end() {} }));

/** Returns a watched method, by which name it is. */
function watched(method: unknown, options: WatchOptions, name = 'updateAsync'): Method {
  const collection: WritableCollection = { [name]: method };
  watchWrites(collection, options);
  return collection[name] as Method;
}

for (const [what, options] of [
  ['with an observer', observed],
  ['without an observer', unobserved],
] as const) {
  Tinytest.add(`write watcher - ${what}, arguments, this and the promise pass through`, (test) => {
    const promise = Promise.resolve(1);
    let call: unknown[] = [];
    const method = watched(function (this: unknown, ...args: unknown[]) {
      call = [this, ...args];
      return promise;
    }, options);
    const self = {};
    const selector = { _id: 'a' };
    const modifier = { $set: { n: 1 } };
    test.isTrue(method.call(self, selector, modifier, 3, 4) === promise, 'the promise');
    test.isTrue(call[0] === self && call[1] === selector && call[2] === modifier, 'this and the arguments');
    test.equal(call.slice(3), [3, 4]);
    test.isTrue(method.call(self) === promise);
    test.equal(call.length, 1, 'no argument is added');
  });

  Tinytest.add(`write watcher - ${what}, an error that is thrown at once is thrown`, (test) => {
    const error = new Error('thrown at once');
    const method = watched(() => {
      throw error;
    }, options);
    let thrown: unknown;
    try {
      method({}, {});
    } catch (caught) {
      thrown = caught;
    }
    test.isTrue(thrown === error);
  });

  Tinytest.addAsync(`write watcher - ${what}, a rejection reaches the application alone`, async (test) => {
    const unhandled = await unhandledDuring(async () => {
      const error = failure('MongoNetworkError');
      const writing = watched(() => Promise.reject(error), options)({ _id: 'a' }, {}) as Promise<unknown>;
      test.isTrue((await writing.catch((caught) => caught)) === error);
      await new Promise(setImmediate);
    });
    test.equal(unhandled, []);
  });

  Tinytest.add(`write watcher - ${what}, a method that returns no promise returns the same`, (test) => {
    for (const result of [undefined, null, 0, 'a', {}]) {
      test.isTrue(watched(() => result, options)({ _id: 'a' }, {}) === result);
    }
  });
}

Tinytest.add('write watcher - without an observer the arguments are not read', (test) => {
  const selector = new Proxy(
    {},
    {
      get: () => {
        throw new Error('read');
      },
      ownKeys: () => {
        throw new Error('listed');
      },
    },
  );
  const method = watched(() => 1, { ...unobserved, idsOf: () => 'all' });
  test.equal(method(selector, selector, selector), 1);
});

Tinytest.add('write watcher - begin is called once for each write, before the write', (test) => {
  const order: string[] = [];
  const method = watched(
    () => order.push('write'),
    watchedBy(() => {
      order.push('begin');
      return { end: (outcome) => void order.push(outcome) };
    }),
  );
  method({ _id: 'a' }, {});
  test.equal(order, ['begin', 'write', 'committed']);
});

Tinytest.add('write watcher - a write that throws at once ends', (test) => {
  const ended: unknown[] = [];
  const method = watched(
    () => {
      throw failure('MongoNetworkError');
    },
    watchedBy(() => ({ end: (outcome, ids) => void ended.push(outcome, ids) })),
  );
  test.throws(() => method({ _id: 'a' }, {}));
  test.equal(ended, ['indeterminate', ['a']]);
});

Tinytest.addAsync('write watcher - the application does not wait for the find', async (test) => {
  let isEnded = false;
  const begin = () => ({
    findIds: () => new Promise<WrittenIds>(() => {}),
    end() {
      isEnded = true;
    },
  });
  test.equal(await watched(async () => 1, watchedBy(begin))({ n: 1 }, { $set: { m: 1 } }), 1);
  test.isFalse(isEnded);
});

Tinytest.add('write watcher - methods that do not exist, and other methods, are left alone', (test) => {
  const find = () => {};
  const collection: WritableCollection = { find, insertAsync: () => 'a' };
  watchWrites(collection, observed);
  test.equal(Object.keys(collection), ['find', 'insertAsync']);
  test.isTrue(collection.find === find);
});

Tinytest.addAsync('write watcher - ids and fields are those at the time of the call', async (test) => {
  const reports: unknown[] = [];
  const begin = () => ({ end: (...args: unknown[]) => void reports.push(args[1], args[2]) });
  const insert = watched(async () => 'a', watchedBy(begin), 'insertAsync') as AsyncMethod;
  const document = { _id: 'a', n: 1 };
  const writing = insert(document);
  Object.assign(document, { _id: 'b', n: 2, m: 3 });
  await writing;
  await new Promise(setImmediate);
  test.equal(reports[0], ['a']);
  const { fields } = reports[1] as WriteKnowledge;
  test.equal(
    [...(fields?.fields ?? [])],
    [
      ['_id', 'sa'],
      ['n', 'n1'],
    ],
  );
});

Tinytest.addAsync(
  'write watcher - the find uses the selector as it was at the time of the call',
  async (test) => {
    // As an ObjectID: a value of the database's own types.
    const id = { toHexString: () => '0123456789abcdef01234567', __proto__: {} };
    const selector = { n: { $in: [1, 2] }, at: new Date(5), text: /x/i, id };
    let used: unknown;
    let ended: unknown;
    const begin = () => ({
      async findIds(given: object) {
        used = given;
        return ['a'];
      },
      end(_outcome: unknown, ids: WrittenIds) {
        ended = ids;
      },
    });
    const writing = watched(async () => 1, watchedBy(begin))(selector, { $set: { m: 1 } });
    selector.n.$in.push(3);
    selector.at.setTime(6);
    await writing;
    await new Promise(setImmediate);
    test.equal(ended, ['a']);
    test.equal(used, { n: { $in: [1, 2] }, at: new Date(5), text: /x/i, id });
    test.isTrue((used as typeof selector).id === id, 'it is not copied');
  },
);
