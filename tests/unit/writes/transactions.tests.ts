/** Writes of transactions are reported at the commit. The sessions are fakes, as the embedded database has no transactions. */

import { Tinytest } from 'meteor/tinytest';
import { type FakeDriver, newFakeDriver, settled } from '../../support/fake-driver';
import { failure } from '../../support/watched-write';

type Session = ReturnType<FakeDriver['startSession']>;
type Insert = (document: object, options: object) => Promise<void>;

function inTransaction(driver: FakeDriver): Session {
  const session = driver.startSession();
  session.startTransaction();
  return session;
}

/** Adds the session to the calls of a method inside what wraps it already, as jam:mongo-transactions does. */
function addSession(prototype: object, session: () => Session): void {
  const original = Reflect.get(prototype, 'insertOne') as (...args: unknown[]) => unknown;
  Reflect.set(prototype, 'insertOne', function withSession(this: unknown, document: unknown) {
    return original.call(this, document, { session: session() });
  });
}

Tinytest.addAsync('transactions - writes are reported when the commit has succeeded', async (test) => {
  const driver = newFakeDriver();
  const session = inTransaction(driver);
  await driver.collection('items').insertOne({ _id: 'a' }, { session });
  await driver.collection('items').updateOne({ _id: 'b' }, { $set: { n: 1 } }, { session });
  await settled();
  test.equal(driver.reports, [], 'before the commit');
  await session.commitTransaction();
  await settled();
  test.equal(driver.reports, [
    ['items', 'committed', ['a']],
    ['items', 'committed', ['b']],
  ]);
});

Tinytest.addAsync('transactions - nothing is reported of one that aborts', async (test) => {
  const driver = newFakeDriver();
  const session = inTransaction(driver);
  await driver.collection('items').insertOne({ _id: 'aborted' }, { session });
  await session.abortTransaction();
  session.startTransaction();
  await driver.collection('items').insertOne({ _id: 'committed' }, { session });
  await session.commitTransaction();
  await settled();
  test.equal(driver.reports, [['items', 'committed', ['committed']]]);
});

Tinytest.addAsync('transactions - a write that has changed nothing is not reported', async (test) => {
  const driver = newFakeDriver();
  const session = inTransaction(driver);
  driver.onCall = async () => ({ matchedCount: 0 });
  await driver.collection('items').updateOne({ _id: 'b' }, { $set: { n: 1 } }, { session });
  await session.commitTransaction();
  await settled();
  test.equal(driver.reports, []);
});

Tinytest.addAsync(
  'transactions - a commit that fails may have been done, and is tried again',
  async (test) => {
    const driver = newFakeDriver();
    const session = inTransaction(driver);
    await driver.collection('items').insertOne({ _id: 'a' }, { session });
    const { onCommit } = driver;
    driver.onCommit = () => Promise.reject(failure('MongoNetworkError'));
    await session.commitTransaction().catch(() => {});
    driver.onCommit = onCommit;
    await session.commitTransaction();
    await settled();
    test.equal(driver.reports, [
      ['items', 'indeterminate', ['a']],
      ['items', 'committed', ['a']],
    ]);
  },
);

Tinytest.addAsync(
  'transactions - a write that has not ended at the commit names the collection',
  async (test) => {
    const driver = newFakeDriver();
    const session = inTransaction(driver);
    driver.onCall = () => new Promise(() => {});
    void driver.collection('items').insertOne({ _id: 'a' }, { session });
    await session.commitTransaction();
    await settled();
    test.equal(driver.reports, [['items', 'committed', 'all']]);
  },
);

Tinytest.addAsync('transactions - more than 1000 writes to a collection name it', async (test) => {
  const driver = newFakeDriver();
  const session = inTransaction(driver);
  for (let n = 0; n <= 1000; n += 1) {
    await driver.collection('items').insertOne({ _id: String(n) }, { session });
  }
  await session.commitTransaction();
  await settled();
  test.equal(driver.reports, [
    ['items', 'committed', 'all'],
    ['items', 'committed', ['1000']],
  ]);
});

Tinytest.addAsync("transactions - Meteor's own writes are reported at the commit", async (test) => {
  const driver = newFakeDriver();
  const session = inTransaction(driver);
  const { insertAsync } = driver.meteorCollection('items') as { insertAsync: Insert };
  await insertAsync({ _id: 'a' }, { session });
  await settled();
  test.equal(driver.reports, [['items of Meteor', 'unchanged', 'all']], 'before the commit');
  await session.commitTransaction();
  await settled();
  test.equal(driver.reports.slice(1), [['items of Meteor', 'committed', ['a']]]);
});

for (const isInside of [true, false]) {
  const where = isInside ? 'inside' : 'outside';
  Tinytest.addAsync(
    `transactions - another package may add the session ${where} the watcher`,
    async (test) => {
      let session: Session | undefined;
      const current = () => session as Session;
      const driver = newFakeDriver(({ Collection }) => {
        if (isInside) addSession(Collection.prototype, current);
      });
      if (!isInside) addSession(driver.classes.Collection.prototype, current);
      session = inTransaction(driver);
      const { insertAsync } = driver.meteorCollection('items') as {
        insertAsync: (document: object) => Promise<void>;
      };
      await driver.collection('items').insertOne({ _id: 'raw' });
      await insertAsync({ _id: 'meteor' });
      await settled();
      test.equal(driver.reports, [['items of Meteor', 'unchanged', 'all']], 'before the commit');
      await session.commitTransaction();
      await settled();
      test.equal(driver.reports.slice(1), [
        ['items', 'committed', ['raw']],
        ['items of Meteor', 'committed', ['meteor']],
      ]);
    },
  );
}
