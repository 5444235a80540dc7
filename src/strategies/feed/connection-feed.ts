/**
 * The feed of one MongoDB connection: feeds Meteor's oplog observe drivers without an oplog.
 *
 * Created by the strategy `feed`, installed by `meteor/live-queries/install-feed.ts`, called by the strategy. One collection feed per
 * collection does the work. No Meteor or Redis imports: the document source is passed in.
 */

import type { Change } from '../../changes/change';
import type { PollingPolicy } from '../../config/polling';
import type { Hasher } from '../../matching/hint';
import type {
  DocumentSource,
  Feed,
  KnownDocument,
  QueryDescription,
  QueryHandle,
  Reporting,
  WriteStart,
} from '../../meteor/feed-contract';
import type { StrategyGauges } from '../../observability/metrics';
import type { AuditOptions } from './audit';
import { CollectionFeed } from './collection-feed';
import { FedQuery } from './fed-query';
import type { FeedContext } from './feed-context';
import { Poller } from './poller';
import { ReadLimit } from './read-limit';
import { RequeryQueue } from './requery-queue';

/**
 * How long a read may take, in ms. Live queries run again after it, which burdens the database more: so it is far above
 * what a busy database takes. With 10 s, FerretDB 1.24 and 500 live queries on a busy machine exceeded it.
 */
const READ_TIMEOUT_MS = 30_000;

export interface ConnectionFeedOptions extends Reporting {
  readonly source: DocumentSource;
  readonly hash: Hasher;
  /** See `Skips`. */
  readonly receivedUntil: () => number;
  readonly audit: AuditOptions;
  /** How long a read may take, in ms. @default 30,000 */
  readonly readTimeoutMs?: number;
  /** See `PollFindings`. */
  readonly confirmPollsAfterMs?: number | undefined;
  /** The pause between two queries of one driver, in ms. @default 50 */
  readonly requeryPauseMs?: number;
}

export class ConnectionFeed implements Feed {
  readonly #context: FeedContext;
  readonly #collections = new Map<string, CollectionFeed>();
  readonly #requeries: RequeryQueue;
  readonly #poller = new Poller({
    poll: (from, to) => {
      for (const feed of this.#collections.values()) feed.poll(from, to);
    },
    queries: () => [...this.#collections.values()].reduce((sum, { listeners }) => sum + listeners.count, 0),
  });

  constructor(options: ConnectionFeedOptions) {
    const { source, hash, receivedUntil, audit, readTimeoutMs = READ_TIMEOUT_MS, ...rest } = options;
    const { confirmPollsAfterMs: confirmAfterMs, requeryPauseMs, ...reporting } = rest;
    this.#requeries = new RequeryQueue({
      begin: (query, reason) => this.#collections.get(query.description.collection)?.requery(query, reason),
      onEnd: (reason, ms) => {
        if (reason === 'poll') this.#poller.pace.record(ms);
      },
      pauseMs: requeryPauseMs,
    });
    const [readLimit, requeries] = [new ReadLimit(), this.#requeries];
    const { pace } = this.#poller;
    const polls = { confirmAfterMs, isTelling: () => pace.isAdaptive, onFound: () => pace.onFound() };
    this.#context = {
      source,
      hash,
      receivedUntil,
      audit,
      readTimeoutMs,
      readLimit,
      reporting,
      requeries,
      polls,
    };
  }

  get hash(): Hasher {
    return this.#context.hash;
  }

  get collections(): string[] {
    return [...this.#collections].filter(([, { listeners }]) => !listeners.isEmpty).map(([name]) => name);
  }

  open(description: QueryDescription): QueryHandle {
    const { collection } = description;
    const feed = this.#collections.get(collection) ?? new CollectionFeed(collection, this.#context);
    this.#collections.set(collection, feed);
    return new FedQuery(feed, description);
  }

  startOf(collection: string): WriteStart | undefined {
    const feed = this.#collections.get(collection);
    return feed && !feed.listeners.isEmpty ? { feed: this, position: feed.position } : undefined;
  }

  async handleChange(change: Change, known?: KnownDocument): Promise<() => Promise<void>> {
    const feed = this.#collections.get(change.collection);
    if (!feed && change.ids !== 'all') {
      this.#context.reporting.metrics.documentsSkipped += change.ids.length;
    }
    const concerned = (await feed?.handleChange(change, known)) ?? [];
    return async () => {
      await Promise.all([...concerned].map((query) => query.flush()));
    };
  }

  get gauges(): StrategyGauges {
    return { requeriesPending: this.#requeries.pending, pollingIntervalMs: this.#poller.intervalMs };
  }

  /** From now on every driver queries once per interval, each at a time of its own: bounded staleness. */
  setPolling(policy: PollingPolicy): void {
    this.#poller.setPolicy(policy);
  }

  reportTo(reporting: Reporting): void {
    Object.assign(this.#context.reporting, reporting);
  }

  stop(): void {
    this.#poller.stop();
    this.#requeries.stop();
    for (const feed of this.#collections.values()) feed.stop();
  }
}
