/** `touch()` with what the `mongodb` driver returns, and what it costs; unacknowledged writes, dropped collections. */

import { Meteor } from 'meteor/meteor';
import { Mongo } from 'meteor/mongo';
import { defaultConnection } from '../../../src/meteor/collections/collections';
import { linesDuring } from '../../support/console';
import { rawItems } from '../../support/database';
import { eventually } from '../../support/eventually';
import { newGroup } from '../../support/groups';
import { INSTANCE, openDriver } from '../../support/node-collections';
import type { Item } from '../../support/node-config';
import { NAMESPACE, newCluster, newItems } from '../../support/own-clusters';
import { addTest, skipTest } from '../../support/scope';

type Notify = (notification: object) => Promise<void>;

addTest('outside writes - touch takes the ids that the driver returns', async (test, scope) => {
  const cluster = newCluster(scope);
  const wire = await scope.listen(NAMESPACE.namespace);
  await linesDuring(() => cluster.init(NAMESPACE));
  const collection = newItems();
  cluster.sync(collection);
  const raw = rawItems();
  const group = newGroup();
  const one = await raw.insertOne({ group, n: 0 } as never);
  const many = await raw.insertMany([{ group, n: 1 } as never, { group, n: 2 } as never]);
  const found = await raw.findOne({ group, n: 2 } as never);
  const hex = (id: unknown) => String(id);
  await cluster.touch(collection, one.insertedId as never);
  await cluster.touch(collection, many.insertedIds as never);
  await cluster.touch(collection, [found?._id as never]);
  await wire.flush();
  test.equal(
    wire.changes.map(({ ids }) => ids),
    [[hex(one.insertedId)], Object.values(many.insertedIds).map(hex), [hex(found?._id)]],
  );
  for (const id of [...Object.values(many.insertedIds), one.insertedId])
    test.matches(hex(id), /^[0-9a-f]{24}$/);
  await raw.deleteMany({ group } as never);
});

addTest('outside writes - touching 10,000 ids notifies Meteor once', async (test, scope) => {
  const cluster = newCluster(scope);
  await linesDuring(() => cluster.init(NAMESPACE));
  cluster.sync(newItems());
  const meteor = Meteor as unknown as { refresh: Notify };
  const { refresh } = meteor;
  let notifications = 0;
  meteor.refresh = (notification) => {
    notifications += 1;
    return refresh(notification);
  };
  scope.defer(() => {
    meteor.refresh = refresh;
  });
  const ids = Array.from({ length: 10_000 }, (_, n) => `id-${n}`);
  await cluster.touch('items', ids);
  test.equal(notifications, 1);
});

addTest('outside writes - a dropped collection is published as a whole', async (test, scope) => {
  const cluster = newCluster(scope);
  const wire = await scope.listen(NAMESPACE.namespace);
  await linesDuring(() => cluster.init(NAMESPACE));
  const collection = new Mongo.Collection<Item>(`dropped-${process.pid}`, INSTANCE);
  cluster.sync(collection);
  await collection.insertAsync({ _id: 'a', group: 'none', n: 0 });
  await collection.dropCollectionAsync();
  await eventually('both changes', () => wire.changes.length === 2);
  test.equal(
    wire.changes.map(({ ids }) => ids),
    [['a'], 'all'],
  );
});

// From 3.5 on Meteor makes each write in a session of its own, for which MongoDB's driver refuses `w: 0`.
const refusesUnacknowledged = defaultConnection()._selectReactivityDriver !== undefined;
const addUnacknowledgedTest: typeof addTest = (name, ...rest) =>
  refusesUnacknowledged ? skipTest(name, 'this Meteor refuses writes with w: 0') : addTest(name, ...rest);

addUnacknowledgedTest('outside writes - a write with w: 0 is published', async (test, scope) => {
  const cluster = newCluster(scope);
  const wire = await scope.listen(NAMESPACE.namespace);
  await linesDuring(() => cluster.init(NAMESPACE));
  const url = new URL(process.env.MONGO_URL ?? '');
  url.searchParams.set('w', '0');
  const _driver = openDriver(url.href);
  const collection = new Mongo.Collection<Item>('items', { ...INSTANCE, _driver } as object);
  cluster.sync('items');
  const group = newGroup();
  const _id = `${group}-1`;
  for (const write of [
    () => collection.insertAsync({ _id, group, n: 0 }),
    () => collection.updateAsync({ _id }, { $set: { n: 1 } }),
    () => collection.updateAsync({ group }, { $set: { n: 2 } }, { multi: true }),
    () => collection.removeAsync({ _id }),
  ]) {
    await write();
    await cluster.flush();
  }
  await wire.flush();
  test.equal(
    wire.changes.map(({ ids }) => ids),
    [[_id], [_id], 'all', [_id]],
  );
});
