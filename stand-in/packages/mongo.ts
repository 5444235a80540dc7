/**
 * Stands in for `meteor/mongo` on a server: `Mongo.Collection` and `MongoInternals`.
 *
 * Called by Cluster, the tests and applications. Live queries are those of `mongodb-livedata-server`. Writes go through
 * `collection._collection`, as in Meteor: they hold the current write fence and then refresh this node's live queries.
 */

import { randomBytes } from 'node:crypto';
import type { Document, Filter } from 'mongodb';
import * as mongodb from 'mongodb';
import { LiveCursor, LiveMongoConnection } from 'mongodb-livedata-server';
import { fixLibrary } from '../library-fixes';
import { fromDriver, ObjectID, toDriver } from '../object-id';
import type { Connection } from './ddp';
import { getCurrentFence, Meteor } from './meteor';
import { LocalCollection } from './minimongo';

type Selector = Record<string, unknown>;
type UpdateOptions = { multi?: boolean; upsert?: boolean; insertedId?: string; _returnObject?: boolean };
type CursorOptions = {
  sort?: Record<string, 1 | -1>;
  limit?: number;
  skip?: number;
  fields?: Record<string, 0 | 1>;
  projection?: Record<string, 0 | 1>;
};

fixLibrary();

class MongoConnection extends LiveMongoConnection {
  async insertAsync(name: string, document: Document): Promise<unknown> {
    if (typeof document !== 'object' || document === null) {
      throw new Error('Only plain objects may be inserted into MongoDB');
    }
    const { insertedId } = await this.#write(name, [document._id], () =>
      this.rawCollection(name).insertOne(toDriver(document)),
    );
    return fromDriver(insertedId);
  }

  async updateAsync(name: string, selector: Selector, modifier: Document, options: UpdateOptions = {}) {
    if (typeof modifier !== 'object' || modifier === null) {
      throw new Error('Invalid modifier. Modifier must be an object.');
    }
    const { multi, upsert = false, insertedId, _returnObject } = options;
    const isReplacement = !Object.keys(modifier).some((key) => key.startsWith('$'));
    const update = toDriver(
      insertedId === undefined || isReplacement
        ? modifier
        : { ...modifier, $setOnInsert: { ...modifier.$setOnInsert, _id: insertedId } },
    );
    const collection = this.rawCollection(name);
    const filter: Filter<Document> = toDriver(selector);
    const result = await this.#write(name, LocalCollection._idsMatchedBySelector(selector), () => {
      if (isReplacement) return collection.replaceOne(filter, update, { upsert });
      return multi
        ? collection.updateMany(filter, update, { upsert })
        : collection.updateOne(filter, update, { upsert });
    });
    const numberAffected = result.upsertedCount || result.matchedCount;
    if (!_returnObject) return numberAffected;
    return result.upsertedId === null
      ? { numberAffected }
      : { numberAffected, insertedId: fromDriver<unknown>(result.upsertedId) };
  }

  upsertAsync(name: string, selector: Selector, modifier: Document, options: UpdateOptions = {}) {
    return this.updateAsync(name, selector, modifier, { ...options, upsert: true, _returnObject: true });
  }

  async removeAsync(name: string, selector: Selector): Promise<number> {
    const ids = LocalCollection._idsMatchedBySelector(selector);
    const { deletedCount } = await this.#write(name, ids, () =>
      this.rawCollection(name).deleteMany(toDriver(selector)),
    );
    return deletedCount;
  }

  async dropCollectionAsync(name: string): Promise<void> {
    await this.#write(name, null, () => this.rawCollection(name).drop());
  }

  find(name: string, selector: Selector, options?: CursorOptions): Cursor {
    return new Cursor(this, name, selector, options);
  }

  rawCollection(name: string) {
    return this.db.collection(name);
  }

  async #write<Result>(name: string, ids: unknown[] | null, execute: () => Promise<Result>): Promise<Result> {
    const write = getCurrentFence()?.beginWrite();
    try {
      const result = await execute();
      for (const id of ids ?? [undefined]) {
        await Meteor.refresh(id === undefined ? { collection: name } : { collection: name, id });
      }
      return result;
    } finally {
      write?.committed();
    }
  }
}

class Cursor extends LiveCursor<Document> {
  readonly #connection: MongoConnection;

  constructor(connection: MongoConnection, name: string, selector: Selector, options: CursorOptions = {}) {
    const { fields, ...rest } = options;
    super(connection, name, selector as never, { ...rest, ...(fields && { projection: fields }) } as never);
    this.#connection = connection;
  }

  async fetchAsync(): Promise<Document[]> {
    const { collectionName, selector, options } = this.cursorDescription;
    return fromDriver(
      await this.#connection
        .rawCollection(collectionName)
        .find(toDriver(selector) as never, options as never)
        .toArray(),
    );
  }

  /** Called by the library for a publication that returns this cursor. DDP sends an ObjectID as its hex digits. */
  override _publishCursor(subscription: Subscription) {
    return super._publishCursor({
      initialAdds: (name: string, documents: Map<unknown, Document>) =>
        subscription.initialAdds(name, documentsForDdp(documents)),
      added: (name: string, id: unknown, fields: Document) => subscription.added(name, idForDdp(id), fields),
      changed: (name: string, id: unknown, fields: Document) =>
        subscription.changed(name, idForDdp(id), fields),
      removed: (name: string, id: unknown) => subscription.removed(name, idForDdp(id)),
      onStop: (callback: () => void) => subscription.onStop(callback),
    } as never);
  }
}

type Subscription = Parameters<LiveCursor<Document>['_publishCursor']>[0];

function idForDdp(id: unknown): string {
  return id instanceof ObjectID ? id.toHexString() : (id as string);
}

function documentsForDdp(documents: Map<unknown, Document>): Map<string, Document> {
  const entries = [...documents].map(([id, document]): [string, Document] =>
    id instanceof ObjectID
      ? [id.toHexString(), { ...document, _id: id.toHexString() }]
      : [id as string, document],
  );
  return new Map(entries);
}

class RemoteCollectionDriver {
  readonly mongo: MongoConnection;

  constructor(url: string) {
    this.mongo = new MongoConnection(url, {});
  }

  open(name: string) {
    const { mongo } = this;
    return {
      insertAsync: mongo.insertAsync.bind(mongo, name),
      updateAsync: mongo.updateAsync.bind(mongo, name),
      upsertAsync: mongo.upsertAsync.bind(mongo, name),
      removeAsync: mongo.removeAsync.bind(mongo, name),
      dropCollectionAsync: mongo.dropCollectionAsync.bind(mongo, name),
      find: mongo.find.bind(mongo, name),
      rawCollection: mongo.rawCollection.bind(mongo, name),
    };
  }
}

let defaultDriver: RemoteCollectionDriver | undefined;

export const MongoInternals = {
  RemoteCollectionDriver,
  NpmModules: { mongodb: { module: mongodb } },

  defaultRemoteCollectionDriver(): RemoteCollectionDriver {
    if (!process.env.MONGO_URL) throw new Error('MONGO_URL must be set in environment');
    defaultDriver ??= new RemoteCollectionDriver(process.env.MONGO_URL);
    return defaultDriver;
  },
};

interface CollectionOptions {
  /** With `null` the collection is in memory: the stand-in keeps its name and nothing else. */
  connection?: Connection | null;
  _driver?: RemoteCollectionDriver;
}

const collections = new Map<string, Collection>();

class Collection {
  readonly _name: string | null;
  readonly _driver: RemoteCollectionDriver | undefined;
  readonly _collection: ReturnType<RemoteCollectionDriver['open']>;
  readonly #remote: Connection | undefined;

  constructor(name: string | null, { connection, _driver }: CollectionOptions = {}) {
    this._name = name;
    this.#remote = connection ?? undefined;
    if (name === null || connection !== undefined) {
      this._collection = {} as never;
      return;
    }
    this._driver = _driver ?? MongoInternals.defaultRemoteCollectionDriver();
    this._collection = this._driver.open(name);
    collections.set(name, this);
  }

  static _rewriteSelector(selector: unknown, fallbackId?: string): Selector {
    if (typeof selector === 'string' || selector instanceof ObjectID) return { _id: selector };
    if (typeof selector !== 'object' || selector === null || ('_id' in selector && !selector._id)) {
      return { _id: fallbackId ?? newId() };
    }
    return selector as Selector;
  }

  find(selector: unknown = {}, options?: CursorOptions): { fetchAsync(): Promise<Document[]> } {
    const { _name: name } = this;
    if (this.#remote && name !== null) {
      const remote = this.#remote;
      return { fetchAsync: async () => remote._documents(name) };
    }
    return this._collection.find(Collection._rewriteSelector(selector), options);
  }

  async findOneAsync(selector: unknown = {}, options?: CursorOptions): Promise<Document | undefined> {
    const [document] = await this.find(selector, { ...options, limit: 1 }).fetchAsync();
    return document;
  }

  async insertAsync(document: Document): Promise<unknown> {
    const withId = { ...document, _id: document._id ?? newId() };
    await this._collection.insertAsync(withId);
    return withId._id;
  }

  updateAsync(selector: unknown, modifier: Document, options: UpdateOptions = {}) {
    const insertedId = options.upsert ? newId() : undefined;
    return this._collection.updateAsync(...this.#updateArguments(selector, modifier, options, insertedId));
  }

  upsertAsync(selector: unknown, modifier: Document, options: UpdateOptions = {}) {
    return this._collection.upsertAsync(...this.#updateArguments(selector, modifier, options, newId()));
  }

  async removeAsync(selector: unknown): Promise<number> {
    return this._collection.removeAsync(Collection._rewriteSelector(selector));
  }

  dropCollectionAsync(): Promise<void> {
    return this._collection.dropCollectionAsync();
  }

  rawCollection() {
    return this._collection.rawCollection();
  }

  rawDatabase() {
    return this._driver?.mongo.db;
  }

  #updateArguments(
    selector: unknown,
    modifier: Document,
    options: UpdateOptions,
    insertedId: string | undefined,
  ) {
    const rewritten = Collection._rewriteSelector(selector, insertedId);
    const withId = insertedId === undefined || '_id' in rewritten ? options : { ...options, insertedId };
    return [rewritten, modifier, withId] as const;
  }
}

export const Mongo = {
  Collection,
  ObjectID,
  _collections: collections,
  getCollection: (name: string) => collections.get(name),
};

function newId(): string {
  return randomBytes(12).toString('base64url');
}
