/** The watcher of the driver reports each write once, and the application does not notice. */

import { Tinytest } from 'meteor/tinytest';
import { newFakeDriver, settled } from '../../support/fake-driver';
import { unhandledDuring } from '../../support/unhandled-rejections';
import { failure } from '../../support/watched-write';

Tinytest.addAsync('driver watcher - arguments, this and the result pass through', async (test) => {
  const driver = newFakeDriver();
  const result = { insertedId: 'a' };
  let call: readonly unknown[] = [];
  driver.onCall = (_method, args, self) => {
    call = [self, ...args];
    return Promise.resolve(result);
  };
  const collection = driver.collection('items');
  const document = { _id: 'a' };
  test.isTrue((await collection.insertOne(document)) === result, 'the result');
  test.isTrue(call[0] === collection && call[1] === document, 'this and the argument');
  test.equal(call.length, 2, 'no argument is added');
  await settled();
  test.equal(driver.reports, [['items', 'committed', ['a']]]);
});

Tinytest.addAsync('driver watcher - a rejection reaches the application alone', async (test) => {
  const driver = newFakeDriver();
  const error = failure('MongoNetworkError');
  driver.onCall = () => Promise.reject(error);
  const unhandled = await unhandledDuring(async () => {
    const writing = driver.collection('items').insertOne({ _id: 'a' });
    test.isTrue((await writing.catch((caught) => caught)) === error);
    await settled();
  });
  test.equal(unhandled, []);
  test.equal(driver.reports, [['items', 'indeterminate', ['a']]]);
});

Tinytest.addAsync(
  'driver watcher - a rejection that the application does not handle stays unhandled',
  async (test) => {
    const driver = newFakeDriver();
    const error = failure('MongoNetworkError');
    driver.onCall = () => Promise.reject(error);
    const unhandled = await unhandledDuring(async () => {
      void driver.collection('items').insertOne({ _id: 'a' });
      await settled();
    });
    test.equal(unhandled, [error]);
  },
);

Tinytest.addAsync('driver watcher - a collection that nobody watches passes through', async (test) => {
  const driver = newFakeDriver();
  await driver.collection('unsynced').insertOne({ _id: 'a' });
  test.equal(driver.reports, []);
});

Tinytest.addAsync('driver watcher - a method that calls another one is reported once', async (test) => {
  const driver = newFakeDriver();
  await driver.collection('items').drop();
  await settled();
  test.equal(driver.reports, [['items', 'committed', 'all']]);
});

Tinytest.addAsync(
  'driver watcher - a write inside a write to another collection is reported',
  async (test) => {
    const driver = newFakeDriver();
    driver.onCall = async (_method, _args, self) => {
      const { collectionName } = self as { collectionName: string };
      if (collectionName === 'items') await driver.collection('log').insertOne({ _id: 'l' });
      return { insertedId: collectionName };
    };
    await driver.collection('items').insertOne({ _id: 'a' });
    await settled();
    test.equal([...driver.reports].sort(), [
      ['items', 'committed', ['items']],
      ['log', 'committed', ['log']],
    ]);
  },
);

Tinytest.addAsync("driver watcher - Meteor's own write is reported once, as Meteor's", async (test) => {
  const driver = newFakeDriver();
  const { insertAsync } = driver.meteorCollection('items') as {
    insertAsync(document: object): Promise<void>;
  };
  await insertAsync({ _id: 'a' });
  await settled();
  test.equal(driver.reports, [['items of Meteor', 'committed', ['a']]]);
});

Tinytest.addAsync(
  "driver watcher - a raw write after Meteor's own one has begun is reported",
  async (test) => {
    const driver = newFakeDriver();
    const { insertAsync } = driver.meteorCollection('items') as {
      insertAsync(document: object): Promise<void>;
    };
    const inserting = insertAsync({ _id: 'a' });
    await driver.collection('items').insertOne({ _id: 'b' });
    await inserting;
    await settled();
    test.equal([...driver.reports].sort(), [
      ['items of Meteor', 'committed', ['a']],
      ['items', 'committed', ['b']],
    ]);
  },
);

Tinytest.addAsync(
  'driver watcher - without acknowledgement, a missing document means nothing',
  async (test) => {
    const driver = newFakeDriver();
    driver.onCall = async () => null;
    const items = driver.collection('items');
    await items.findOneAndDelete({ _id: 'a' });
    await items.findOneAndDelete({ _id: 'a' }, { writeConcern: { w: 0 } });
    await settled();
    test.equal(
      driver.reports.map(([, outcome]) => outcome),
      ['unchanged', 'committed'],
    );
  },
);
