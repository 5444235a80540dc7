/**
 * One node's part in the cluster: watches the writes to the synced collections, announces them on the channel,
 * and hands to the strategy what other nodes announce, and what it may have missed of it.
 *
 * `singleton.ts` makes the one instance an application uses. It puts the other files together and owns everything
 * that has to be ended: the wrapped methods, the channel, the timer.
 */

import { randomBytes } from 'node:crypto';
import { Channel, isForbidden } from './channel';
import { DirtySet } from './dirty-set';
import {
  type Announcement,
  decode,
  encode,
  encodeHeartbeat,
  type Heartbeat,
  type TouchedIds,
} from './message';
import {
  defaultConnection,
  findCollection,
  type OpenedCollection,
  onCollectionOpened,
  openedCollections,
} from './meteor/collections';
import { idsOfSelector, stringifyIds } from './meteor/ids';
import { POLLING_INTERVAL, refresh, whyNoFeed } from './meteor/live-queries';
import { OplogStrategy } from './oplog-strategy';
import { type ClusterConfig, type Options, resolveOptions, type StrategyName } from './options';
import { Report, reasonOf } from './report';
import { Resync } from './resync';
import { Seal } from './seal';
import { Sequence } from './sequence';
import type { Strategy } from './strategy';
import { UpdateStrategy } from './update-strategy';
import { type WriteListener, watchWrites } from './write-watcher';

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
  /** Messages that this node could not use since `init()`: malformed, not authentic, or of a collection not synced. */
  dropped: number;
  /** The other nodes heard of lately. */
  peers: number;
  /** Collections looked at again since `init()` because something may have been missed. */
  resyncs: number;
}

/** How long to wait, in ms, before saying again what Redis refused. A lost connection is not waited for. */
const PUBLISH_RETRY_DELAY = 1000;

/** What there is between `init()` and `close()`. */
interface Session {
  readonly nodeId: string;
  readonly namespace: string;
  readonly options: Options;
  readonly channel: Channel;
  readonly strategyName: StrategyName;
  readonly strategy: Strategy;
  readonly sequence: Sequence;
  readonly resync: Resync;
  readonly seal: Seal | undefined;
  readonly heard: PromiseWithResolver;
  /** How many announcements this node has made of each synced collection. */
  readonly counts: Map<string, number>;
  /** When this node last heard itself, or had reason to think that it will: see `beat`. In ms, by `now`. */
  selfHeardAt: number;
  /** When this node's live queries last looked at the database for want of a connection. In ms, by `now`. */
  polledAt: number;
  /** Writes of the application that the database has not answered yet. */
  writing: number;
  published: number;
  received: number;
  dropped: number;
  resyncs: number;
  heartbeat: NodeJS.Timeout | undefined;
  flushing: boolean;
  retry: NodeJS.Timeout | undefined;
}

const STRATEGIES = { update: UpdateStrategy, oplog: OplogStrategy };

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
    const namespace = options.namespace ?? defaultConnection().db.databaseName;
    const name = channelName(namespace);
    const strategyName = this.chooseStrategy(options.strategy);
    const isSynced = (collection: string) => this.#synced.has(collection);
    const strategy = new STRATEGIES[strategyName]({ isSynced, openedCollections, report: this.#report });
    const session: Session = {
      nodeId: randomBytes(9).toString('base64url'),
      namespace,
      options,
      channel: new Channel(
        name,
        options,
        { message: (text) => this.receive(text), ready: () => this.ready() },
        this.#report,
      ),
      strategyName,
      strategy,
      sequence: new Sequence(),
      resync: new Resync(options.resyncJitter, (collection) => {
        session.resyncs += 1;
        strategy.touched(collection, null);
      }),
      seal: options.secret === undefined ? undefined : new Seal(options.secret, name),
      heard: promiseWithResolver(),
      counts: new Map(),
      selfHeardAt: now(),
      polledAt: now(),
      writing: 0,
      published: 0,
      received: 0,
      dropped: 0,
      resyncs: 0,
      heartbeat: undefined,
      flushing: false,
      retry: undefined,
    };
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
      session.channel.open();
    } catch (error) {
      this.#session = undefined;
      strategy.stop();
      throw error;
    }
    session.heartbeat = setInterval(() => this.beat(session), options.heartbeatInterval).unref();
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
    const end = this.#session?.strategy.beginWrite();
    this.announce(name, touched);
    end?.(name, touched);
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
    const session = this.#session;
    this.#session = undefined;
    if (session) {
      clearTimeout(session.retry);
      clearInterval(session.heartbeat);
      session.resync.stop();
      session.strategy.stop();
      const untold = this.#outbox.collections.map((name) =>
        this.nextAnnouncement(session, name, this.#outbox.take(name) ?? null),
      );
      // A goodbye says that nothing is left to be told; with a write on its way, silence says otherwise.
      const farewell = session.writing > 0 ? [] : [this.heartbeat(session, true)];
      session.channel.close([...untold, ...farewell]);
      session.heard.resolve();
    }
    this.#synced.clear();
    this.#outbox.clear();
  }

  /** How this node is doing, as of now. */
  status(): ClusterStatus {
    const session = this.#session;
    return {
      connected: session?.channel.isReady ?? false,
      nodeId: session?.nodeId ?? null,
      namespace: session?.namespace ?? null,
      strategy: session?.strategyName ?? null,
      collections: [...this.#synced],
      published: session?.published ?? 0,
      received: session?.received ?? 0,
      dropped: session?.dropped ?? 0,
      peers: session?.sequence.peers ?? 0,
      resyncs: session?.resyncs ?? 0,
    };
  }

  private watch(collection: OpenedCollection): void {
    if (this.#unwatch.has(collection)) return;
    const unwatch = watchWrites(collection.methods, idsOfSelector, () => this.beginWrite(collection.name));
    this.#unwatch.set(collection, unwatch);
    this.#session?.strategy.watch(collection);
  }

  private beginWrite(name: string): WriteListener {
    const session = this.#session;
    const end = session?.strategy.beginWrite();
    if (session) session.writing += 1;
    const ended = (touched?: TouchedIds) => {
      if (session) session.writing -= 1;
      if (touched !== undefined) this.announce(name, touched);
      end?.(name, touched);
    };
    return {
      committed: (ids) => ended(stringifyIds(ids)),
      uncertain: (ids) => {
        const touched = stringifyIds(ids);
        ended(touched);
        this.tellPollingQueries(name, touched);
      },
      vain: () => ended(),
    };
  }

  /** Meteor does not look at the database after a failed write. */
  private tellPollingQueries(name: string, touched: TouchedIds): void {
    refresh(name, touched).catch((error) =>
      this.#report.warn('refresh', `refreshing failed: ${reasonOf(error)}`),
    );
  }

  private chooseStrategy(wanted: StrategyName | 'auto'): StrategyName {
    if (wanted === 'update') return wanted;
    const reason = whyNoFeed(defaultConnection());
    if (reason === undefined) return 'oplog';
    this.#report.info(`strategy "update", as ${reason}`);
    return 'update';
  }

  /** Keeps it to be told, and tells it at the end of this turn, together with all else that is written in it. */
  private announce(name: string, ids: TouchedIds): void {
    const session = this.#session;
    if (!session) return;
    this.#outbox.add(name, ids);
    this.startFlushing(session);
  }

  private startFlushing(session: Session): void {
    if (session.flushing || !session.channel.isReady) return;
    session.flushing = true;
    setImmediate(() => void this.flush(session));
  }

  /** One message per collection in flight; what is written meanwhile goes into the next. */
  private async flush(session: Session): Promise<void> {
    let refused: unknown;
    while (this.#session === session && session.channel.isReady && refused === undefined) {
      const { collections } = this.#outbox;
      if (collections.length === 0) break;
      const results = await Promise.allSettled(collections.map((name) => this.publish(session, name)));
      refused = results.find((result) => result.status === 'rejected')?.reason;
    }
    session.flushing = false;
    if (refused !== undefined && this.#session === session) this.retryLater(session, refused);
  }

  private async publish(session: Session, collection: string): Promise<void> {
    const ids = this.#outbox.take(collection);
    if (ids === undefined) return;
    try {
      await session.channel.publish(this.nextAnnouncement(session, collection, ids));
      session.published += 1;
      this.taken();
    } catch (error) {
      // Whether any node got it is unknown: it is told again, as hearing it twice does no harm.
      if (this.#session === session) this.#outbox.add(collection, ids);
      throw error;
    }
  }

  /** When the connection is away, `ready` comes first; otherwise Redis itself refused, which time may mend. */
  private retryLater(session: Session, error: unknown): void {
    if (session.channel.isReady) this.refused(session, error);
    clearTimeout(session.retry);
    session.retry = setTimeout(() => this.startFlushing(session), PUBLISH_RETRY_DELAY).unref();
  }

  private refused({ channel }: Session, error: unknown): void {
    this.#report.warn(
      'publish',
      `Redis takes no announcements (${channel.explain(error)}); they are kept and tried again`,
    );
  }

  private taken(): void {
    if (this.#report.settle('publish')) this.#report.info('Redis takes announcements again');
  }

  /** What was said while this node did not hear is lost to it: every synced collection may have changed. */
  private ready(): void {
    const session = this.#session;
    if (!session) return;
    this.startListening(session);
    session.resync.request(this.#synced);
    this.startFlushing(session);
    this.publishHeartbeat(session);
    session.heard.resolve();
  }

  /** All time-outs start anew: what has not been heard until now could not be heard. */
  private startListening(session: Session): void {
    session.selfHeardAt = now();
    session.sequence.excuse(session.selfHeardAt);
  }

  /**
   * Tells that this node lives, and finds out who does not. A node that does not hear its own heartbeats has a dead
   * connection, even where the socket still looks well.
   */
  private beat(session: Session): void {
    const { channel, options } = session;
    const since = now() - options.heartbeatTimeout;
    this.pollInstead(session);
    // Once this node hears nothing, not even itself, the silence of the others says nothing: time stands still for them.
    const heardUntil = Math.min(now(), session.selfHeardAt + options.heartbeatInterval);
    const vanished = session.sequence.vanished(heardUntil - options.heartbeatTimeout);
    session.resync.request(this.syncedOf(vanished));
    if (session.selfHeardAt < since && (channel.isReady || channel.hasGivenUp)) {
      this.#report.warn(
        'redis',
        `the connection to Redis has been silent for ${options.heartbeatTimeout} ms; opening a new one`,
      );
      this.startListening(session);
      channel.reopen();
    } else {
      this.publishHeartbeat(session);
    }
  }

  /** Without a connection, live queries that are fed do what they would do if they polled. */
  private pollInstead(session: Session): void {
    if (session.channel.isReady || now() - session.polledAt < POLLING_INTERVAL) return;
    session.polledAt = now();
    if (session.strategyName === 'oplog') session.resync.request(this.#synced);
  }

  private publishHeartbeat(session: Session): void {
    if (!session.channel.isReady) return;
    session.channel.publish(this.heartbeat(session, false)).then(
      () => this.taken(),
      (error) => {
        // Any other failure is missed by this node too, which is how it is noticed.
        if (this.#session !== session || !isForbidden(reasonOf(error))) return;
        session.selfHeardAt = now();
        this.refused(session, error);
      },
    );
  }

  private heartbeat({ nodeId: node, counts, seal }: Session, leaving: boolean): string {
    const all = new Map([...this.#synced].map((name) => [name, counts.get(name) ?? 0]));
    const text = encodeHeartbeat({ node, counts: all, leaving });
    return seal ? seal.seal(text) : text;
  }

  private nextAnnouncement(
    { nodeId: node, counts, seal }: Session,
    collection: string,
    ids: TouchedIds,
  ): string {
    const seq = (counts.get(collection) ?? 0) + 1;
    counts.set(collection, seq);
    const text = encode({ node, seq, collection, ids });
    return seal ? seal.seal(text) : text;
  }

  private receive(text: string): void {
    const session = this.#session;
    if (!session) return;
    const opened = session.seal ? session.seal.open(text) : text;
    const { announcement, heartbeat, refused } =
      opened === undefined
        ? { refused: 'that is not authentic: other nodes have another secret, or none' }
        : decode(opened);
    if (announcement) {
      if (announcement.node !== session.nodeId) this.heed(session, announcement);
    } else if (heartbeat) {
      if (heartbeat.node === session.nodeId) session.selfHeardAt = now();
      else this.heedHeartbeat(session, heartbeat);
    } else {
      this.drop(session, refused);
    }
  }

  private heedHeartbeat(session: Session, { node, counts, leaving }: Heartbeat): void {
    const synced = new Map([...counts].filter(([name]) => this.#synced.has(name)));
    session.resync.request(session.sequence.beaten(node, synced, now()));
    if (leaving) session.sequence.left(node);
  }

  private heed(session: Session, { node, seq, collection, ids }: Announcement): void {
    if (this.#synced.has(collection)) {
      session.received += 1;
      const missed = session.sequence.announced(node, collection, seq, now());
      if (missed) session.resync.request([collection]);
      session.strategy.touched(collection, ids);
    } else {
      this.drop(session, 'of a collection that is not synced here', ` (${JSON.stringify(collection)})`);
    }
  }

  private syncedOf(names: readonly string[]): string[] {
    return names.filter((name) => this.#synced.has(name));
  }

  /** @param reason one of a fixed set, so that what is remembered of it stays small */
  private drop(session: Session, reason: string, detail = ''): void {
    session.dropped += 1;
    this.#report.warn(
      `drop ${reason}`,
      `dropped a message ${reason}${detail}; more of the kind are only counted, in status().dropped`,
    );
  }
}

/** Milliseconds on a clock that never goes back. */
function now(): number {
  return performance.now();
}

/** Whether strangers may be able to publish: Redis is not on this machine and asks neither for a password nor us for a secret. */
function isOpenToOthers({ redis, secret }: Options): boolean {
  if (typeof redis === 'function' || secret !== undefined || redis.password !== undefined) return false;
  return !/^(localhost|127\..*|::1)$/.test(redis.host);
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
