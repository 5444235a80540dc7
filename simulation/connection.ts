/**
 * A simulated node's connection to the database of documents, with what Cluster and the observe drivers use of Meteor's
 * `MongoConnection`.
 *
 * Live queries are those of `mongodb-livedata-server`. No method uses a private field: observe drivers get views of a connection,
 * which are objects that inherit from it.
 */

import { LiveMongoConnection } from 'mongodb-livedata-server';
import type { CursorDescription, FindOptions, MeteorConnection, Multiplexer } from '../src/meteor/connection';
import type { WritableCollection } from '../src/writes/write-watcher';
import { fromDriver } from '../stand-in/object-id';
import type { DocumentDatabase } from './document-database';
import type { QueryOptions } from './found-documents';
import type { Fields } from './grammar/values';
import type { WriteMethod } from './grammar/writes';
import { throughDriver } from './stored';
import type { VirtualProcess } from './virtual-time';
import type { Writer } from './workload';

const METHODS: readonly WriteMethod[] = ['insertAsync', 'updateAsync', 'upsertAsync', 'removeAsync'];

export interface ConnectionContext {
  readonly databaseName: string;
  readonly database: DocumentDatabase;
  readonly process: VirtualProcess;
  readonly writer: Writer;
}

export class SimulatedConnection implements MeteorConnection {
  readonly db: MeteorConnection['db'];
  readonly client = {};
  readonly _oplogHandle = null;
  readonly _docFetcher = null;
  readonly _observeMultiplexers: Record<string, Multiplexer> = {};
  readonly context: ConnectionContext;

  constructor(context: ConnectionContext) {
    this.context = context;
    this.db = {
      databaseName: context.databaseName,
      collection: () => {
        throw new Error('a simulated database has no change streams');
      },
    };
  }

  /** Returns what `collection._collection` is in Meteor. */
  open(name: string): WritableCollection {
    const methods = METHODS.map((method) => [
      method,
      (...args: readonly unknown[]) => this.write(name, method, args),
    ]);
    return Object.fromEntries(methods);
  }

  find(name: string, selector: object, options: FindOptions) {
    const { database, process } = this.context;
    return { fetchAsync: () => database.find(process, name, asSent(selector), options) };
  }

  /** Called by the library for the queries of observe drivers. */
  rawCollection(name: string) {
    const { database, process } = this.context;
    return {
      // The matcher of the live query takes `undefined` for a value; the driver would leave it out.
      find: (selector: object, options: QueryOptions) =>
        new SimulatedCursor(() => database.find(process, name, fromDriver(selector), options)),
    };
  }

  updateAsync(name: string, ...args: readonly unknown[]): Promise<unknown> {
    return this.write(name, 'updateAsync', args);
  }

  removeAsync(name: string, ...args: readonly unknown[]): Promise<unknown> {
    return this.write(name, 'removeAsync', args);
  }

  /** There is no fail-over. */
  _onFailover(): { stop(): void } {
    return { stop() {} };
  }

  _observeChanges(description: CursorDescription, ...rest: unknown[]): Promise<LiveQueryHandle> {
    return Reflect.apply(LiveMongoConnection.prototype._observeChanges, this, [description, ...rest]);
  }

  private write(name: string, method: WriteMethod, args: readonly unknown[]): Promise<unknown> {
    const { database, process, writer } = this.context;
    return database.write(writer, process, name, { method, args });
  }
}

export interface LiveQueryHandle {
  readonly _multiplexer?: Multiplexer;
  stop(): void;
}

/** The driver's cursor, as far as the library uses it. */
class SimulatedCursor {
  readonly #query: () => Promise<Fields[]>;
  #documents: Promise<Fields[]> | undefined;
  #position = 0;

  constructor(query: () => Promise<Fields[]>) {
    this.#query = query;
  }

  /** Documents are stored as Meteor reads them. */
  map(): this {
    return this;
  }

  rewind(): void {
    this.#documents = undefined;
    this.#position = 0;
  }

  async next(): Promise<Fields | undefined> {
    this.#documents ??= this.#query();
    const documents = await this.#documents;
    this.#position += 1;
    return documents[this.#position - 1];
  }
}

/** Returns a selector as the database gets it: the driver leaves out what is `undefined`. */
function asSent(selector: object): object {
  const sent = throughDriver(selector);
  return typeof sent === 'object' && sent !== null ? sent : {};
}
