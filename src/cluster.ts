/**
 * The facade: what an application calls.
 *
 * `singleton.ts` creates the one instance of an application. Observes the writes to the synced collections and passes them
 * to the session, which publishes them. Owns the observers, the session and the signal listeners.
 */

import { EJSON } from 'meteor/ejson';
import { afterStartUp, NOTHING_SYNCED, unopenedLine } from './after-start-up';
import { type BroadcastHandler, Broadcasts } from './broadcasts/handlers';
import type { Change } from './changes/change';
import { PendingChanges } from './changes/pending-changes';
import {
  type ClusterConfig,
  connects,
  type Options,
  type OptionsSource,
  resolveOptions,
} from './config/options';
import { openedCollections } from './meteor/collections/collections';
import type { TouchedIds } from './meteor/ids';
import { guardSelection } from './meteor/live-queries/driver-selection';
import { countLiveQueries } from './meteor/live-queries/live-query-counts';
import { refresh } from './meteor/live-queries/refresh';
import { ClusterEventEmitter } from './observability/event-emitter';
import type { EventName } from './observability/events';
import { Log, reasonOf } from './observability/log';
import { type ClusterMetrics, noMetrics } from './observability/metrics';
import { type ClusterStatus, isHealthy, NO_SESSION } from './observability/status';
import { addToSession, beginWrite } from './observed-writes';
import { takesOver } from './session/choose-strategy';
import { createSession, warnIfOpenToStrangers } from './session/create-session';
import { leaveOnSignals } from './session/leave-on-signals';
import type { Session } from './session/session';
import { type SyncAllOptions, SyncedCollections, type SyncTarget } from './synced-collections';

/** The type of `Cluster` and `Meteor.Cluster`. */
export class MeteorCluster extends ClusterEventEmitter {
  #log = new Log();
  readonly #synced = new SyncedCollections({
    beginWrite: (collection, reporter) =>
      beginWrite(collection, reporter, () => ({
        session: this.#session,
        log: this.#log,
        rawWrites: this.#rawWrites,
      })),
    onObserved: (collection) => this.#session && addToSession(collection, this.#session),
    onUnopened: (names) => this.#log.warn(`unopened ${names}`, unopenedLine(names)),
  });
  /** Handlers are the application's: they stay after `close`. */
  readonly #broadcasts = new Broadcasts(EJSON, (topic, reason) =>
    this.#log.warn(`broadcast ${topic}`, `a handler of the broadcast "${topic}" failed: ${reason}`),
  );
  /** Documents touched while there was no session: the next one publishes them. */
  readonly #touched = new PendingChanges();
  #session: Session | undefined;
  /** The option `rawWrites` of the last session. */
  #rawWrites = true;
  /** Undo what `init` has installed besides the session. */
  #uninstall: (() => void)[] = [];
  #removeSignalListeners = () => {};
  /** Whether the session leaves: until it has left, it publishes and receives. */
  #isLeaving = false;
  /** Whether the application has called `close` for it: `init` and `sync` start anew then, before it has left. */
  #isClosed = false;
  #closing: Promise<void> = Promise.resolve();

  /**
   * Connects this node to the cluster. Needs no `await`, and may come before or after `sync`. Redis may be down: the
   * node then connects when it is up.
   *
   * @param config a `redis://` URL or options; by default the variable `CLUSTER_URL`, else Redis on this machine. The URL
   *   `none` stands for a node that is alone: it connects to nothing, and feeds its own live queries
   * @returns whether the node is connected. Resolves when it is, at the latest after `timeout`; never rejects
   * @throws ClusterConfigError when `config`, a setting or a variable cannot be used; Error when the application has called it
   *   before
   */
  init(config?: string | ClusterConfig | null): Promise<boolean> {
    return this.start(config, 'code');
  }

  /**
   * Syncs collections: every write on Meteor's connections is published, and what other nodes publish updates this node's live
   * queries. May be called any number of times.
   *
   * @param targets `Mongo.Collection`s stored in MongoDB, their names, or arrays of these; a name covers all its instances
   * @throws Error that names what came instead; none of the targets is synced then
   */
  sync(...targets: (SyncTarget | readonly SyncTarget[])[]): void {
    if (this.#isClosed) this.detachSession();
    this.#synced.add(targets.flat());
  }

  /**
   * Syncs every collection stored in MongoDB, those opened later too, those of packages too.
   *
   * @param options `except`: collections that are not synced, or their names
   * @throws Error that names what came instead; nothing is synced then
   */
  syncAll(options?: SyncAllOptions): void {
    if (this.#isClosed) this.detachSession();
    this.#synced.addAll(options);
  }

  /**
   * Publishes outside writes: those of another program, or of a client of MongoDB's driver that is not Meteor's.
   *
   * @param target a synced collection or its name
   * @param ids the written documents, one id or several; by default any of the collection
   * @returns resolves when this node's own live queries are refreshed and Redis has accepted the change. Without Redis it
   *   resolves after `timeout` with a warning, and the change stays pending. Before `init` and after `close` the
   *   change waits for the next session
   * @throws Error when the collection is not synced; Error that names what came instead of ids
   */
  touch(target: SyncTarget, ids?: TouchedIds): Promise<void> {
    return this.publishAndRefresh(this.#synced.touched(target, ids));
  }

  /**
   * Waits until Redis has accepted every change written or touched so far.
   *
   * @throws TimeoutError when that takes longer than `timeout`; the changes stay pending
   */
  async flush(): Promise<void> {
    await this.#session?.flush();
  }

  /**
   * Sends a message of the application to every other connected node, at most once. It is for facts not worth storing, such
   * as "Tom is typing" or "this cache is out of date". Changes of data need no broadcast.
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
   * @param handler called with the payload of each. Its errors are logged
   * @returns removes the handler
   * @throws Error that names what came instead
   */
  onBroadcast(topic: string, handler: BroadcastHandler): () => void {
    return this.#broadcasts.addHandler(topic, handler);
  }

  /**
   * Leaves the cluster: publishes what is pending and a leave message, and puts everything back as it was, the collections'
   * methods, the connections, the timers. Until then the node receives, and publishes what is written. Idempotent.
   * Afterwards `init` and `sync` start anew.
   *
   * @returns resolves when the connections are closed, at most 1.5 s later; never rejects
   */
  close(): Promise<void> {
    this.#isClosed = this.#session !== undefined;
    return this.leave(() => {});
  }

  /** Returns the state of this node, as of now. */
  status(): ClusterStatus {
    const collections = [...this.#synced.names];
    const connections = new Set(collections.flatMap(openedCollections).map(({ connection }) => connection));
    const liveQueries = countLiveQueries(connections, collections);
    return { ...(this.#session?.status ?? NO_SESSION), collections, liveQueries };
  }

  /** Returns what this node has counted and measured since `init`, as plain data. Zeros before it and after `close`. */
  metrics(): ClusterMetrics {
    return this.#session?.metrics ?? noMetrics();
  }

  /**
   * Returns whether a load balancer should send users to this node: from when it is connected, or `timeout` is over,
   * until `close`. Redis may be away: the node serves its users.
   */
  healthy(): boolean {
    return isHealthy(this.#isLeaving ? undefined : this.#session);
  }

  /** Whether there is a session. */
  protected get isRunning(): boolean {
    return this.#session !== undefined;
  }

  /** The lines of the last session. */
  protected get log(): Log {
    return this.#log;
  }

  /** Starts a session. Throws and returns what `init` does. */
  protected start(config: unknown, source: OptionsSource): Promise<boolean> {
    if (this.#isClosed) this.detachSession();
    if (this.#session) throw new Error('Cluster: init() was called before; call close() first');
    return this.open(resolveOptions(config, process.env, source));
  }

  /** Replaces the session by one with other options. The collections stay synced. Throws and returns what `init` does. */
  protected restart(config: unknown, source: OptionsSource): Promise<boolean> {
    const options = resolveOptions(config, process.env, source);
    const session = this.#session;
    this.#removeSignalListeners();
    this.endSession();
    if (session) this.afterClosing(session.close(() => {}));
    return this.open(options);
  }

  /** Returns what the `init` of the running session has returned. */
  protected async waitUntilReady(): Promise<boolean> {
    return this.#session?.waitUntilReady() ?? false;
  }

  protected override onListenerFailure(event: EventName, error: unknown): void {
    this.#log.error(`listener ${event}`, `a listener of the event "${event}" failed: ${reasonOf(error)}`);
  }

  private open(options: Options): Promise<boolean> {
    // Warnings about an earlier Redis say nothing about this one.
    const log = new Log(options.logger, (message) => this.emit('error', { message }));
    const synced = this.#synced.names;
    const onBroadcast = this.#broadcasts.handle.bind(this.#broadcasts);
    const session = createSession(options, { synced, log, emit: this.emit.bind(this), onBroadcast });
    this.#log = log;
    this.#rawWrites = options.rawWrites;
    this.#session = session;
    warnIfOpenToStrangers(options, log);
    try {
      session.open();
    } catch (error) {
      this.#session = undefined;
      session.strategy.stop();
      throw error;
    }
    for (const collection of this.#synced.opened) addToSession(collection, session);
    for (const change of this.#touched.takeAll()) session.publish(change);
    const isTakenOver = takesOver(options.strategy, session.status.strategy);
    this.#uninstall = [guardSelection({ isSynced: (name) => synced.has(name), takesOver: isTakenOver, log })];
    if (options.leaveOnSignals && connects(options)) {
      this.#removeSignalListeners = leaveOnSignals((onLeft) => void this.leave(onLeft));
    }
    afterStartUp(() => this.#session === session && this.reportNothingSynced());
    return session.waitUntilReady();
  }

  /** A node may be there for broadcasts alone. */
  private reportNothingSynced(): void {
    if (this.#synced.isEmpty && !this.#broadcasts.hasHandlers)
      this.#log.warn('nothing synced', NOTHING_SYNCED);
  }

  /** @param onLeft called in the turn in which the node has left, and its writes are published no more */
  private leave(onLeft: () => void): Promise<void> {
    const session = this.#session;
    if (!session) this.#synced.clear();
    if (!session || this.#isLeaving) return this.#closing;
    this.#isLeaving = true;
    // A second signal ends the process at once.
    this.#removeSignalListeners();
    const closed = session.close(() => {
      if (this.#session === session) this.detachSession();
      onLeft();
    });
    return this.afterClosing(closed);
  }

  /** Several sessions may still leave at once. @returns resolves when all of them have */
  private afterClosing(closed: Promise<void>): Promise<void> {
    const earlier = this.#closing;
    this.#closing = closed.then(() => earlier);
    return this.#closing;
  }

  /** Ends the session as far as the application notices it. It may still publish. */
  private detachSession(): void {
    this.endSession();
    this.#synced.clear();
  }

  private endSession(): void {
    for (const uninstall of this.#uninstall.splice(0)) uninstall();
    this.#session?.stop();
    this.#session = undefined;
    this.#isLeaving = this.#isClosed = false;
  }

  private async publishAndRefresh(changes: readonly Change[]): Promise<void> {
    const [first] = changes;
    if (!first) return;
    for (const change of changes) {
      if (this.#session) this.#session.publish(change);
      else this.#touched.add(change);
    }
    const flushed = this.flush().catch((error) =>
      this.#log.warn('flush', `touch() did not reach Redis (${reasonOf(error)}); the change stays pending`),
    );
    // Meteor's notifications name no database: one stands for all.
    await Promise.all([refresh(first), flushed]);
  }
}
