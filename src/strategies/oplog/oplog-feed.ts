/**
 * The feed of one MongoDB connection: feeds Meteor's oplog observe drivers without an oplog.
 *
 * Created by the strategy `oplog`, installed by `meteor/oplog-handle.ts`, called by the strategy. One collection feed per
 * collection does the work. No Meteor or Redis imports: the document source is passed in.
 */

import type { DocumentSource, Feed, QueryHandle } from '../../meteor/feed-contract';
import type { Log } from '../../observability/log';
import type { Change } from '../../writes/change';
import { CollectionFeed } from './collection-feed';
import { FedQuery } from './fed-query';
import { Poller } from './poller';

export class OplogFeed implements Feed {
  readonly #source: DocumentSource;
  readonly #log: Log;
  readonly #collections = new Map<string, CollectionFeed>();
  readonly #poller = new Poller((from, to) => {
    for (const feed of this.#collections.values()) feed.poll(from, to);
  });

  constructor(source: DocumentSource, log: Log) {
    this.#source = source;
    this.#log = log;
  }

  get collections(): string[] {
    return [...this.#collections].filter(([, { queries }]) => !queries.isEmpty).map(([name]) => name);
  }

  open(collection: string): QueryHandle {
    const feed = this.#collections.get(collection) ?? new CollectionFeed(collection, this.#source, this.#log);
    this.#collections.set(collection, feed);
    return new FedQuery(feed);
  }

  async handleChange({ collection, ids }: Change): Promise<void> {
    await this.#collections.get(collection)?.handleChange(ids);
  }

  /** From now on every driver queries once per interval, each at a time of its own: bounded staleness. */
  setPollingInterval(ms: number): void {
    this.#poller.setInterval(ms);
  }

  stop(): void {
    this.#poller.stop();
    for (const feed of this.#collections.values()) feed.stop();
  }
}
