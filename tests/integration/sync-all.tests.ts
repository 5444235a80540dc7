/** `syncAll`: which collections it covers. */

import { Mongo } from 'meteor/mongo';
import { linesDuring } from '../support/console';
import { newGroup } from '../support/groups';
import { INSTANCE } from '../support/node-collections';
import { NAMESPACE, newCluster, newItems } from '../support/own-clusters';
import { addTest } from '../support/scope';

/** Opens a collection that no other test opens. */
function openNew(): Mongo.Collection<object> {
  return new Mongo.Collection<object>(`sync_all_${newGroup()}`, INSTANCE);
}

function nameOf(collection: Mongo.Collection<object>): string {
  return (collection as unknown as { _name: string })._name;
}

addTest('syncAll - covers the collections that are open and those opened later', async (test, scope) => {
  const cluster = newCluster(scope);
  const [items, before] = [newItems(), openNew()];
  cluster.syncAll();
  const later = openNew();
  const { collections } = cluster.status();
  for (const name of ['items', nameOf(before), nameOf(later)]) {
    test.isTrue(collections.includes(name), name);
  }
  new Mongo.Collection('in_memory_only', { ...INSTANCE, connection: null } as object);
  test.isFalse(cluster.status().collections.includes('in_memory_only'));
  await cluster.close();
  const afterwards = openNew();
  test.isFalse(cluster.status().collections.includes(nameOf(afterwards)));
  test.isTrue(items !== undefined);
});

addTest('syncAll - leaves out what except names, also what is opened later', async (test, scope) => {
  const cluster = newCluster(scope);
  const before = openNew();
  const later = `sync_all_later_${newGroup()}`;
  cluster.syncAll({ except: [before, later] });
  new Mongo.Collection(later, INSTANCE);
  const { collections } = cluster.status();
  test.isFalse(collections.includes(nameOf(before)));
  test.isFalse(collections.includes(later));
  cluster.sync(before);
  test.isTrue(cluster.status().collections.includes(nameOf(before)), 'sync still takes it');
});

addTest('syncAll - publishes writes to every collection', async (test, scope) => {
  const cluster = newCluster(scope);
  await linesDuring(() => cluster.init(NAMESPACE));
  cluster.syncAll();
  const later = openNew();
  await later.insertAsync({ _id: newGroup() });
  await cluster.flush();
  test.equal(cluster.status().published, 1);
  await later.rawCollection().drop();
});

addTest('syncAll - refuses other options with what was expected and what came', async (test, scope) => {
  const cluster = newCluster(scope);
  const syncAll = (options: unknown) => () => cluster.syncAll(options as never);
  test.throws(syncAll({ expect: [] }), /takes nothing or \{ except: .* \}; got the options "expect"/);
  test.throws(syncAll('items'), /got a value of type string/);
  test.throws(syncAll({ except: 'items' }), /got a value of type string as "except"/);
  test.throws(syncAll({ except: [1] }), /expected a Mongo.Collection .* got a value of type number/);
  test.equal(cluster.status().collections, []);
});
