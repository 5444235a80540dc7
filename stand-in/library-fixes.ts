/**
 * Corrections of `mongodb-livedata-server`, where it differs from Meteor in what Cluster and the tests rely on.
 *
 * Called once by `packages/mongo.ts`. Defines accessors on the prototypes of the library's observe drivers and heaps.
 */

import type { Collection, Document } from 'mongodb';
import { MaxHeap } from 'mongodb-livedata-server/dist/meteor/binary-heap/max_heap';
import { OplogObserveDriver } from 'mongodb-livedata-server/dist/meteor/mongo/oplog-observe-driver';
import { PollingObserveDriver } from 'mongodb-livedata-server/dist/meteor/mongo/polling_observe_driver';
import { fromDriver, toDriver } from './object-id';

interface Connection {
  rawCollection(name: string): Collection;
}

/** Installs all corrections. */
export function fixLibrary(): void {
  applyCursorOptionsWhenPolling();
  exposeDriversOnMultiplexers();
  catchSwitchesToQuerying();
  removeIdsFromHeaps();
  stopBeforeSteady();
}

/** Returns a driver's view of the database: selectors and documents have `Mongo.ObjectID`s, as in Meteor. */
function databaseView(connection: Connection, defaults?: object) {
  return {
    collection: (name: string) => ({
      find: (selector: object, options = defaults) =>
        connection.rawCollection(name).find(toDriver(selector), options).map<Document>(fromDriver),
    }),
  };
}

/** The library's polling driver queries by the selector alone: it omits sort, limit, skip and projection. */
function applyCursorOptionsWhenPolling(): void {
  interface Driver {
    _cursorDescription: { options: object };
    _connection: Connection;
  }
  Object.defineProperty(PollingObserveDriver.prototype, '_mongoHandle', {
    set(this: Driver, connection: Connection) {
      this._connection = connection;
    },
    get(this: Driver) {
      return { db: databaseView(this._connection, this._cursorDescription.options) };
    },
  });
}

/** Adds `multiplexer._observeDriver`, which Meteor has and the library does not. */
function exposeDriversOnMultiplexers(): void {
  interface Driver {
    _ownMultiplexer: { _observeDriver?: unknown };
  }
  for (const { prototype } of [PollingObserveDriver, OplogObserveDriver]) {
    Object.defineProperty(prototype, '_multiplexer', {
      set(this: Driver, multiplexer: { _observeDriver?: unknown }) {
        multiplexer._observeDriver = this;
        this._ownMultiplexer = multiplexer;
      },
      get(this: Driver) {
        return this._ownMultiplexer;
      },
    });
  }
}

/**
 * The library's oplog driver unwinds its stack with a `throw` when it switches to QUERYING. It does not catch that in its
 * listeners to oplog entries, as Meteor's driver does. The driver's view of the connection catches it.
 */
function catchSwitchesToQuerying(): void {
  type Listener = (notification: object) => void;
  interface Handle {
    onOplogEntry(trigger: object, listener: Listener): unknown;
    onSkippedEntries(callback: () => void): unknown;
    waitUntilCaughtUp(): Promise<void>;
  }
  interface Driver {
    _connection: Connection & { _oplogHandle: Handle };
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
      this._connection = Object.create(connection, {
        _oplogHandle: { value: handle },
        db: { value: databaseView(connection) },
      });
    },
    get(this: Driver) {
      return this._connection;
    },
  });
}

/** The library's heaps, of queries with a limit, index ids in a `Map` but remove them as from Meteor's `IdMap`. */
function removeIdsFromHeaps(): void {
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

/** A driver of the library that is stopped while it fetches becomes STEADY all the same, and fails there. Meteor's does not. */
function stopBeforeSteady(): void {
  interface Driver {
    _stopped: boolean;
  }
  const { prototype } = OplogObserveDriver;
  const beSteady: unknown = Reflect.get(prototype, '_beSteady');
  if (typeof beSteady !== 'function') throw new Error('the library has no OplogObserveDriver._beSteady');
  Object.defineProperty(prototype, '_beSteady', {
    value(this: Driver) {
      if (!this._stopped) beSteady.call(this);
    },
  });
}
