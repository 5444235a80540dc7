/**
 * Stands in for `meteor/mongo` on a server: the live queries are those of `mongodb-livedata-server`, the writes
 * end where Meteor's do, in `collection._collection`, with the write fence and the refresh that Meteor gives them.
 */

import { randomBytes } from 'node:crypto';
import { type Document, type Filter, MongoServerError, ObjectId } from 'mongodb';
import { LiveCursor, LiveMongoConnection } from 'mongodb-livedata-server';
import { MaxHeap } from 'mongodb-livedata-server/dist/meteor/binary-heap/max_heap';
import { OplogObserveDriver } from 'mongodb-livedata-server/dist/meteor/mongo/oplog-observe-driver';
import { PollingObserveDriver } from 'mongodb-livedata-server/dist/meteor/mongo/polling_observe_driver';
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

makePollingKeepTheCursorsOptions();
makeMultiplexersKnowTheirDriver();
makeOplogListenersCatchTheirSwitch();
makeHeapsForget();

class MongoConnection extends LiveMongoConnection {
  async insertAsync(name: string, document: Document): Promise<unknown> {
    if (typeof document !== 'object' || document === null) {
      throw new Error('Only plain objects may be inserted into MongoDB');
    }
    const { insertedId } = await this.#write(name, [document._id], () =>
      this.rawCollection(name).insertOne(document),
    );
    return insertedId;
  }

  async updateAsync(name: string, selector: Selector, modifier: Document, options: UpdateOptions = {}) {
    if (typeof modifier !== 'object' || modifier === null) {
      throw new Error('Invalid modifier. Modifier must be an object.');
    }
    const { multi, upsert = false, insertedId, _returnObject } = options;
    const isReplacement = !Object.keys(modifier).some((key) => key.startsWith('$'));
    const update =
      insertedId === undefined || isReplacement
        ? modifier
        : { ...modifier, $setOnInsert: { ...modifier.$setOnInsert, _id: insertedId } };
    const collection = this.rawCollection(name);
    const filter = selector as Filter<Document>;
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
      : { numberAffected, insertedId: result.upsertedId };
  }

  upsertAsync(name: string, selector: Selector, modifier: Document, options: UpdateOptions = {}) {
    return this.updateAsync(name, selector, modifier, { ...options, upsert: true, _returnObject: true });
  }

  async removeAsync(name: string, selector: Selector): Promise<number> {
    const ids = LocalCollection._idsMatchedBySelector(selector);
    const { deletedCount } = await this.#write(name, ids, () =>
      this.rawCollection(name).deleteMany(selector as Filter<Document>),
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

  fetchAsync(): Promise<Document[]> {
    const { collectionName, selector, options } = this.cursorDescription;
    return this.#connection
      .rawCollection(collectionName)
      .find(selector as never, options as never)
      .toArray();
  }
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
  NpmModules: { mongodb: { module: { MongoServerError, ObjectId } } },

  defaultRemoteCollectionDriver(): RemoteCollectionDriver {
    if (!process.env.MONGO_URL) throw new Error('MONGO_URL must be set in environment');
    defaultDriver ??= new RemoteCollectionDriver(process.env.MONGO_URL);
    return defaultDriver;
  },
};

interface CollectionOptions {
  /** Null: a collection in memory, of which the stand-in has no more than the name. */
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
    if (typeof selector === 'string' || selector instanceof ObjectId) return { _id: selector };
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
  ObjectID: ObjectId,
  getCollection: (name: string) => collections.get(name),
};

function newId(): string {
  return randomBytes(12).toString('base64url');
}

/**
 * The library's polling driver asks the database for the selector alone and forgets sort, limit, skip and
 * projection. Meteor's does not, so here the driver's view of the connection adds them.
 */
function makePollingKeepTheCursorsOptions(): void {
  interface Driver {
    _cursorDescription: { options: object };
    _connection: MongoConnection;
  }
  Object.defineProperty(PollingObserveDriver.prototype, '_mongoHandle', {
    set(this: Driver, connection: MongoConnection) {
      this._connection = connection;
    },
    get(this: Driver) {
      const { _connection, _cursorDescription } = this;
      return {
        db: {
          collection: (name: string) => ({
            find: (selector: Filter<Document>) =>
              _connection.rawCollection(name).find(selector, _cursorDescription.options),
          }),
        },
      };
    },
  });
}

/** As in Meteor, where `multiplexer._observeDriver` tells how a live query is kept. */
function makeMultiplexersKnowTheirDriver(): void {
  interface Driver {
    _knownMultiplexer: { _observeDriver?: unknown };
  }
  for (const { prototype } of [PollingObserveDriver, OplogObserveDriver]) {
    Object.defineProperty(prototype, '_multiplexer', {
      set(this: Driver, multiplexer: { _observeDriver?: unknown }) {
        multiplexer._observeDriver = this;
        this._knownMultiplexer = multiplexer;
      },
      get(this: Driver) {
        return this._knownMultiplexer;
      },
    });
  }
}

/**
 * The library's oplog driver unwinds its stack by throwing when it is sent to query, and forgets to catch that in what
 * it has called back for entries of the oplog. Here its view of the connection catches it, as Meteor's driver does.
 */
function makeOplogListenersCatchTheirSwitch(): void {
  type Listener = (notification: object) => void;
  interface Handle {
    onOplogEntry(trigger: object, listener: Listener): unknown;
    onSkippedEntries(callback: () => void): unknown;
    waitUntilCaughtUp(): Promise<void>;
  }
  interface Driver {
    _connection: object & { _oplogHandle: Handle };
  }
  const catching = (listener: Listener) => (notification: object) => {
    try {
      listener(notification);
    } catch (thrown) {
      if (thrown instanceof Error) throw thrown;
    }
  };
  Object.defineProperty(OplogObserveDriver.prototype, '_mongoHandle', {
    set(this: Driver, connection: Driver['_connection']) {
      const handle: Handle = {
        onOplogEntry: (trigger, listener) =>
          connection._oplogHandle.onOplogEntry(trigger, catching(listener)),
        onSkippedEntries: (callback) => connection._oplogHandle.onSkippedEntries(callback),
        waitUntilCaughtUp: () => connection._oplogHandle.waitUntilCaughtUp(),
      };
      this._connection = Object.create(connection, { _oplogHandle: { value: handle } });
    },
    get(this: Driver) {
      return this._connection;
    },
  });
}

/** The library's heaps, of queries with a limit, keep their index in a `Map`, but take ids out as from an `IdMap`. */
function makeHeapsForget(): void {
  interface Heap {
    _index: Map<string, number>;
  }
  Object.defineProperty(MaxHeap.prototype, '_heapIdx', {
    set(this: Heap, index: Map<string, number>) {
      this._index = Object.assign(index, { remove: (id: string) => index.delete(id) });
    },
    get(this: Heap) {
      return this._index;
    },
  });
}
