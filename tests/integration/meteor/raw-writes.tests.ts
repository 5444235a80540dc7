/** Raw writes: what Cluster publishes of those that the application makes with MongoDB's driver, and what it does not. */

import { Mongo, MongoInternals } from 'meteor/mongo';
import { linesDuring } from '../../support/console';
import { rawItems } from '../../support/database';
import { newGroup } from '../../support/groups';
import { INSTANCE, openDriver } from '../../support/node-collections';
import type { Item } from '../../support/node-config';
import { NAMESPACE, newCluster, newItems, type TestCluster } from '../../support/own-clusters';
import { addTest, type Scope } from '../../support/scope';
import type { ReceivedChange, Wire } from '../../support/wire';

const { ObjectId, GridFSBucket } = MongoInternals.NpmModules.mongodb.module;

type RawCollection = ReturnType<typeof rawItems>;

interface Stage {
  readonly cluster: TestCluster;
  readonly wire: Wire;
  readonly group: string;
  /** The driver's collection, on Meteor's connection. */
  readonly raw: RawCollection;
  /** Returns the changes that a write has led to on the channel. */
  published(write: () => Promise<unknown>): Promise<readonly ReceivedChange[]>;
}

async function start(scope: Scope, config: object = {}): Promise<Stage> {
  const cluster = newCluster(scope);
  const wire = await scope.listen(NAMESPACE.namespace);
  await linesDuring(() => cluster.init({ ...NAMESPACE, ...config }));
  const collection = newItems();
  cluster.sync(collection);
  const published = async (write: () => Promise<unknown>) => {
    const before = wire.changes.length;
    await write();
    await cluster.flush();
    await wire.flush();
    return wire.changes.slice(before);
  };
  const raw = collection.rawCollection() as unknown as RawCollection;
  return { cluster, wire, group: newGroup(), raw, published };
}

/** Returns a collection of a name of its own, for writes to whole collections. */
function openOther(scope: Scope, cluster: TestCluster, what: string): { name: string; raw: RawCollection } {
  const name = `raw-${what}-${process.pid}`;
  const collection = new Mongo.Collection<Item>(name, INSTANCE);
  cluster.sync(collection);
  const raw = collection.rawCollection() as unknown as RawCollection;
  scope.defer(() => raw.drop().catch(() => {}));
  return { name, raw };
}

const database = () => MongoInternals.defaultRemoteCollectionDriver().mongo.db;

const idsOf = (changes: readonly ReceivedChange[]) => changes.map(({ ids }) => ids);

interface Case {
  readonly what: string;
  /** The group holds documents with the ids `a` and `b`, and `n` equal to 1 and 2. */
  write(raw: RawCollection, group: string): Promise<unknown>;
  /** Of the ids, what follows the group. */
  readonly ids: readonly string[] | 'all' | undefined;
}

const CASES: readonly Case[] = [
  {
    what: 'insertOne names the id',
    write: (raw, group) => raw.insertOne({ _id: `${group}-c`, group, n: 3 }),
    ids: ['c'],
  },
  {
    what: 'insertMany names the ids',
    write: (raw, group) => raw.insertMany(['c', 'd'].map((id) => ({ _id: `${group}-${id}`, group, n: 3 }))),
    ids: ['c', 'd'],
  },
  {
    what: 'updateOne by id names the id',
    write: (raw, group) => raw.updateOne({ _id: `${group}-a`, n: 1 }, { $inc: { n: 1 } }),
    ids: ['a'],
  },
  {
    what: 'updateMany by ids names the ids',
    write: (raw, group) => raw.updateMany({ _id: { $in: [`${group}-a`, `${group}-b`] } }, { $inc: { n: 1 } }),
    ids: ['a', 'b'],
  },
  {
    what: 'updateMany by selector names the collection',
    write: (raw, group) => raw.updateMany({ group }, { $inc: { n: 1 } }),
    ids: 'all',
  },
  {
    what: 'an update that matches nothing is not published',
    write: (raw, group) => raw.updateMany({ group, n: 9 }, { $inc: { n: 1 } }),
    ids: undefined,
  },
  {
    what: 'an upsert by selector names the id that it has inserted',
    write: (raw, group) =>
      raw.updateOne({ group, n: 9 }, { $setOnInsert: { _id: `${group}-c` } }, { upsert: true }),
    ids: ['c'],
  },
  {
    what: 'a replacement by id names the id',
    write: (raw, group) => raw.replaceOne({ _id: `${group}-a` }, { group, n: 9 }),
    ids: ['a'],
  },
  {
    what: 'findOneAndUpdate by selector names the id that it has found',
    write: (raw, group) => raw.findOneAndUpdate({ group, n: 2 }, { $inc: { n: 1 } }),
    ids: ['b'],
  },
  {
    what: 'findOneAndUpdate with metadata names the id that it has found',
    write: (raw, group) =>
      raw.findOneAndUpdate({ group, n: 2 }, { $inc: { n: 1 } }, { includeResultMetadata: true }),
    ids: ['b'],
  },
  {
    what: 'findOneAndReplace that finds nothing is not published',
    write: (raw, group) => raw.findOneAndReplace({ group, n: 9 }, { group, n: 1 }),
    ids: undefined,
  },
  {
    what: 'findOneAndDelete by selector names the id that it has found',
    write: (raw, group) => raw.findOneAndDelete({ group, n: 2 }),
    ids: ['b'],
  },
  {
    what: 'deleteOne by id names the id',
    write: (raw, group) => raw.deleteOne({ _id: `${group}-a` }),
    ids: ['a'],
  },
  {
    what: 'deleteMany that matches nothing is not published',
    write: (raw, group) => raw.deleteMany({ group, n: 9 }),
    ids: undefined,
  },
  {
    what: 'bulkWrite names the ids of its operations',
    write: (raw, group) =>
      raw.bulkWrite([
        { insertOne: { document: { _id: `${group}-c`, group, n: 3 } } },
        { updateOne: { filter: { _id: `${group}-a` }, update: { $inc: { n: 1 } } } },
        { deleteOne: { filter: { _id: `${group}-b` } } },
      ]),
    ids: ['c', 'a', 'b'],
  },
  {
    what: 'bulkWrite with an operation by selector names the collection',
    write: (raw, group) =>
      raw.bulkWrite([
        { updateOne: { filter: { _id: `${group}-a` }, update: { $inc: { n: 1 } } } },
        { updateMany: { filter: { group }, update: { $inc: { n: 1 } } } },
      ]),
    ids: 'all',
  },
  {
    what: 'an unordered bulk of which a part is refused names its ids',
    write: (raw, group) => {
      const bulk = raw.initializeUnorderedBulkOp();
      for (const id of ['a', 'c']) bulk.insert({ _id: `${group}-${id}`, group, n: 3 });
      return bulk.execute().catch(() => {});
    },
    ids: ['a', 'c'],
  },
  {
    what: 'an insert that is refused is not published',
    write: (raw, group) => raw.insertOne({ _id: `${group}-a`, group, n: 3 }).catch(() => {}),
    ids: undefined,
  },
];

for (const { what, write, ids } of CASES) {
  addTest(`raw writes - ${what}`, async (test, scope) => {
    const { group, raw, published } = await start(scope);
    await rawItems().insertMany(['a', 'b'].map((id, n) => ({ _id: `${group}-${id}`, group, n: n + 1 })));
    const changes = await published(() => write(raw, group));
    const expected = Array.isArray(ids) ? ids.map((id) => `${group}-${id}`) : ids;
    test.equal(idsOf(changes), expected === undefined ? [] : [expected]);
  });
}

addTest(
  'raw writes - ids of the driver are named, whether it or the application made them',
  async (test, scope) => {
    const { group, raw, published } = await start(scope);
    const made = new ObjectId();
    const document = { group, n: 1 } as Item;
    const changes = await published(() => raw.insertOne(document));
    const more = await published(() => raw.insertOne({ _id: made, group, n: 1 } as never));
    const updates = await published(() => raw.updateOne({ _id: made } as never, { $set: { n: 2 } }));
    test.equal(idsOf([...changes, ...more, ...updates]), [
      [String(document._id)],
      [String(made)],
      [String(made)],
    ]);
    await raw.deleteMany({ group });
  },
);

addTest('raw writes - a message has hints, as of a write through Meteor', async (test, scope) => {
  const { group, raw, published } = await start(scope);
  const _id = `${group}-1`;
  const [insert, insertMany, update] = [
    await published(() => raw.insertOne({ _id, group, n: 1 })),
    await published(() => raw.insertMany([{ _id: `${_id}-2`, group, n: 1 }])),
    await published(() => raw.updateOne({ _id }, { $set: { n: 2 } })),
  ].map(([change]) => change?.hints as [string, object][]);
  test.equal(
    insert?.map(([kind, fields]) => [kind, Object.keys(fields)]),
    [['insert', ['_id', 'group', 'n']]],
  );
  test.equal(insertMany?.[0]?.[0], 'insert');
  test.equal(
    update?.map(([kind, fields]) => [kind, Object.keys(fields)]),
    [['update', ['n']]],
  );
});

addTest('raw writes - a bulk of more than 1000 operations names the collection', async (test, scope) => {
  const { group, raw, published } = await start(scope);
  const items = Array.from({ length: 1001 }, (_, n) => ({ _id: `${group}-${n}`, group, n }));
  test.equal(idsOf(await published(() => raw.insertMany(items))), ['all']);
});

addTest('raw writes - writes through Meteor are published once', async (test, scope) => {
  const { cluster, group, published } = await start(scope);
  const { name } = openOther(scope, cluster, 'once');
  const collection = new Mongo.Collection<Item>(name, INSTANCE);
  const _id = `${group}-1`;
  for (const write of [
    () => collection.insertAsync({ _id, group, n: 0 }),
    () => collection.updateAsync(_id, { $set: { n: 1 } }),
    () => collection.updateAsync(_id, { group, n: 2 } as never),
    () => collection.upsertAsync(_id, { $set: { n: 3 } }),
    () => collection.removeAsync(_id),
    () => collection.dropCollectionAsync(),
  ]) {
    test.equal((await published(write)).length, 1, String(write));
  }
});

for (const stage of ['$out', '$merge'] as const) {
  addTest(
    `raw writes - an aggregation with ${stage} is published as a whole collection`,
    async (test, scope) => {
      const { cluster, group, raw, published } = await start(scope);
      const { name } = openOther(scope, cluster, stage.slice(1));
      await rawItems().insertOne({ _id: group, group, n: 1 });
      const output = stage === '$out' ? { $out: name } : { $merge: { into: name } };
      let isRefused = false;
      const changes = await published(async () => {
        const cursor = raw.aggregate([{ $match: { group } }, output]);
        await cursor.toArray().catch(() => {
          isRefused = true;
        });
      });
      // A refusal may come after a part of the documents. FerretDB 1 knows neither of the stages.
      test.equal(
        changes.map(({ collection, ids }) => [collection, ids]),
        [[name, 'all']],
        `refused: ${isRefused}`,
      );
    },
  );
}

addTest('raw writes - an aggregation that only reads is not published', async (test, scope) => {
  const { group, raw, published } = await start(scope);
  test.equal(await published(() => raw.aggregate([{ $match: { group } }]).toArray()), []);
});

addTest('raw writes - a rename is published under both names', async (test, scope) => {
  const { cluster, group, published } = await start(scope);
  const [from, to] = [openOther(scope, cluster, 'from'), openOther(scope, cluster, 'to')];
  for (const rename of [
    () => from.raw.rename(to.name),
    () => database().renameCollection(from.name, to.name),
  ]) {
    await published(() => from.raw.insertOne({ _id: group, group, n: 1 }));
    const changes = await published(rename);
    test.equal(changes.map(({ collection, ids }) => [collection, ids]).sort(), [
      [from.name, 'all'],
      [to.name, 'all'],
    ]);
    await published(() => to.raw.drop());
  }
});

addTest('raw writes - a dropped collection is published once, as a whole', async (test, scope) => {
  const { cluster, group, published } = await start(scope);
  const { name, raw } = openOther(scope, cluster, 'dropped');
  for (const drop of [() => raw.drop(), () => database().dropCollection(name)]) {
    await published(() => raw.insertOne({ _id: group, group, n: 1 }));
    test.equal(idsOf(await published(drop)), ['all']);
  }
});

addTest('raw writes - a file that GridFS stores is published', async (test, scope) => {
  const { cluster, published } = await start(scope);
  const bucketName = `raw-${process.pid}`;
  const files = new Mongo.Collection<Item>(`${bucketName}.files`, INSTANCE);
  cluster.sync(files);
  const bucket = new GridFSBucket(database(), { bucketName });
  const upload = bucket.openUploadStream('a.txt');
  const changes = await published(
    () =>
      new Promise((resolve, reject) => {
        upload.once('finish', resolve).once('error', reject).end('text');
      }),
  );
  test.equal(idsOf(changes), [[String(upload.id)]]);
  test.equal(idsOf(await published(() => bucket.delete(upload.id))), [[String(upload.id)]]);
});

addTest(
  'raw writes - those in another database, by the same client, are published with its name',
  async (test, scope) => {
    const { cluster, group, published } = await start(scope);
    const url = new URL(process.env.MONGO_URL ?? '');
    url.pathname += '-tenant';
    // A name of its own, as collections stay open: other tests count those of `items`.
    const name = `raw-tenant-${process.pid}`;
    const tenant = new Mongo.Collection<Item>(name, { ...INSTANCE, _driver: openDriver(url.href) } as object);
    cluster.sync(tenant);
    const { databaseName } = tenant.rawDatabase();
    const { client } = MongoInternals.defaultRemoteCollectionDriver().mongo;
    const raw = client.db(databaseName).collection<Item>(name);
    const changes = await published(() => raw.insertOne({ _id: group, group, n: 1 }));
    test.equal(
      changes.map(({ database, ids }) => [database, ids]),
      [[databaseName, [group]]],
    );
    await raw.deleteOne({ _id: group });
  },
);

addTest("raw writes - those of a client that is not Meteor's are not published", async (test, scope) => {
  const { group, published } = await start(scope);
  test.equal(await published(() => rawItems().insertOne({ _id: group, group, n: 1 })), []);
});

addTest(
  'raw writes - without the option rawWrites, only writes through Meteor are published',
  async (test, scope) => {
    const { group, raw, published } = await start(scope, { rawWrites: false });
    test.equal(await published(() => raw.insertOne({ _id: group, group, n: 1 })), []);
    const collection = newItems();
    test.equal(idsOf(await published(() => collection.removeAsync(group))), [[group]]);
  },
);

addTest('raw writes - one before the session starts is published when it does', async (test, scope) => {
  const cluster = newCluster(scope);
  const wire = await scope.listen(NAMESPACE.namespace);
  const collection = newItems();
  cluster.sync(collection);
  const group = newGroup();
  await collection.rawCollection().insertOne({ _id: group, group, n: 1 } as never);
  await linesDuring(() => cluster.init(NAMESPACE));
  await cluster.flush();
  await wire.flush();
  test.equal(idsOf(wire.changes), ['all']);
});
