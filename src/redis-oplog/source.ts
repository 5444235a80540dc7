/**
 * Handles what other programs announce in redis-oplog's format as received changes. Publishes nothing there.
 *
 * Owned by the session, where the option `redisOplog` is set. These messages have no numbers, so a lost one is noticed by nobody:
 * after every subscription the collection is resynced. One document is announced on several channels; what arrives in one
 * turn is handled once.
 */

import type { CancelTimer, Clock } from '../base/time';
import type { Change } from '../changes/change';
import { PendingChanges } from '../changes/pending-changes';
import type { Emit } from '../observability/events';
import { type Log, reasonOf } from '../observability/log';
import { isChannelName } from '../protocol/message';
import { decodeAnnouncement } from './decode';
import { type CollectionSubscription, type Subscription, subscriptionsOf } from './subscriptions';

/** Pause before subscribing again to what Redis has refused, in ms. */
const RETRY_DELAY_MS = 2000;

export interface RedisOplogContext {
  readonly clock: Clock;
  /** The option `redisOplog`. */
  readonly option: true | string;
  readonly log: Log;
  /** Emits an event of `Cluster.on()`. */
  readonly emit: Emit;
  /** Whether the channel of the cluster is connected. */
  isReady(): boolean;
  /**
   * Subscribes on the current connection, once.
   *
   * @returns whether it was not subscribed yet
   */
  subscribe(subscription: Subscription, listener: (text: string, channel: string) => void): Promise<boolean>;
  /** Returns the databases in which a collection of a name is open. */
  databasesOf(collection: string): readonly string[];
  /** Called with what other programs have written. */
  onChange(change: Change): void;
  /** Called when messages about a collection may have been lost. */
  onGap(collection: string): void;
}

export class RedisOplogSource {
  readonly #context: RedisOplogContext;
  /** By the name of the channel: two collections may share one, as a name can contain a dot. */
  readonly #subscriptions = new Map<string, CollectionSubscription[]>();
  readonly #pending = new PendingChanges();
  #isHandling = false;
  #isStopped = false;
  #cancelRetry: CancelTimer = () => {};
  #received = 0;
  #dropped = 0;

  constructor(context: RedisOplogContext) {
    this.#context = context;
  }

  /** Changes that were handled. Announcements of one document in one turn are one. */
  get received(): number {
    return this.#received;
  }

  /** Messages that were dropped. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Called when a synced collection has been opened. */
  addCollection(collection: string, database: string): void {
    const { option, isReady } = this.#context;
    const added: string[] = [];
    for (const target of subscriptionsOf(collection, database, option)) {
      const targets = this.#subscriptions.get(target.name) ?? [];
      const isKnown = targets.some(
        (each) => each.collection === collection && each.database === target.database,
      );
      if (!isKnown) targets.push(target);
      if (!this.#subscriptions.has(target.name)) added.push(target.name);
      this.#subscriptions.set(target.name, targets);
    }
    if (isReady()) void this.subscribeAll(added);
  }

  /** Called when the node is connected, for the first time or again, maybe over a new connection. */
  start(): void {
    void this.subscribeAll([...this.#subscriptions.keys()]);
  }

  stop(): void {
    this.#isStopped = true;
    this.#cancelRetry();
    this.#pending.clear();
  }

  private async subscribeAll(names: readonly string[]): Promise<void> {
    const added = await Promise.all(
      names.map(async (name) => {
        const targets = this.#subscriptions.get(name) ?? [];
        const isPattern = targets[0]?.isPattern ?? false;
        return (await this.subscribe({ name, isPattern })) ? targets.map(({ collection }) => collection) : [];
      }),
    );
    if (this.#isStopped) return;
    for (const collection of new Set(added.flat())) this.#context.onGap(collection);
  }

  /** Never rejects. @returns whether messages could not be received until now */
  private async subscribe(subscription: Subscription): Promise<boolean> {
    const { clock, subscribe, isReady, log } = this.#context;
    const { name, isPattern } = subscription;
    const topic = `redis-oplog ${name}`;
    try {
      const isNew = await subscribe(subscription, (text, channel) =>
        this.receive(text, channel, subscription),
      );
      if (log.resolve(topic)) log.info(`Redis accepts the channel "${name}" of redis-oplog's messages`);
      return isNew;
    } catch (error) {
      // After a disconnect, `start` is called again.
      if (this.#isStopped || !isReady()) return false;
      log.warn(
        topic,
        `Redis refuses the channel "${name}" of redis-oplog's messages (${reasonOf(error)}); trying again. ` +
          `The ACL user needs "&${name}${isPattern ? ' +psubscribe' : ''}"`,
      );
      this.#cancelRetry();
      this.#cancelRetry = clock.after(RETRY_DELAY_MS, () => this.start());
      return false;
    }
  }

  private receive(text: string, channel: string, { name, isPattern }: Subscription): void {
    // A pattern may match a channel of Cluster's own. A collection may have such a name.
    if (this.#isStopped || (isPattern && isChannelName(channel))) return;
    const announcement = decodeAnnouncement(text);
    if (announcement.kind === 'invalid') {
      this.drop(announcement.reason);
      return;
    }
    const { databasesOf } = this.#context;
    for (const { collection, database } of this.#subscriptions.get(name) ?? []) {
      for (const each of database === undefined ? databasesOf(collection) : [database]) {
        this.#pending.add({ database: each, collection, ...changeOf(announcement) });
      }
    }
    if (this.#isHandling) return;
    this.#isHandling = true;
    void this.#context.clock.nextTurn().then(() => this.handlePending());
  }

  private handlePending(): void {
    this.#isHandling = false;
    for (const change of this.#pending.takeAll()) {
      this.#received += 1;
      this.#context.onChange(change);
    }
  }

  private drop(reason: string): void {
    const { log, emit } = this.#context;
    const message = `dropped a message of redis-oplog ${reason}`;
    this.#dropped += 1;
    log.warn(
      `drop redis-oplog ${reason}`,
      `${message}; more of this kind are only counted, in status().dropped`,
    );
    emit('drop', { reason: 'malformed', message });
  }
}

/** A removed document is not read where no live query holds it: only this hint is safe. */
function changeOf(announcement: ReturnType<typeof decodeAnnouncement>): Pick<Change, 'ids' | 'hints'> {
  if (announcement.kind !== 'write') return { ids: 'all' };
  const { ids, isRemove } = announcement;
  if (!isRemove) return { ids };
  return { ids, hints: new Map(ids.map((id) => [id, { kind: 'remove', fields: new Map() }])) };
}
