/**
 * One fed live query: the handle that its oplog observe driver uses, and the way to notify that driver.
 *
 * Created by `oplog-feed.ts` when a live query is being opened. The driver calls the handle; the collection feed notifies.
 */

import type { ObserveDriver } from '../../meteor/connection';
import type { FetchCallback, Listener, QueryHandle, Trigger } from '../../meteor/feed-contract';
import type { CollectionFeed } from './collection-feed';
import { ANY, DROP, type ListenerKey } from './listener-key';

const NOTHING = { stop() {} };

export class FedQuery implements QueryHandle {
  /** 0 to 1: when within a polling interval this query is due. */
  readonly pollPhase = Math.random();
  /** When it was re-queried last, in ms by `performance.now()`. */
  requeriedAt = Number.NEGATIVE_INFINITY;
  readonly #feed: CollectionFeed;
  readonly #listeners = new Map<ListenerKey, Listener>();
  /** Known when the live query is open. */
  #driver: ObserveDriver | undefined;
  #hasFailed = false;

  constructor(feed: CollectionFeed) {
    this.#feed = feed;
  }

  /** Whether its driver is STEADY: neither QUERYING nor FETCHING. */
  get isSteady(): boolean {
    return this.#driver?._phase === 'STEADY';
  }

  /** Whether its driver listens no more. */
  get isStopped(): boolean {
    return this.#hasFailed || this.#listeners.size === 0;
  }

  /**
   * Notifies the driver of an oplog entry.
   *
   * @throws what the driver throws
   */
  notify(key: ListenerKey, entry: object): void {
    this.#listeners.get(key)?.(entry);
  }

  /**
   * Makes the driver query again.
   *
   * @throws what the driver throws
   */
  requery(): void {
    const listener = this.#listeners.get(ANY) ?? this.#listeners.get(DROP);
    listener?.({ collection: this.#feed.name, id: null, dropCollection: true });
  }

  /** Called by Meteor: registers a listener to entries of the oplog. */
  async onOplogEntry(trigger: Trigger, listener: Listener): Promise<{ stop(): void }> {
    // Dropping the whole database is not published: nobody does that to a live application.
    if (trigger.collection === undefined) return NOTHING;
    const key = this.#feed.keyOf(trigger);
    this.#listeners.set(key, listener);
    this.#feed.queries.add(key, this);
    return {
      stop: () => {
        this.#listeners.delete(key);
        this.#feed.queries.remove(key, this);
      },
    };
  }

  /** Called by Meteor: would notify of skipped entries. Here a re-query does. */
  onSkippedEntries(): { stop(): void } {
    return NOTHING;
  }

  /** Called by Meteor: resolves when the collection's read in flight is dispatched and its fetches are answered. */
  waitUntilCaughtUp(): Promise<void> {
    return this.#feed.caughtUp();
  }

  /** Called by Meteor: reads one document for the driver. Never calls back synchronously. */
  async fetch(_collection: string, id: unknown, _op: object, callback: FetchCallback): Promise<void> {
    this.#feed.fetch(id, callback);
  }

  onOpened(driver: ObserveDriver | undefined): void {
    this.#driver = driver;
    this.#hasFailed = driver === undefined;
  }
}
