/**
 * All that Cluster uses of Meteor beyond its documented API. Only the files of this folder use it; `connection.ts` exports the
 * types of connections and observe drivers. `oplog-support.ts` checks at start-up what may be missing.
 */

declare module 'meteor/meteor' {
  export namespace Meteor {
    /** Notifies the live queries that a write may concern. */
    function refresh(notification: object): Promise<void>;
  }
}

declare module 'meteor/mongo' {
  export namespace Mongo {
    /** All collections by name: a `Map`. */
    const _collections: unknown;
    /** `undefined` in a version that has none. */
    const getCollection: ((name: string) => unknown) | undefined;
  }

  /** In the place of what `@types/meteor` has, as a module that is declared here hides what its file exports. */
  export namespace MongoInternals {
    const NpmModules: { readonly mongodb: { readonly module: typeof import('mongodb') } };
    const RemoteCollectionDriver: { readonly prototype: Partial<RemoteDriver> } | undefined;
    function defaultRemoteCollectionDriver(): {
      readonly mongo: MeteorConnection & {
        readonly db: import('mongodb').Db;
        readonly client: import('mongodb').MongoClient;
      };
    };
  }

  /** The parts of `Mongo.Collection` that hold what was opened. */
  interface CollectionParts {
    readonly _name?: unknown;
    readonly _collection?: unknown;
    readonly _driver?: unknown;
  }

  interface RemoteDriver {
    readonly mongo: MeteorConnection;
    /** Called for each instance of `Mongo.Collection`. */
    open(name: string, ...rest: unknown[]): import('../writes/write-watcher').WritableCollection;
  }

  interface FindOptions {
    readonly readPreference?: string;
    readonly projection?: object;
    readonly limit?: number;
  }

  interface CursorDescription {
    readonly collectionName: string;
    readonly selector: unknown;
    options: FindOptions & { readonly sort?: unknown; readonly collation?: unknown };
  }

  /** Meteor's `ObserveMultiplexer`: what the handles of one live query share. */
  interface Multiplexer {
    /** Null once the last handle has stopped. */
    readonly _handles?: object | null;
    readonly _observeDriver?: ObserveDriver;
  }

  /** Meteor's observe driver of one live query. Fields that are documented here are those of the oplog observe driver. */
  interface ObserveDriver {
    readonly _usesOplog?: boolean;
    readonly _usesChangeStreams?: boolean;
    readonly _cursorDescription?: {
      readonly collectionName: string;
      readonly options?: { readonly readPreference?: string };
    };
    /** `STEADY`, `QUERYING` or `FETCHING`. */
    readonly _phase?: string;
    /** The documents that clients have. Null once the driver has stopped. */
    readonly _published?: DriverDocuments | null;
    /** Documents beside the window of a query with a limit. */
    readonly _unpublishedBuffer?: DriverDocuments | null;
    /** Whether a document that sorts after all others may enter the buffer: they are all that match. */
    readonly _safeAppendToBuffer?: boolean;
    readonly _matcher?: { documentMatches(document: object): { readonly result: unknown } };
    /** The fields that the driver's selector, sort and projection need. */
    readonly _sharedProjection?: Readonly<Record<string, unknown>>;
    /** Returns the part of a document that the driver keeps. */
    _sharedProjectionFn?(document: object): object;
    /** One belongs to Meteor's listener to local writes. */
    readonly _stopHandles?: { stop(): unknown }[];
    readonly _multiplexer?: { onFlush(callback: () => void): unknown };
    readonly _writesToCommitWhenWeReachSteady?: { committed(): void }[] | null;
    stop?(...args: unknown[]): unknown;
  }

  /** The containers of documents of an oplog observe driver: Meteor's `IdMap` and heaps. */
  interface DriverDocuments {
    has(id: unknown): boolean;
    get?(id: unknown): object | undefined;
    forEach(callback: (document: unknown, id: unknown) => void): void;
    clear?(): void;
    /** Of heaps: the id of the document that is last by the sort; `null` when it is empty. */
    maxElementId?(): unknown;
  }

  /** Meteor 3.5's answer to whether an observe driver is available for a live query. */
  interface CheckResult {
    readonly available: boolean;
    readonly reason?: string;
  }

  type ReactivityCheck = () => CheckResult | Promise<CheckResult>;

  interface ChangeStream {
    /** Resolves when the server has opened the stream. */
    tryNext(): Promise<unknown>;
    close(): Promise<void>;
  }

  interface MeteorConnection {
    /** The driver's client. */
    readonly client: object;
    readonly db: {
      readonly databaseName: string;
      readonly writeConcern?: { readonly w?: unknown };
      collection(name: string): { watch(pipeline: object[], options: object): ChangeStream };
    };
    find(
      collection: string,
      selector: object,
      options: FindOptions,
    ): { fetchAsync(): Promise<import('./feed-contract').StoredDocument[]> };
    _oplogHandle?: unknown;
    _docFetcher?: unknown;
    _onFailover?(callback: () => void): { stop(): void };
    updateAsync(collection: string, selector: object, modifier: object, options: object): Promise<unknown>;
    removeAsync(collection: string, selector: object): Promise<unknown>;
    _observeMultiplexers?: Record<string, Multiplexer>;
    /** Since Meteor 3.5: chooses the first available observe driver of those that its settings name. */
    _selectReactivityDriver?(
      order: string[],
      checks: Readonly<Record<string, ReactivityCheck>>,
    ): Promise<unknown>;
    /** Since Meteor 3.5: what the server says of itself; `undefined` until the first live query. */
    _supportsChangeStreams?: boolean;
    _changeStreamServerReasons?: string[];
    _observeChanges?(
      description: CursorDescription,
      ...rest: unknown[]
    ): Promise<{ readonly _multiplexer?: Multiplexer }>;
  }
}

declare module 'meteor/ddp-server' {
  export namespace DDPServer {
    const _InvalidationCrossbar: {
      listen(trigger: Record<string, unknown>, listener: () => void): { stop(): void };
    };
    /** Returns the fence of the running method, if any. */
    function _getCurrentFence(): WriteFence | undefined;

    interface WriteFence {
      readonly fired: boolean;
      beginWrite(): { committed(): unknown };
    }
  }
}

declare module 'meteor/minimongo' {
  export namespace LocalCollection {
    /** Returns the ids that a selector names (`{_id: x}`, `{_id: {$in: [..]}}`, an `$and` with one of these), else null. */
    function _idsMatchedBySelector(selector: unknown): unknown[] | null;
  }
}

declare module 'meteor/mongo-id' {
  export namespace MongoID {
    /** @throws Error for an object that is not a `Mongo.ObjectID` */
    function idStringify(id: unknown): string;
    function idParse(id: string): unknown;
  }
}
