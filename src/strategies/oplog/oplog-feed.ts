/**
 * Feeds Meteor's oplog observe drivers of one MongoDB connection without an oplog.
 *
 * Created by the strategy `oplog`, installed by `meteor/oplog-handle.ts`, called by Meteor's drivers and by the strategy. It
 * is both things that Meteor needs of a connection with an oplog: the handle and the document fetcher. No Meteor or
 * Redis imports: the document source is passed in.
 */

import type { DocumentSource, Feed } from '../../meteor/feed-contract';
import type { Log } from '../../observability/log';
import type { Change } from '../../writes/change';
import type { FetchCallback } from './batches';
import { CollectionFeed } from './collection-feed';
import { ANY, DROP, type Listener } from './driver-listeners';
import { Poller } from './poller';

interface Trigger {
  readonly collection?: string;
  readonly id?: unknown;
  readonly dropCollection?: boolean;
}

export class OplogFeed implements Feed {
  readonly #source: DocumentSource;
  readonly #log: Log;
  readonly #collections = new Map<string, CollectionFeed>();
  readonly #poller = new Poller((from, to) => {
    for (const { listeners } of this.#collections.values()) listeners.requeryDue(from, to);
  });

  constructor(source: DocumentSource, log: Log) {
    this.#source = source;
    this.#log = log;
  }

  /** Resolves when the drivers have the change; they may still have to query. */
  async handleChange({ collection, ids }: Change): Promise<void> {
    await this.#collections.get(collection)?.handleChange(ids);
  }

  /** From now on every driver queries once per interval, each at a time of its own: bounded staleness. */
  setPollingInterval(ms: number): void {
    this.#poller.setInterval(ms);
  }

  get collections(): string[] {
    return [...this.#collections].filter(([, { listeners }]) => !listeners.isEmpty).map(([name]) => name);
  }

  /** Called by Meteor: registers a listener to entries of the oplog. */
  async onOplogEntry(trigger: Trigger, listener: Listener): Promise<{ stop(): void }> {
    const { collection, id, dropCollection } = trigger;
    // Dropping the whole database is not published: nobody does that to a live application.
    if (collection === undefined) return { stop() {} };
    const feed = this.#collections.get(collection) ?? new CollectionFeed(collection, this.#source, this.#log);
    this.#collections.set(collection, feed);
    const key = dropCollection ? DROP : id === undefined ? ANY : this.#source.stringifyId(id);
    return { stop: feed.listeners.add(key, listener) };
  }

  /** Called by Meteor: would notify of skipped entries. Here a drop of the collection does. */
  onSkippedEntries(): { stop(): void } {
    return { stop() {} };
  }

  /** Called by Meteor: resolves when reads in flight are dispatched and outstanding fetches are answered. */
  async waitUntilCaughtUp(): Promise<void> {
    await Promise.all([...this.#collections.values()].map((feed) => feed.caughtUp()));
  }

  /** Called by Meteor when the connection closes. */
  async stop(): Promise<void> {
    this.#poller.stop();
  }

  /** Called by Meteor: reads one document for a driver. Never calls back synchronously. */
  async fetch(collection: string, id: unknown, _op: object, callback: FetchCallback): Promise<void> {
    const feed = this.#collections.get(collection);
    // A driver that has stopped listening no longer needs the document, but waits for the call.
    if (feed) feed.fetch(this.#source.stringifyId(id), callback);
    else setImmediate(callback, null, null);
  }
}
