/**
 * Packages that wrap `collection._collection.<method>`, as matb33:collection-hooks does: Cluster's watcher is inside their
 * wrapping. Where it cannot be, because an older package opened the collection, it publishes more than was written.
 */

import { Mongo } from 'meteor/mongo';
import { defaultConnection } from '../../../src/meteor/collections/collections';
import { linesDuring } from '../../support/console';
import { eventually, pause } from '../../support/eventually';
import { newGroup } from '../../support/groups';
import type { Item } from '../../support/node-config';
import { NAMESPACE, newCluster, newItems, type TestCluster } from '../../support/own-clusters';
import { addTest, type Scope } from '../../support/scope';
import type { Wire } from '../../support/wire';

type Insert = (document: Item) => Promise<unknown>;
type Hooked = { _collection: { insertAsync: Insert } };

interface Stage {
  readonly cluster: TestCluster;
  readonly wire: Wire;
}

async function start(scope: Scope, config: object = {}): Promise<Stage> {
  const cluster = newCluster(scope);
  const wire = await scope.listen(NAMESPACE.namespace);
  await linesDuring(() => cluster.init({ ...NAMESPACE, ...config }));
  return { cluster, wire };
}

/** Wraps the method below an instance of the collection, before it is synced. */
function withHook(hook: (insert: Insert) => Insert): Mongo.Collection<Item> {
  const collection = newItems();
  const { _collection: methods } = collection as unknown as Hooked;
  methods.insertAsync = hook(methods.insertAsync.bind(methods));
  return collection;
}

/** A collection that was opened before Cluster was loaded, with the hooks of another package. */
function adopted(insertAsync: Insert): Mongo.Collection<Item> {
  const target = { _name: 'items', _collection: { insertAsync }, _driver: { mongo: defaultConnection() } };
  return target as unknown as Mongo.Collection<Item>;
}

const insertDirectly: Insert = (document) =>
  (
    defaultConnection() as unknown as { insertAsync(name: string, document: Item): Promise<unknown> }
  ).insertAsync('items', document);

async function published({ wire }: Stage): Promise<(readonly string[] | 'all')[]> {
  await eventually('the change on the channel', () => wire.changes.length > 0);
  await wire.flush();
  return wire.changes.map(({ ids }) => ids);
}

addTest('hook packages - a write is published although an after hook throws', async (test, scope) => {
  const stage = await start(scope);
  const collection = withHook((insert) => async (document) => {
    await insert(document);
    throw new Error('after hook');
  });
  stage.cluster.sync(collection);
  const _id = newGroup();
  await test.throwsAsync(() => collection.insertAsync({ _id, group: 'none', n: 0 }), 'after hook');
  test.equal(await published(stage), [[_id]]);
});

addTest(
  'hook packages - the id that a before hook has set is published, not the one it replaced',
  async (test, scope) => {
    const stage = await start(scope);
    const _id = newGroup();
    const collection = withHook((insert) => (document) => insert({ ...document, _id }));
    stage.cluster.sync(collection);
    await collection.insertAsync({ _id: `${_id}-replaced`, group: 'none', n: 0 });
    test.equal(await published(stage), [[_id]]);
  },
);

addTest('hook packages - a write is published before a slow after hook is over', async (test, scope) => {
  const stage = await start(scope);
  let isOver = false;
  const collection = withHook((insert) => async (document) => {
    const id = await insert(document);
    await pause(1000);
    isOver = true;
    return id;
  });
  stage.cluster.sync(collection);
  const _id = newGroup();
  const inserting = collection.insertAsync({ _id, group: 'none', n: 0 });
  test.equal(await published(stage), [[_id]]);
  test.isFalse(isOver);
  await inserting;
});

addTest(
  'hook packages - of a collection opened before Cluster, the id that has been written is published',
  async (test, scope) => {
    const stage = await start(scope);
    const _id = newGroup();
    const collection = adopted((document) => insertDirectly({ ...document, _id }));
    stage.cluster.sync(collection);
    const { _collection: methods } = collection as unknown as Hooked;
    await methods.insertAsync({ _id: `${_id}-replaced`, group: 'none', n: 0 });
    test.equal(await published(stage), [[_id]]);
  },
);

addTest(
  'hook packages - of a collection opened before Cluster, a raw write of a hook is published',
  async (test, scope) => {
    const stage = await start(scope);
    const _id = newGroup();
    const collection = adopted(async (document) => {
      const raw = defaultConnection() as unknown as {
        rawCollection(name: string): { insertOne(item: Item): unknown };
      };
      await raw.rawCollection('items').insertOne({ _id: `${_id}-hook`, group: 'none', n: 0 });
      return insertDirectly(document);
    });
    stage.cluster.sync(collection);
    const { _collection: methods } = collection as unknown as Hooked;
    await methods.insertAsync({ _id, group: 'none', n: 0 });
    test.equal((await published(stage)).flat().sort(), [_id, `${_id}-hook`]);
  },
);

addTest(
  'hook packages - of a collection opened before Cluster, without raw writes, the returned id is published too',
  async (test, scope) => {
    const stage = await start(scope, { rawWrites: false });
    const _id = newGroup();
    const collection = adopted((document) => insertDirectly({ ...document, _id }));
    stage.cluster.sync(collection);
    const { _collection: methods } = collection as unknown as Hooked;
    await methods.insertAsync({ _id: `${_id}-replaced`, group: 'none', n: 0 });
    test.equal(await published(stage), [[`${_id}-replaced`, _id]]);
  },
);

addTest(
  'hook packages - of a collection opened before Cluster, without raw writes, one whose hook throws is published as a whole',
  async (test, scope) => {
    const stage = await start(scope, { rawWrites: false });
    const collection = adopted(async (document) => {
      await insertDirectly(document);
      throw new Error('after hook');
    });
    stage.cluster.sync(collection);
    const { _collection: methods } = collection as unknown as Hooked;
    await test.throwsAsync(() => methods.insertAsync({ _id: newGroup(), group: 'none', n: 0 }), 'after hook');
    test.equal(await published(stage), ['all']);
  },
);

addTest('hook packages - instances of a collection are not kept', async (test) => {
  const { setFlagsFromString } = await import('node:v8');
  const { runInNewContext } = await import('node:vm');
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc') as () => void;
  const references = Array.from({ length: 2000 }, () => {
    const { _collection } = new Mongo.Collection('items', {
      defineMutationMethods: false,
      _suppressSameNameError: true,
    } as object) as unknown as { _collection: object };
    return new WeakRef(_collection);
  });
  await pause(10);
  collectGarbage();
  await pause(10);
  collectGarbage();
  const kept = references.filter((reference) => reference.deref() !== undefined).length;
  test.isTrue(kept < 20, `${kept} of 2000 are kept`);
});
