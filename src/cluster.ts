/**
 * One node's part in the cluster: watches the writes to the synced collections, announces them on the channel,
 * and hands to the strategy what other nodes announce.
 *
 * `singleton.ts` makes the one instance an application uses. It puts the other files together and owns everything
 * that has to be ended: the wrapped methods, the channel, the timer.
 */

import { randomBytes } from 'node:crypto';
import { Channel } from './channel';
import { DirtySet } from './dirty-set';
import { type Announcement, decode, encode, type TouchedIds } from './message';
import {
  databaseName,
  findCollection,
  idsOfSelector,
  type OpenedCollection,
  onCollectionOpened,
  openedCollections,
  refresh,
  stringifyIds,
} from './meteor';
import { type ClusterConfig, type Options, resolveOptions, type StrategyName } from './options';
import { Report, reasonOf } from './report';
import type { Strategy } from './strategy';
import { UpdateStrategy } from './update-strategy';
import { type WrittenIds, watchWrites } from './write-watcher';

/** A `Mongo.Collection` stored in MongoDB, or the name of one. */
export type SyncTarget = string | { rawCollection(): unknown };

/** The id of a document: a string or a `Mongo.ObjectID`. */
export type DocumentId = string | { toHexString(): string };

export interface ClusterStatus {
  /** Whether this node hears the others and is heard. */
  connected: boolean;
  /** The name this node goes by on the channel, new at every start; `null` before `init()`. */
  nodeId: string | null;
  /** Nodes with equal namespaces hear each other; `null` before `init()`. */
  namespace: string | null;
  /** How this node makes its live queries notice what another node wrote; `null` before `init()`. */
  strategy: StrategyName | null;
  /** The names of the synced collections. */
  collections: string[];
  /** Announcements that Redis has taken from this node since `init()`. */
  published: number;
  /** Announcements of other nodes that this node has acted on since `init()`. */
  received: number;
  /** Messages that this node could not use since `init()`: malformed, or of a collection that is not synced. */
  dropped: number;
}

/** How long to wait, in ms, before saying again what Redis refused. A lost connection is not waited for. */
const PUBLISH_RETRY_DELAY = 1000;

/** What there is between `init()` and `close()`. */
interface Session {
  readonly nodeId: string;
  readonly namespace: string;
  readonly options: Options;
  readonly channel: Channel;
  readonly strategy: Strategy;
  readonly heard: PromiseWithResolver;
  seq: number;
  published: number;
  received: number;
  dropped: number;
  flushing: boolean;
  retry: NodeJS.Timeout | undefined;
}

export class MeteorCluster {
  readonly #report = new Report();
  readonly #outbox = new DirtySet();
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
    const namespace = options.namespace ?? databaseName();
    const session: Session = {
      nodeId: randomBytes(9).toString('base64url'),
      namespace,
      options,
      channel: new Channel(
        channelName(namespace),
        options.redis,
        { message: (text) => this.#receive(text), ready: () => this.#ready() },
        this.#report,
      ),
      strategy: new UpdateStrategy({ openedCollections, report: this.#report }),
      heard: promiseWithResolver(),
      seq: 0,
      published: 0,
      received: 0,
      dropped: 0,
      flushing: false,
      retry: undefined,
    };
    this.#session = session;
    session.channel.open();
    return withDeadline(session.heard.promise, options.startupTimeout);
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
      if (this.#synced.has(collection.name)) this.#watch(collection);
    });
    for (const name of names) {
      this.#synced.add(name);
      for (const collection of openedCollections(name)) this.#watch(collection);
    }
  }

  /**
   * Announces what was written around Meteor: with `rawCollection()`, in bulk, by a migration or another program.
   *
   * @param target a synced collection or its name
   * @param ids the documents that were written, one id or several; nothing: any of the collection
   * @returns settles when this node's own live queries have been told
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
    this.#announce(name, touched);
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
    this.#synced.clear();
    this.#outbox.clear();
    const session = this.#session;
    this.#session = undefined;
    if (!session) return;
    clearTimeout(session.retry);
    session.strategy.stop();
    session.channel.close();
    session.heard.resolve();
  }

  /** How this node is doing, as of now. */
  status(): ClusterStatus {
    const session = this.#session;
    return {
      connected: session?.channel.isReady ?? false,
      nodeId: session?.nodeId ?? null,
      namespace: session?.namespace ?? null,
      strategy: session?.options.strategy ?? null,
      collections: [...this.#synced],
      published: session?.published ?? 0,
      received: session?.received ?? 0,
      dropped: session?.dropped ?? 0,
    };
  }

  #watch(collection: OpenedCollection): void {
    if (this.#unwatch.has(collection)) return;
    const { name } = collection;
    const unwatch = watchWrites(collection.methods, idsOfSelector, {
      committed: (ids) => this.#announce(name, stringifyIds(ids)),
      uncertain: (ids) => this.#announceUncertain(name, ids),
    });
    this.#unwatch.set(collection, unwatch);
  }

  /** Meteor does not look at the database after a failed write, so this node has to be told as well. */
  #announceUncertain(name: string, ids: WrittenIds): void {
    const touched = stringifyIds(ids);
    this.#announce(name, touched);
    refresh(name, touched).catch((error) =>
      this.#report.warn('refresh', `refreshing failed: ${reasonOf(error)}`),
    );
  }

  /** Keeps it to be told, and tells it at the end of this turn, together with all else that is written in it. */
  #announce(name: string, ids: TouchedIds): void {
    const session = this.#session;
    if (!session) return;
    this.#outbox.add(name, ids);
    this.#startFlushing(session);
  }

  #startFlushing(session: Session): void {
    if (session.flushing || !session.channel.isReady) return;
    session.flushing = true;
    setImmediate(() => void this.#flush(session));
  }

  /** One message per collection in flight; what is written meanwhile goes into the next. */
  async #flush(session: Session): Promise<void> {
    let refused: unknown;
    while (this.#session === session && session.channel.isReady && refused === undefined) {
      const { collections } = this.#outbox;
      if (collections.length === 0) break;
      const results = await Promise.allSettled(collections.map((name) => this.#publish(session, name)));
      refused = results.find((result) => result.status === 'rejected')?.reason;
    }
    session.flushing = false;
    if (refused !== undefined && this.#session === session) this.#retryLater(session, refused);
  }

  async #publish(session: Session, collection: string): Promise<void> {
    const ids = this.#outbox.take(collection);
    if (ids === undefined) return;
    session.seq += 1;
    try {
      await session.channel.publish(encode({ node: session.nodeId, seq: session.seq, collection, ids }));
      session.published += 1;
      this.#report.settle('publish');
    } catch (error) {
      // Whether any node got it is unknown: it is told again, as hearing it twice does no harm.
      if (this.#session === session) this.#outbox.add(collection, ids);
      throw error;
    }
  }

  /** When the connection is away, `ready` comes first; otherwise Redis itself refused, which time may mend. */
  #retryLater(session: Session, error: unknown): void {
    if (session.channel.isReady) {
      this.#report.warn(
        'publish',
        `Redis takes no announcements (${reasonOf(error)}); they are kept and tried again`,
      );
    }
    clearTimeout(session.retry);
    session.retry = setTimeout(() => this.#startFlushing(session), PUBLISH_RETRY_DELAY).unref();
  }

  /** What was said while this node did not hear is lost to it: every synced collection may have changed. */
  #ready(): void {
    const session = this.#session;
    if (!session) return;
    for (const name of this.#synced) session.strategy.touched(name, null);
    this.#startFlushing(session);
    session.heard.resolve();
  }

  #receive(text: string): void {
    const session = this.#session;
    if (!session) return;
    const { announcement, refused } = decode(text);
    if (!announcement) {
      this.#drop(session, refused);
    } else if (announcement.node !== session.nodeId) {
      this.#heed(session, announcement);
    }
  }

  #heed(session: Session, { collection, ids }: Announcement): void {
    if (this.#synced.has(collection)) {
      session.received += 1;
      session.strategy.touched(collection, ids);
    } else {
      this.#drop(session, 'of a collection that is not synced here', ` (${JSON.stringify(collection)})`);
    }
  }

  /** @param reason one of a fixed set, so that what is remembered of it stays small */
  #drop(session: Session, reason: string, detail = ''): void {
    session.dropped += 1;
    this.#report.warn(
      `drop ${reason}`,
      `dropped a message ${reason}${detail}; more of the kind are only counted, in status().dropped`,
    );
  }
}

/** The channel of a namespace; what an ACL user of Redis needs: `&cluster:<namespace>`. */
export function channelName(namespace: string): string {
  return `cluster:${namespace}`;
}

interface PromiseWithResolver {
  readonly promise: Promise<void>;
  resolve(): void;
}

function promiseWithResolver(): PromiseWithResolver {
  let resolve = () => {};
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

async function withDeadline(promise: Promise<void>, ms: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms).unref();
  });
  await Promise.race([promise, deadline]);
  clearTimeout(timer);
}
