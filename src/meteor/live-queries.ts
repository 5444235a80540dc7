/**
 * Meteor's live queries of one MongoDB connection: told to look at the database, held by write fences, or fed as if there
 * were an oplog.
 *
 * Called by `cluster.ts`, the strategies, and `collections.ts` for every connection it meets. What it needs of Meteor's
 * internals it looks for first: where something is missing, `whyNoFeed` says what.
 */

import { DDPServer } from 'meteor/ddp-server';
import { EJSON } from 'meteor/ejson';
import { Meteor } from 'meteor/meteor';
import type { TouchedIds } from '../message';
import { OplogFeed, type StoredDocument } from '../oplog-feed';
import { type Report, reasonOf } from '../report';
import { parseId, parseIds, stringifyId } from './ids';
import { type Multiplexer, ObservedQueries } from './observed-queries';

/** Meteor's `MongoConnection`, as far as it is used here. */
export interface LiveConnection {
  readonly db: { readonly databaseName: string };
  find(
    collection: string,
    selector: object,
    options: FindOptions,
  ): { fetchAsync(): Promise<StoredDocument[]> };
  _oplogHandle?: unknown;
  _docFetcher?: unknown;
  updateAsync(collection: string, selector: object, modifier: object, options: object): Promise<unknown>;
  removeAsync(collection: string, selector: object): Promise<unknown>;
  _observeMultiplexers?: Record<string, Multiplexer>;
  /** Meteor 3.5 asks its settings which observe drivers to try, in which order; earlier versions have no such method. */
  _selectReactivityDriver?: unknown;
  _observeChanges?(
    description: CursorDescription,
    ...rest: unknown[]
  ): Promise<{ readonly _multiplexer?: Multiplexer }>;
}

interface CursorDescription {
  readonly collectionName: string;
  readonly options: FindOptions;
}

interface FindOptions {
  readonly readPreference?: string;
  readonly projection?: object;
  readonly limit?: number;
}

/** What is read because of an announcement, or stays until the next one, must not come from a replica that lags behind. */
const CURRENT: FindOptions = { readPreference: 'primary' };

/** Makes this node's live queries of a collection look at the database again. Settles when Meteor has told them. */
export async function refresh(collection: string, ids: TouchedIds): Promise<void> {
  const { refresh: tell } = Meteor as unknown as { refresh(notification: object): Promise<void> };
  if (ids === null) return tell({ collection });
  for (const id of parseIds(ids)) await tell({ collection, id });
}

/** The same for those who do not wait: never rejects, and says what went wrong. */
export async function refreshOrReport(collection: string, ids: TouchedIds, report: Report): Promise<void> {
  try {
    await refresh(collection, ids);
  } catch (error) {
    report.warn('refresh', `refreshing failed: ${reasonOf(error)}`);
  }
}

/**
 * Keeps the client of the method that is running from hearing `updated` before its own write is to be seen.
 *
 * @returns lets go; safe to call again
 */
export function holdWriteFence(): () => void {
  const fence = DDPServer._getCurrentFence();
  // A fence that has fired takes no more writes; Meteor's own call will say so.
  if (!fence || fence.fired) return () => {};
  const write = fence.beginWrite();
  let held = true;
  return () => {
    if (held) void write.committed();
    held = false;
  };
}

/** Whether the database has an oplog, and Meteor tails it. */
export function tailsOplog(connection: LiveConnection): boolean {
  return Boolean(connection._oplogHandle) && !installations.has(connection);
}

/** Why live queries of this connection cannot be fed; `undefined`: they can. */
export function whyNoFeed(connection: LiveConnection): string | undefined {
  if (installations.has(connection)) return undefined;
  const missing = [
    typeof connection._observeChanges !== 'function' && 'MongoConnection._observeChanges',
    !('_oplogHandle' in connection) && 'MongoConnection._oplogHandle',
    !('_docFetcher' in connection) && 'MongoConnection._docFetcher',
    typeof connection._observeMultiplexers !== 'object' && 'MongoConnection._observeMultiplexers',
    typeof DDPServer._getCurrentFence !== 'function' && 'DDPServer._getCurrentFence',
  ].filter((name) => name !== false);
  if (missing.length > 0) return `this version of Meteor has no ${missing.join(', ')}`;
  const drivers = chosenDrivers(connection);
  if (drivers && !drivers.includes('oplog')) {
    return `Meteor is set to the observe drivers "${drivers.join('", "')}", without "oplog"`;
  }
  return undefined;
}

/** The observe drivers that Meteor's settings allow; `undefined`: they do not say, or this version does not ask them. */
function chosenDrivers(connection: LiveConnection): string[] | undefined {
  if (!connection._selectReactivityDriver) return undefined;
  const { METEOR_REACTIVITY_ORDER: variable } = process.env;
  const setting: unknown =
    Meteor.settings?.packages?.mongo?.reactivity ?? (variable || undefined)?.split(',');
  return setting === undefined ? undefined : [setting].flat().map(String);
}

const watched = new WeakMap<LiveConnection, ObservedQueries>();

/**
 * Sees every live query of a connection being made from now on; to be called before there can be any. While nobody feeds
 * them, and Meteor has no oplog, they poll: one that is being made when a feed is installed must not come to listen to it.
 */
export function watchLiveQueries(connection: LiveConnection): void {
  const observeChanges = connection._observeChanges;
  if (watched.has(connection) || !observeChanges) return;
  const queries = new ObservedQueries();
  for (const multiplexer of Object.values(connection._observeMultiplexers ?? {})) {
    const { collectionName } = multiplexer._observeDriver?._cursorDescription ?? {};
    if (collectionName !== undefined) queries.add(collectionName, multiplexer);
  }
  watched.set(connection, queries);
  connection._observeChanges = async function observeWatched(description, ...rest) {
    const { collectionName } = description;
    const installation = installations.get(connection);
    const isFed = installation !== undefined && isFedBy(installation, collectionName);
    let chosen = description;
    if (isFed && description.options.readPreference === undefined) chosen = withOptions(description, CURRENT);
    // Meteor's own option for "poll this one", which unlike others makes it do so without a warning.
    if (!isFed && !tailsOplog(connection)) chosen = withOptions(description, { disableOplog: true });
    const end = queries.begin(collectionName);
    try {
      const handle = await observeChanges.call(this, chosen, ...rest);
      if (handle._multiplexer) queries.add(collectionName, handle._multiplexer);
      if (isFed) installation.made(handle._multiplexer);
      return handle;
    } finally {
      end();
    }
  };
}

interface Installation {
  readonly feed: OplogFeed;
  readonly queries: ObservedQueries;
  /** Those who use the feed, each with a way to tell which collections are theirs. */
  readonly users: Set<(collection: string) => boolean>;
  /** A live query that may be fed has been made. */
  made(multiplexer: Multiplexer | undefined): void;
  /** Ends what is done for live queries left over from a user that is gone. */
  stopFallback: () => void;
}

const installations = new WeakMap<LiveConnection, Installation>();

function isFedBy({ users }: Installation, collection: string): boolean {
  return [...users].some((isSynced) => isSynced(collection));
}

/** How often Meteor's polling driver looks at the database by itself, in ms. */
export const POLLING_INTERVAL = Number(process.env.METEOR_POLLING_INTERVAL_MS) || 10_000;

/** A feed that is installed in a connection. */
export interface InstalledFeed {
  readonly feed: OplogFeed;
  readonly queries: ObservedQueries;
  /** Takes it out again. */
  remove(): void;
}

/**
 * Has the oplog observe drivers of a connection fed by us. Live queries of collections that are not synced go on polling.
 *
 * @param isSynced which collections are fed
 */
export function installFeed(
  connection: LiveConnection,
  isSynced: (collection: string) => boolean,
  report: Report,
): InstalledFeed {
  const installation = installations.get(connection) ?? install(connection, report);
  installation.users.add(isSynced);
  installation.stopFallback();
  return {
    feed: installation.feed,
    queries: installation.queries,
    remove() {
      installation.users.delete(isSynced);
      if (installation.users.size === 0) retire(connection, installation);
    },
  };
}

function install(connection: LiveConnection, report: Report): Installation {
  watchLiveQueries(connection);
  const queries = watched.get(connection);
  if (!queries) throw new Error('Cluster: there is no MongoConnection._observeChanges');
  const feed = new OplogFeed(
    {
      read: (collection, ids) => read(connection, collection, ids),
      stringifyId,
      parseId,
      clone: (document) => EJSON.clone(document),
      isQuerying: (collection) => queries.isQuerying(collection),
    },
    report,
  );
  let toldOfStreams = false;
  const installation: Installation = {
    feed,
    queries,
    users: new Set(),
    made(multiplexer) {
      if (toldOfStreams || !multiplexer?._observeDriver?._usesChangeStreams) return;
      toldOfStreams = true;
      report.info('Meteor reads change streams: the live queries that it reads them for are left to it');
    },
    stopFallback() {},
  };
  connection._oplogHandle = feed;
  connection._docFetcher = feed;
  installations.set(connection, installation);
  return installation;
}

/**
 * Without a user, new live queries poll. Those that are open still listen to the feed, which now does for them what
 * polling does, until the last of them is stopped.
 */
function retire(connection: LiveConnection, installation: Installation): void {
  const { feed } = installation;
  const watches = feed.collections.map((collection) =>
    DDPServer._InvalidationCrossbar.listen({ collection }, () =>
      feed.touched(collection, null, holdWriteFence()),
    ),
  );
  feed.pollEvery(POLLING_INTERVAL);
  // Of a write that is still on its way, or was announced just now, they would hear from nobody.
  for (const collection of feed.collections) feed.touched(collection, null);
  const uninstallOnceUnused = () => {
    if (feed.collections.length > 0) return;
    installation.stopFallback();
    void feed.stop();
    connection._oplogHandle = null;
    connection._docFetcher = null;
    installations.delete(connection);
  };
  const timer = setInterval(uninstallOnceUnused, POLLING_INTERVAL).unref();
  installation.stopFallback = () => {
    installation.stopFallback = () => {};
    clearInterval(timer);
    for (const watch of watches) watch.stop();
  };
  uninstallOnceUnused();
}

function withOptions(description: CursorDescription, changes: object): CursorDescription {
  const options = { ...description.options, ...changes };
  return Object.assign(Object.create(Object.getPrototypeOf(description)), description, { options });
}

/** The ids of the documents that a selector matches now; `null`: of more than `limit`. */
export async function findIds(
  connection: LiveConnection,
  collection: string,
  selector: object,
  limit: number,
): Promise<unknown[] | null> {
  const options = { ...CURRENT, projection: { _id: 1 }, limit: limit + 1 };
  const documents = await connection.find(collection, selector, options).fetchAsync();
  return documents.length > limit ? null : documents.map(({ _id }) => _id);
}

async function read(
  connection: LiveConnection,
  collection: string,
  ids: readonly string[],
): Promise<Map<string, StoredDocument>> {
  const [only, ...others] = parseIds(ids);
  // One plain id is what every database has an index for; not every one uses it for `$in`.
  const _id = others.length === 0 ? only : { $in: [only, ...others] };
  const documents = await connection.find(collection, { _id }, CURRENT).fetchAsync();
  return new Map(documents.map((document) => [stringifyId(document._id), document]));
}
