/**
 * Which collections are open, and the watchers of their writes.
 *
 * Called by `cluster.ts`. Loading this file starts the record. From then on the write methods of every instance are wrapped
 * when Meteor opens it, before any hook package can wrap them. So the watcher is innermost: it sees final ids, and no errors
 * or delays of hooks. Instances that older packages opened (`Meteor.users`, say) are adopted when it is loaded.
 */

import { type CollectionParts, Mongo, MongoInternals, type RemoteDriver } from 'meteor/mongo';
import { kindOf } from '../../config/config-error';
import type { Namespace } from '../../writes/raw-methods';
import { type WritableCollection, watchWrites } from '../../writes/write-watcher';
import type { MeteorConnection } from '../connection';
import { idsOfSelector } from '../ids';
import { observeLiveQueries } from '../live-queries/live-queries';
import { OpenedCollection } from './opened-collection';
import { callDriver, watchRawWrites } from './raw-writes';

/** The collection that an application has named. */
export interface FoundCollection {
  readonly name: string;
  /** `undefined` when only the name was given, which stands for all databases. */
  readonly database: string | undefined;
}

const opened = new Map<string, Map<MeteorConnection, OpenedCollection>>();
const watchedInstances = new WeakSet<WritableCollection>();
const openListeners = new Set<(collection: OpenedCollection) => void>();
/** The driver's clients of Meteor's connections. */
const clients = new WeakSet<object>();

recordOpenedCollections();
watchRawWrites(findByNamespace);
// Writes to these must not be missed either until they are synced.
collectionsKnownToMeteor();

/** Returns the collections opened under a name so far, one per connection. */
export function openedCollections(name: string): readonly OpenedCollection[] {
  return [...(opened.get(name)?.values() ?? [])];
}

/** Returns the databases, each once, in which a collection of a name has been opened. */
export function databasesOf(name: string): string[] {
  return [...new Set(openedCollections(name).map(({ database }) => database))];
}

/**
 * Calls back for every collection opened from now on.
 *
 * @returns stops it
 */
export function onCollectionOpened(listener: (collection: OpenedCollection) => void): () => void {
  openListeners.add(listener);
  return () => openListeners.delete(listener);
}

/**
 * Finds the collection that an application means.
 *
 * @param target a `Mongo.Collection` stored in MongoDB, or the name of one
 * @throws Error that names what came instead
 */
export function findCollection(target: unknown, place = ''): FoundCollection {
  if (typeof target === 'string' && target !== '') {
    const known = knownByMeteor(target);
    if (known) adopt(known);
    return { name: target, database: undefined };
  }
  const connection = isCollection(target) ? adopt(target) : undefined;
  if (isCollection(target) && connection) {
    return { name: target._name, database: connection.db.databaseName };
  }
  throw new Error(
    `Cluster: expected a Mongo.Collection stored in MongoDB or its name; got ${describe(target)}${place}`,
  );
}

/**
 * Returns the names of all collections that have been opened, also before this file was loaded. Some of those may not be
 * stored in MongoDB: they have no connection, and are left out.
 */
export function collectionsKnownToMeteor(): string[] {
  const { _collections: known } = Mongo;
  if (known instanceof Map) {
    for (const collection of known.values()) if (isCollection(collection)) adopt(collection);
  }
  return [...opened.keys()];
}

/** Returns the connection to the database behind `MONGO_URL`. */
export function defaultConnection(): MeteorConnection {
  return MongoInternals.defaultRemoteCollectionDriver().mongo;
}

function recordOpenedCollections(): void {
  const prototype = MongoInternals.RemoteCollectionDriver?.prototype;
  const open = prototype?.open;
  if (!prototype || !open) {
    throw new Error(
      'Cluster: this version of Meteor has no MongoInternals.RemoteCollectionDriver.prototype.open; ' +
        'supported are Meteor 3.0 to 3.6',
    );
  }
  prototype.open = function recordingOpen(this: RemoteDriver, name, ...rest) {
    const instance = open.call(this, name, ...rest);
    record(name, this.mongo, instance, true);
    return instance;
  };
}

/** @param isInnermost whether nothing can have wrapped the methods of the instance yet */
function record(
  name: string,
  connection: MeteorConnection,
  instance: WritableCollection,
  isInnermost: boolean,
): void {
  observeLiveQueries(connection);
  if (isObject(connection.client)) clients.add(connection.client);
  const ofName = opened.get(name) ?? new Map<MeteorConnection, OpenedCollection>();
  opened.set(name, ofName);
  const known = ofName.get(connection);
  const collection = known ?? new OpenedCollection(name, connection);
  ofName.set(connection, collection);
  watchedInstances.add(instance);
  watchWrites(instance, {
    idsOf: idsOfSelector,
    isInnermost,
    isAcknowledged: connection.db.writeConcern?.w !== 0,
    begin: () => collection.beginWrite(isInnermost ? 'collection' : 'adopted collection'),
    // Hooks inside the method may make raw writes of their own.
    callDriver: isInnermost ? (make) => callDriver(collection, make) : undefined,
  });
  if (!known) for (const listener of openListeners) listener(collection);
}

/**
 * Returns the opened collection that the driver writes to. Of several connections to a database, each one stands for the
 * others. Other clients, of the application's own, are not Meteor's.
 */
function findByNamespace({ client, database, name }: Namespace): OpenedCollection | undefined {
  if (typeof name !== 'string' || !isObject(client) || !clients.has(client)) return undefined;
  const found = openedCollections(name).filter((collection) => collection.database === database);
  return found.find(({ connection }) => connection.client === client) ?? found[0];
}

/**
 * Records an instance that was opened before this file was loaded.
 *
 * @returns its connection; `undefined` when it is not stored in MongoDB
 */
function adopt(target: CollectionParts & { _name: string }): MeteorConnection | undefined {
  const { _name: name, _collection: instance, _driver: driver } = target;
  if (!isObject(driver) || !isObject(driver.mongo) || !isObject(instance)) return undefined;
  const connection = driver.mongo as unknown as MeteorConnection;
  if (!watchedInstances.has(instance)) record(name, connection, instance, false);
  return connection;
}

function knownByMeteor(name: string): (CollectionParts & { _name: string }) | undefined {
  const known = Mongo.getCollection?.(name);
  return isCollection(known) ? known : undefined;
}

function isCollection(value: unknown): value is CollectionParts & { _name: string } {
  return isObject(value) && typeof value._name === 'string' && isObject(value._collection);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function describe(value: unknown): string {
  if (isCollection(value)) return `collection "${value._name}", which is not stored in MongoDB`;
  if (isObject(value) && '_collection' in value) return 'a local collection without a name';
  return kindOf(value);
}
