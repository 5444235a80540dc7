/**
 * Which collections are open.
 *
 * Called by `cluster.ts`. Loading this file starts the record of opened collections. It has to be loaded before the
 * application opens its collections, which Meteor's order of packages ensures. For collections that older packages opened
 * (`Meteor.users`, say), `findCollection` uses Meteor's own record.
 */

import { Mongo, MongoInternals } from 'meteor/mongo';
import { kindOf } from '../config/config-error';
import type { WritableCollection } from '../writes/write-watcher';
import type { MeteorConnection } from './connection';
import { observeLiveQueries } from './live-queries';

/** One object behind `collection._collection`; several can be open under one name. */
export interface OpenedCollection {
  readonly name: string;
  /** Its connection to the database. */
  readonly connection: MeteorConnection;
  /** The object that holds the write methods. */
  readonly methods: WritableCollection;
}

interface Driver {
  readonly mongo: MeteorConnection;
  open(name: string, ...rest: unknown[]): WritableCollection;
}

/** The parts of `Mongo.Collection` that hold what was opened. */
interface CollectionParts {
  readonly _name?: unknown;
  readonly _collection?: unknown;
  readonly _driver?: unknown;
}

const opened = new Map<string, OpenedCollection[]>();
const openListeners = new Set<(collection: OpenedCollection) => void>();

recordOpenedCollections();

/** Returns the collections opened under a name so far. */
export function openedCollections(name: string): readonly OpenedCollection[] {
  return opened.get(name) ?? [];
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
 * Returns the name of a collection that the application wants synced.
 *
 * @param target a `Mongo.Collection` stored in MongoDB, or the name of one
 * @throws Error that names what came instead
 */
export function findCollection(target: unknown): string {
  if (typeof target === 'string' && target !== '') {
    const known = knownByMeteor(target);
    if (known) adopt(known);
    return target;
  }
  if (isCollection(target) && adopt(target)) return target._name;
  throw new Error(
    `Cluster: expected a Mongo.Collection stored in MongoDB or its name; got ${describe(target)}`,
  );
}

/** Returns the connection to the database behind `MONGO_URL`. */
export function defaultConnection(): MeteorConnection {
  return MongoInternals.defaultRemoteCollectionDriver().mongo as unknown as MeteorConnection;
}

function recordOpenedCollections(): void {
  const { RemoteCollectionDriver } = MongoInternals as unknown as {
    RemoteCollectionDriver?: { prototype: Partial<Driver> };
  };
  const prototype = RemoteCollectionDriver?.prototype;
  const open = prototype?.open;
  if (!prototype || !open) {
    throw new Error(
      'Cluster: this version of Meteor has no MongoInternals.RemoteCollectionDriver.prototype.open; ' +
        'supported are Meteor 3.0 to 3.5',
    );
  }
  prototype.open = function recordingOpen(this: Driver, name, ...rest) {
    const methods = open.call(this, name, ...rest);
    record(name, this.mongo, methods);
    return methods;
  };
}

function record(name: string, connection: MeteorConnection, methods: WritableCollection): void {
  observeLiveQueries(connection);
  const collection: OpenedCollection = { name, connection, methods };
  opened.set(name, [...openedCollections(name), collection]);
  for (const listener of openListeners) listener(collection);
}

/**
 * Records a collection that was opened before this file was loaded.
 *
 * @returns whether it is stored in MongoDB
 */
function adopt(target: CollectionParts & { _name: string }): boolean {
  const { _name: name, _collection: methods, _driver: driver } = target;
  if (!isObject(driver) || !isObject(driver.mongo) || !isObject(methods)) return false;
  if (!openedCollections(name).some((known) => known.methods === methods)) {
    record(name, driver.mongo as unknown as MeteorConnection, methods);
  }
  return true;
}

function knownByMeteor(name: string): (CollectionParts & { _name: string }) | undefined {
  const { getCollection } = Mongo as unknown as { getCollection?: (name: string) => unknown };
  const known = getCollection?.call(Mongo, name);
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
