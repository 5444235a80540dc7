/**
 * The facade: what an application calls.
 *
 * `singleton.ts` creates the one instance of an application. Observes the writes to the synced collections and passes them
 * to the session, which publishes them. Owns the observers, the session and the signal listeners.
 */

import { type BroadcastHandler, Broadcasts } from './broadcasts';
import { type ClusterConfig, connects, isOpenToStrangers, resolveOptions } from './config/options';
import { createHasher } from './matching/hint';
import { databasesOf, defaultConnection, findCollection, openedCollections } from './meteor/collections';
import { guardSelection } from './meteor/driver-selection';
import { stringifyIds } from './meteor/ids';
import { countLiveQueries } from './meteor/live-query-counts';
import type { OpenedCollection } from './meteor/opened-collection';
import { refresh, refreshOrLog } from './meteor/refresh';
import { Log, reasonOf } from './observability/log';
import { type ClusterStatus, NO_SESSION } from './observability/status';
import { ClusterSession } from './session/cluster-session';
import { leaveOnSignals } from './session/leave-on-signals';
import type { Session } from './session/session';
import { SingleNodeSession } from './session/single-node-session';
import { chooseStrategy, createStrategy } from './strategies/choose-strategy';
import { type SyncAllOptions, SyncedCollections, type SyncTarget } from './synced-collections';
import { isRecord } from './values/property';
import type { Change, ChangedIds } from './writes/change';
import type { WriteInProgress } from './writes/write-watcher';

/** The id of a document: a string or an ObjectID. */
export type DocumentId = string | { toHexString(): string };

/** The documents given to `touch`: one id, several, or what the driver's `insertMany` returns as `insertedIds`. */
export type TouchedIds = DocumentId | readonly DocumentId[] | Readonly<Record<number, DocumentId>>;

/** The type of `Cluster` and `Meteor.Cluster`. */
export class MeteorCluster {
  #log = new Log();
  readonly #synced = new SyncedCollections({
    beginWrite: (collection) => this.beginWrite(collection),
    onObserved: (collection) => this.addToSession(collection),
    onUnopened: (name) =>
      this.#log.warn(
        `unopened ${name}`,
        `"${name}" is synced, but no collection of that name has been opened`,
      ),
  });
  /** Handlers are the application's: they stay after `close`. */
  readonly #broadcasts = new Broadcasts((topic, reason) =>
    this.#log.warn(`broadcast ${topic}`, `a handler of the broadcast "${topic}" failed: ${reason}`),
  );
  #session: Session | undefined;
  /** Undo what `init` has installed besides the session. */
  #uninstall: (() => void)[] = [];
  #closing: Promise<void> = Promise.resolve();

  /**
   * Connects this node to the cluster. Needs no `await`, and may come before or after `sync`. Redis may be down: the
   * node then connects when it is up.
   *
   * @param config a `redis://` URL or options; by default the variable `CLUSTER_URL`, else Redis on this machine. The URL
   *   `none` stands for a node that is alone: it connects to nothing, and feeds its own live queries
   * @returns whether the node is connected. Resolves when it is, at the latest after `startupTimeout`; never rejects
   * @throws ClusterConfigError when `config` or a variable cannot be used; Error when Cluster is running already
   */
  init(config?: string | ClusterConfig | null): Promise<boolean> {
    if (this.#session) {
      throw new Error(
        'Cluster: init() was called before, by the application or for Meteor.settings.packages.cluster; call close() first',
      );
    }
    const options = resolveOptions(config);
    // Warnings about an earlier Redis say nothing about this one.
    const log = new Log();
    const synced = this.#synced.names;
    const connection = defaultConnection();
    const database = connection.db.databaseName;
    const namespace = options.namespace ?? database;
    const strategyName = chooseStrategy(options.strategy, connection, log);
    const isSynced = (collection: string) => synced.has(collection);
    const takesOver = options.strategy === 'oplog' && strategyName === 'oplog';
    const hash = createHasher(`${options.secrets[0] ?? ''}\0${namespace}`);
    const strategy = createStrategy(strategyName, {
      ...{ database, isSynced, openedCollections, takesOver, hash, log },
    });
    const onBroadcast = this.#broadcasts.handle.bind(this.#broadcasts);
    const context = { options, strategyName, strategy, hash, log, onBroadcast };
    const session = connects(options)
      ? new ClusterSession({ ...context, options, namespace, database, databasesOf, synced })
      : new SingleNodeSession(context);
    this.#log = log;
    this.#session = session;
    if (isOpenToStrangers(options)) {
      log.warn(
        'open',
        'Redis is on another host and has no password: anybody who reaches it can make this node query the ' +
          'database. Set a password, or CLUSTER_SECRET',
      );
    }
    try {
      session.open();
    } catch (error) {
      this.#session = undefined;
      strategy.stop();
      throw error;
    }
    for (const collection of this.#synced.opened) this.addToSession(collection);
    this.#uninstall = [guardSelection({ isSynced, takesOver, log })];
    if (options.leaveOnSignals && connects(options)) {
      this.#uninstall.push(leaveOnSignals(() => this.close()));
    }
    return session.waitUntilReady();
  }

  /**
   * Syncs collections: every write through Meteor is published, and what other nodes publish updates this node's live
   * queries. May be called any number of times.
   *
   * @param targets `Mongo.Collection`s stored in MongoDB, their names, or arrays of these; a name covers all its instances
   * @throws Error that names what came instead; none of the targets is synced then
   */
  sync(...targets: (SyncTarget | readonly SyncTarget[])[]): void {
    this.#synced.add(targets.flat());
  }

  /**
   * Syncs every collection stored in MongoDB, those opened later too, those of packages too.
   *
   * @param options `except`: collections that are not synced, or their names
   * @throws Error that names what came instead; nothing is synced then
   */
  syncAll(options?: SyncAllOptions): void {
    this.#synced.addAll(options);
  }

  /**
   * Publishes outside writes: those made with `rawCollection()`, in bulk, by a migration or by another program.
   *
   * @param target a synced collection or its name
   * @param ids the written documents, one id or several; by default any of the collection
   * @returns resolves when this node's own live queries are refreshed and Redis has accepted the change. Without Redis it
   *   resolves after `startupTimeout` with a warning, and the change stays pending
   * @throws Error when the collection is not synced, or an id is neither a string nor an ObjectID
   */
  touch(target: SyncTarget, ids?: TouchedIds): Promise<void> {
    const { name, database } = findCollection(target);
    if (!this.#synced.names.has(name)) {
      throw new Error(`Cluster: touch() takes a synced collection; "${name}" is not: call sync() first`);
    }
    const touched = idsToTouch(ids);
    if (touched.length === 0) return Promise.resolve();
    const opened = databasesOf(name);
    const databases = database === undefined && opened.length > 0 ? opened : [database];
    return this.publishAndRefresh(
      databases.map((each) => ({ database: each, collection: name, ids: touched })),
    );
  }

  /**
   * Waits until Redis has accepted every change written or touched so far.
   *
   * @throws TimeoutError when that takes longer than `startupTimeout`; the changes stay pending
   */
  async flush(): Promise<void> {
    await this.#session?.flush();
  }

  /**
   * Sends a message of the application to every other connected node, at most once: for what is not worth storing, such as
   * "Tom is typing" or "this cache is out of date". Changes of data need no broadcast.
   *
   * @param topic names the handlers that get it, of 1 to 256 characters
   * @param payload any value that EJSON can write, with at most 60,000 characters as EJSON
   * @returns whether Redis has accepted it, at once `false` when this node is not connected; never rejects
   * @throws Error that names what came instead
   */
  broadcast(topic: string, payload?: unknown): Promise<boolean> {
    const encoded = this.#broadcasts.encode(topic, payload);
    return this.#session?.broadcast(encoded.topic, encoded.payload) ?? Promise.resolve(false);
  }

  /**
   * Handles the broadcasts of other nodes. May be called before `init`; handlers stay after `close`.
   *
   * @param topic the topic of the broadcasts
   * @param handler called with the payload of each. What it throws is logged
   * @returns removes the handler
   * @throws Error that names what came instead
   */
  onBroadcast(topic: string, handler: BroadcastHandler): () => void {
    return this.#broadcasts.addHandler(topic, handler);
  }

  /**
   * Leaves the cluster: publishes what is pending and a leave message, and puts everything back as it was, the collections'
   * methods, the connections, the timers. Idempotent. Afterwards `init` and `sync` start anew.
   *
   * @returns resolves when the connections are closed, at most 1.5 s later; never rejects
   */
  close(): Promise<void> {
    for (const uninstall of this.#uninstall.splice(0)) uninstall();
    if (this.#session) this.#closing = this.#session.close();
    this.#session = undefined;
    this.#synced.clear();
    return this.#closing;
  }

  /** Returns the state of this node, as of now. */
  status(): ClusterStatus {
    const collections = [...this.#synced.names];
    const connections = new Set(collections.flatMap(openedCollections).map(({ connection }) => connection));
    const liveQueries = countLiveQueries(connections, collections);
    return { ...(this.#session?.status ?? NO_SESSION), collections, liveQueries };
  }

  /** Peers cannot know what this node wrote before it published. */
  private addToSession(collection: OpenedCollection): void {
    const session = this.#session;
    if (!session) return;
    const { name, database } = collection;
    session.strategy.addCollection(collection);
    session.addCollection(name, database);
    if (collection.takeUnpublishedWrites()) session.beginWrite()({ database, collection: name, ids: 'all' });
  }

  private beginWrite(collection: OpenedCollection): WriteInProgress {
    const session = this.#session;
    const endWrite = session?.beginWrite();
    return {
      findIds: session?.strategy.finder(collection),
      end: (outcome, ids, fields) => {
        const { name, database } = collection;
        const isChanged = outcome !== 'unchanged';
        const change = isChanged ? { database, collection: name, ids: stringifyIds(ids) } : undefined;
        endWrite?.(change, fields);
        // Cluster was closed or opened during the write: the session of now, or the next one, has to publish it.
        if (change && !this.#session) collection.noteUnpublishedWrite();
        else if (change && this.#session !== session) this.#session?.beginWrite()(change);
        // Meteor does not refresh live queries after a failed write.
        if (change && outcome === 'indeterminate') void refreshOrLog(change, this.#log);
      },
    };
  }

  private async publishAndRefresh(changes: readonly Change[]): Promise<void> {
    for (const change of changes) this.#session?.beginWrite()(change);
    const flushed = this.flush().catch((error) =>
      this.#log.warn('flush', `touch() did not reach Redis (${reasonOf(error)}); the change stays pending`),
    );
    const [first] = changes;
    // Meteor's notifications name no database: one stands for all.
    await Promise.all([first && refresh(first), flushed]);
  }
}

function idsToTouch(ids: TouchedIds | undefined): ChangedIds {
  if (ids === undefined) return 'all';
  const list = Array.isArray(ids) ? ids : isInsertedIds(ids) ? Object.values(ids) : [ids];
  const texts = stringifyIds(list);
  if (texts !== 'all') return texts;
  throw new Error('Cluster: the ids given to touch() must be strings or ObjectIDs, and not empty');
}

/** The driver's `insertMany` returns the ids as `{ 0: id, 1: id }`. */
function isInsertedIds(ids: unknown): ids is Readonly<Record<number, DocumentId>> {
  return isRecord(ids) && Object.getPrototypeOf(ids) === Object.prototype && !('toHexString' in ids);
}
