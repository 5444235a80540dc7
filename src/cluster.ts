/**
 * What an application calls: `init`, `sync`, `touch`, `status` and `close`. Watches the writes to the synced collections
 * and hands them to the session, which tells the other nodes.
 *
 * `singleton.ts` makes the one instance an application uses. Owns the wrapped methods of the collections, and the session.
 */

import type { TouchedIds } from './message';
import {
  defaultConnection,
  findCollection,
  type OpenedCollection,
  onCollectionOpened,
  openedCollections,
} from './meteor/collections';
import { idsOfSelector, stringifyIds } from './meteor/ids';
import { refresh, refreshOrReport, tailsOplog, whyNoFeed } from './meteor/live-queries';
import { OplogStrategy } from './oplog-strategy';
import { type ClusterConfig, type Options, resolveOptions, type StrategyName } from './options';
import { Report } from './report';
import { NO_SESSION, Session, type SessionStatus } from './session';
import { UpdateStrategy } from './update-strategy';
import { type WriteListener, watchWrites } from './write-watcher';

/** A `Mongo.Collection` stored in MongoDB, or the name of one. */
export type SyncTarget = string | { rawCollection(): unknown };

/** The id of a document: a string or a `Mongo.ObjectID`. */
export type DocumentId = string | { toHexString(): string };

export interface ClusterStatus extends SessionStatus {
  /** The names of the synced collections. */
  collections: string[];
}

const STRATEGIES = { update: UpdateStrategy, oplog: OplogStrategy };

export class MeteorCluster {
  #report = new Report();
  readonly #synced = new Set<string>();
  readonly #unwatch = new Map<OpenedCollection, () => void>();
  #stopWatchingOpens: (() => void) | undefined;
  #session: Session | undefined;

  /**
   * Connects this node to the others. Needs no `await`, and comes before or after `sync`; Redis may still be
   * down, the node then connects when it is up.
   *
   * @param config a `redis://` URL, or options; nothing: the variable `CLUSTER_URL`, else Redis on this machine
   * @returns settles when the node hears the channel, at the latest after `startupTimeout`; never rejects
   * @throws Error when `config` or `CLUSTER_URL` cannot be used, or Cluster is running already
   */
  init(config?: string | ClusterConfig | null): Promise<void> {
    if (this.#session) throw new Error('Cluster: init() was called before; call close() first');
    const options = resolveOptions(config);
    // What was said of an earlier address is no news of this one.
    this.#report = new Report();
    const namespace = options.namespace ?? defaultConnection().db.databaseName;
    const strategyName = this.chooseStrategy(options.strategy);
    const isSynced = (collection: string) => this.#synced.has(collection);
    const strategy = new STRATEGIES[strategyName]({ isSynced, openedCollections, report: this.#report });
    const session = new Session({
      options,
      namespace,
      strategyName,
      strategy,
      synced: this.#synced,
      report: this.#report,
    });
    this.#session = session;
    for (const collection of this.#unwatch.keys()) strategy.watch(collection);
    if (isOpenToOthers(options)) {
      this.#report.warn(
        'open',
        'Redis is on another host and asks for no password: whoever reaches it can make this node look at the ' +
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
    return withDeadline(session.heard, options.startupTimeout);
  }

  /**
   * Keeps collections in step with the other nodes: every write through Meteor, wherever it comes from, is
   * announced, and what other nodes announce reaches this node's live queries. May be called any number of times.
   *
   * @param targets `Mongo.Collection`s stored in MongoDB, or their names; all instances of a name are covered
   * @throws Error that says what came instead; none of the targets is synced then
   */
  sync(...targets: SyncTarget[]): void {
    const names = targets.map(findCollection);
    this.#stopWatchingOpens ??= onCollectionOpened((collection) => {
      if (this.#synced.has(collection.name)) this.watch(collection);
    });
    for (const name of names) {
      this.#synced.add(name);
      for (const collection of openedCollections(name)) this.watch(collection);
    }
  }

  /**
   * Announces what was written around Meteor: with `rawCollection()`, in bulk, by a migration or another program.
   *
   * @param target a synced collection or its name
   * @param ids the documents that were written, one id or several; nothing: any of the collection
   * @returns settles when this node's own live queries have been told to look
   * @throws Error when the collection is not synced, or an id is neither a string nor a `Mongo.ObjectID`
   */
  touch(target: SyncTarget, ids?: DocumentId | readonly DocumentId[]): Promise<void> {
    const name = findCollection(target);
    if (!this.#synced.has(name)) {
      throw new Error(`Cluster: touch() takes a synced collection; "${name}" is not: call sync() first`);
    }
    let touched: TouchedIds = null;
    if (ids !== undefined) {
      const list: readonly unknown[] = Array.isArray(ids) ? ids : [ids];
      if (list.length === 0) return Promise.resolve();
      touched = stringifyIds(list);
      if (touched === null) {
        throw new Error(
          'Cluster: the ids given to touch() must be strings or Mongo.ObjectIDs, and not empty',
        );
      }
    }
    this.#session?.beginWrite()(name, touched);
    return refresh(name, touched);
  }

  /**
   * Leaves the cluster and puts everything back as it was: the collections' methods, the connections, the timers.
   * Safe to call at any time; afterwards `init` and `sync` start anew.
   */
  close(): void {
    this.#stopWatchingOpens?.();
    this.#stopWatchingOpens = undefined;
    for (const unwatch of this.#unwatch.values()) unwatch();
    this.#unwatch.clear();
    this.#session?.close();
    this.#session = undefined;
    this.#synced.clear();
  }

  /** How this node is doing, as of now. */
  status(): ClusterStatus {
    return { ...(this.#session?.status ?? NO_SESSION), collections: [...this.#synced] };
  }

  private watch(collection: OpenedCollection): void {
    if (this.#unwatch.has(collection)) return;
    const selectors = {
      named: idsOfSelector,
      matching: () => this.#session?.strategy.matching(collection),
    };
    const unwatch = watchWrites(collection.methods, selectors, () => this.beginWrite(collection.name));
    this.#unwatch.set(collection, unwatch);
    this.#session?.strategy.watch(collection);
  }

  private beginWrite(name: string): WriteListener {
    const session = this.#session;
    const end = session?.beginWrite();
    const ended = (touched?: TouchedIds) => {
      end?.(name, touched);
      // While the database worked, Cluster was closed or opened: who has not heard of the write is to hear of it now.
      if (this.#session !== session) this.#session?.beginWrite()(name, touched);
    };
    return {
      committed: (ids) => ended(stringifyIds(ids)),
      uncertain: (ids) => {
        const touched = stringifyIds(ids);
        ended(touched);
        // Meteor does not look at the database after a failed write.
        void refreshOrReport(name, touched, this.#report);
      },
      vain: () => ended(),
    };
  }

  private chooseStrategy(wanted: StrategyName | 'auto'): StrategyName {
    if (wanted === 'update') return wanted;
    const connection = defaultConnection();
    if (tailsOplog(connection)) {
      this.#report.info('Meteor tails an oplog: the live queries that it feeds from there are left to it');
      return 'oplog';
    }
    const reason = whyNoFeed(connection);
    if (reason === undefined) return 'oplog';
    this.#report.info(`strategy "update", as ${reason}`);
    return 'update';
  }
}

/** Whether strangers may be able to publish: Redis is not on this machine and asks neither for a password nor us for a secret. */
function isOpenToOthers({ redis, secret }: Options): boolean {
  if (typeof redis === 'function' || secret !== undefined || redis.password !== undefined) return false;
  return !/^(localhost|127\..*|::1)$/.test(redis.host);
}

async function withDeadline(promise: Promise<void>, ms: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms).unref();
  });
  await Promise.race([promise, deadline]);
  clearTimeout(timer);
}
