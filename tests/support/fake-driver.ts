/** A driver without a server: its classes have the methods that Cluster watches, and a test decides how each ends. */

import { type DriverCall, DriverCalls } from '../../src/writes/driver-calls';
import { type DriverClasses, watchDriver } from '../../src/writes/driver-watcher';
import type { WrittenIds } from '../../src/writes/mutations';
import { Transactions } from '../../src/writes/transactions';
import type { WriteOutcome } from '../../src/writes/write-outcome';
import { type WritableCollection, watchWrites } from '../../src/writes/write-watcher';
import { idsOf } from './watched-write';

/** As the watcher reports a write: the collection, the outcome and the ids. */
export type RawReport = readonly [name: string, outcome: WriteOutcome, ids: WrittenIds];

type Options = { readonly session?: FakeSession };

interface FakeSession {
  inTransaction(): boolean;
  startTransaction(): void;
  commitTransaction(): Promise<void>;
  abortTransaction(): Promise<void>;
}

interface FakeCollection {
  insertOne(document: { _id: string }, options?: Options): Promise<unknown>;
  updateOne(filter: object, modifier: object, options?: Options): Promise<unknown>;
  findOneAndDelete(filter: object, options?: object): Promise<unknown>;
  drop(): Promise<unknown>;
}

export interface FakeDriver {
  readonly reports: readonly RawReport[];
  readonly classes: DriverClasses;
  /** Called by each write method, inside it. By default it answers that one document was matched. */
  onCall: (method: string, args: readonly unknown[], self: unknown) => Promise<unknown>;
  /** Called by a commit. */
  onCommit: () => Promise<void>;
  collection(name: string): FakeCollection;
  startSession(): FakeSession;
  /** Returns the methods of a Meteor collection, which call the driver at once. */
  meteorCollection(name: string): WritableCollection;
}

/** @param prepare changes the classes before they are watched */
export function newFakeDriver(prepare: (classes: DriverClasses) => void = () => {}): FakeDriver {
  const client = {};
  const reports: RawReport[] = [];
  const ask = (options: unknown) => (options as Options | undefined)?.session?.inTransaction();

  class Collection {
    readonly client = client;
    readonly dbName = 'app';
    readonly collectionName: string;

    constructor(name: string) {
      this.collectionName = name;
    }

    insertOne(...args: unknown[]) {
      return this.call('insertOne', args, args[1]);
    }
    updateOne(...args: unknown[]) {
      return this.call('updateOne', args, args[2]);
    }
    findOneAndDelete(...args: unknown[]) {
      return this.call('findOneAndDelete', args, args[1]);
    }
    async drop() {
      return new Db().dropCollection(this.collectionName);
    }

    /** As the driver does, it asks the session before its first `await`. */
    private call(method: string, args: readonly unknown[], options: unknown) {
      ask(options);
      return driver.onCall(method, args, this);
    }
  }

  class Db {
    readonly client = client;
    readonly databaseName = 'app';
    async dropCollection(name: string) {
      return driver.onCall('dropCollection', [name], this);
    }
  }

  class ClientSession {
    transaction = {};
    #isActive = false;
    inTransaction() {
      return this.#isActive;
    }
    startTransaction() {
      this.transaction = {};
      this.#isActive = true;
    }
    async commitTransaction() {
      await driver.onCommit();
      this.#isActive = false;
    }
    async abortTransaction() {
      this.#isActive = false;
    }
  }

  class Unused {}
  const others = { OrderedBulkOperation: Unused, UnorderedBulkOperation: Unused, AggregationCursor: Unused };
  const classes: DriverClasses = { Collection, Db, ClientSession, ...others };
  prepare(classes);
  const calls = new DriverCalls();
  const transactions = new Transactions();
  const watchedByName = new Map<string, { beginRawWrite: () => ReturnType<typeof begin> }>();
  const begin = (name: string) => ({
    end: (outcome: WriteOutcome, ids: WrittenIds) => void reports.push([name, outcome, ids]),
  });
  const find = (name: string) => {
    const known = watchedByName.get(name) ?? { beginRawWrite: () => begin(name) };
    watchedByName.set(name, known);
    return known;
  };
  watchDriver(classes, {
    calls,
    transactions,
    find: ({ client: of, name }) =>
      of === client && typeof name === 'string' && name !== 'unsynced' ? find(name) : undefined,
  });
  const driver: FakeDriver = {
    reports,
    classes,
    onCall: async () => ({ acknowledged: true, matchedCount: 1, insertedId: undefined }),
    onCommit: async () => {},
    collection: (name) => new Collection(name) as unknown as FakeCollection,
    startSession: () => new ClientSession(),
    meteorCollection(name) {
      const collection: WritableCollection = {
        insertAsync: async (document: object, options?: Options) => {
          await new Collection(name).insertOne(document, options);
        },
      };
      watchWrites(collection, {
        idsOf,
        isInnermost: true,
        isAcknowledged: true,
        begin: () => begin(`${name} of Meteor`),
        callDriver: (make) => {
          const call: DriverCall = { collections: [find(name)] };
          const result = calls.run(call, make);
          return { result, transaction: call.transaction, isDriverCalled: call.isDriverCalled ?? false };
        },
      });
      return collection;
    },
  };
  return driver;
}

/** Resolves when everything that has been settled is reported. */
export function settled(): Promise<void> {
  return new Promise(setImmediate);
}
