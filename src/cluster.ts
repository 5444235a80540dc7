/**
 * The facade: what an application calls.
 *
 * `application-cluster.ts` adds what settings start, and `singleton.ts` creates the one instance of an application. Owns the
 * synced collections, the handlers of broadcasts, and the owner of the session, to which it passes observed writes.
 */

import { EJSON } from 'meteor/ejson';
import { afterStartUp, NOTHING_SYNCED, unopenedLine } from './after-start-up';
import { TimeoutError } from './base/time';
import { type BroadcastHandler, Broadcasts, type Declared } from './broadcasts/handlers';
import type { Change } from './changes/change';
import type { ClusterConfig } from './config/options';
import { openedCollections } from './meteor/collections/collections';
import type { TouchedIds } from './meteor/ids';
import { countLiveQueries } from './meteor/live-queries/live-query-counts';
import { refresh } from './meteor/live-queries/refresh';
import { ClusterEventEmitter } from './observability/event-emitter';
import type { EventName } from './observability/events';
import { reasonOf } from './observability/log';
import { type ClusterMetrics, noMetrics } from './observability/metrics';
import { type ClusterStatus, isHealthy, NO_SESSION } from './observability/status';
import { addToSession, beginWrite } from './observed-writes';
import { SessionOwner } from './session-owner';
import { type SyncAllOptions, SyncedCollections, type SyncTarget } from './synced-collections';

/** The type of `Cluster` and `Meteor.Cluster`. */
export class MeteorCluster extends ClusterEventEmitter {
  readonly #synced = new SyncedCollections({
    beginWrite: (collection, reporter) => beginWrite(collection, reporter, () => this.owner),
    onObserved: (collection) => this.owner.session && addToSession(collection, this.owner.session),
    onUnopened: (names) => this.owner.log.warn(`unopened ${names}`, unopenedLine(names)),
  });
  /** Handlers are the application's: they stay after `close`. */
  readonly #broadcasts = new Broadcasts(EJSON, (topic, reason) =>
    this.owner.log.warn(`broadcast ${topic}`, `a handler of the broadcast "${topic}" failed: ${reason}`),
  );
  /** @internal */
  protected readonly owner: SessionOwner = new SessionOwner({
    synced: this.#synced,
    broadcasts: this.#broadcasts,
    emit: this.emit.bind(this),
    onStart: () => this.reportIfNothingSynced(),
  });

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
    return this.owner.start(config, 'code');
  }

  /**
   * Syncs collections: every write on Meteor's connections is published, and what other nodes publish updates this node's live
   * queries. May be called any number of times.
   *
   * @param targets `Mongo.Collection`s stored in MongoDB, their names, or arrays of these; a name covers all its instances
   * @throws Error that names what came instead; none of the targets is synced then
   */
  sync(...targets: (SyncTarget | readonly SyncTarget[])[]): void {
    this.owner.endIfClosed();
    this.#synced.add(targets.flat());
  }

  /**
   * Syncs every collection stored in MongoDB, those opened later too, those of packages too.
   *
   * @param options `except`: collections that are not synced, or their names
   * @throws Error that names what came instead; nothing is synced then
   */
  syncAll(options?: SyncAllOptions): void {
    this.owner.endIfClosed();
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
    await this.owner.session?.flush().catch((error) => {
      throw new TimeoutError(
        `Cluster: flush() waits no longer: ${reasonOf(error)}. The changes stay pending, and are published when ` +
          'that is over. See the log for the cause, and call flush() again',
      );
    });
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
    return this.owner.session?.broadcast(encoded.topic, encoded.payload) ?? Promise.resolve(false);
  }

  /**
   * Handles the broadcasts of other nodes. May be called before `init`; handlers stay after `close`.
   *
   * @typeParam Payload what the sender publishes. It checks nothing: the handler does
   * @param topic the topic of the broadcasts
   * @param handler called with the payload of each. Its errors are logged
   * @returns removes the handler
   * @throws Error that names what came instead
   */
  onBroadcast<Payload = unknown>(topic: string, handler: BroadcastHandler<Declared<Payload>>): () => void {
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
    return this.owner.close();
  }

  /** Returns the state of this node, as of now. */
  status(): ClusterStatus {
    const collections = [...this.#synced.names];
    const connections = new Set(collections.flatMap(openedCollections).map(({ connection }) => connection));
    const liveQueries = countLiveQueries(connections, collections);
    return { ...(this.owner.session?.status ?? NO_SESSION), collections, liveQueries };
  }

  /** Returns what this node has counted and measured since `init`, as plain data. Zeros before it and after `close`. */
  metrics(): ClusterMetrics {
    return this.owner.session?.metrics ?? noMetrics();
  }

  /**
   * Returns whether a load balancer should send users to this node: from when it is connected, or `timeout` is over,
   * until `close`. Redis may be away: the node serves its users.
   */
  healthy(): boolean {
    return isHealthy(this.owner.isLeaving ? undefined : this.owner.session);
  }

  protected override onListenerFailure(event: EventName, error: unknown): void {
    this.owner.log.error(
      `listener ${event}`,
      `a listener of the event "${event}" failed: ${reasonOf(error)}`,
    );
  }

  /** Called when a session starts. A node may be there for broadcasts alone. */
  private reportIfNothingSynced(): void {
    const { session } = this.owner;
    afterStartUp(() => {
      const isIdle = this.#synced.isEmpty && !this.#broadcasts.hasHandlers;
      if (isIdle && this.owner.session === session) this.owner.log.warn('nothing synced', NOTHING_SYNCED);
    });
  }

  private async publishAndRefresh(changes: readonly Change[]): Promise<void> {
    const [first] = changes;
    if (!first) return;
    for (const change of changes) this.owner.publish(change);
    const flushed = this.owner.session
      ?.flush()
      .catch((error) =>
        this.owner.log.warn(
          'flush',
          `touch() did not reach Redis (${reasonOf(error)}); the change stays pending`,
        ),
      );
    // Meteor's notifications name no database: one stands for all.
    await Promise.all([refresh(first), flushed]);
  }
}
