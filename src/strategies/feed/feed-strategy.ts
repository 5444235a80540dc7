/**
 * Strategy `feed`: feeds Meteor's oplog observe drivers, as if the database had an oplog. Live queries stay
 * incremental: no query runs again. Where Meteor tails a real oplog or reads change streams, only live queries that
 * poll are refreshed, unless this strategy takes over.
 *
 * Changes of this node go the same way as those of others, as its own fed live queries do not poll either.
 */

import { systemClock, withTimeout } from '../../base/time';
import { type Change, MAX_IDS, withoutHints } from '../../changes/change';
import { MAX_CHANGE_AGE_MS } from '../../changes/change-age';
import type { PollingPolicy } from '../../config/polling';
import type { OpenedCollection } from '../../meteor/collections/opened-collection';
import type { MeteorConnection } from '../../meteor/connection';
import { findIds } from '../../meteor/documents';
import type { DocumentSource, Feed, KnownDocument, WriteStart } from '../../meteor/feed-contract';
import { type FeedShare, installFeed } from '../../meteor/live-queries/install-feed';
import { tailsOplog, whyNotFeedable } from '../../meteor/live-queries/oplog-support';
import { refreshOrLog } from '../../meteor/live-queries/refresh';
import { holdWriteFence } from '../../meteor/write-fence';
import type { StrategyGauges } from '../../observability/metrics';
import type { FindIds } from '../../writes/write-watcher';
import { collectionsOf, type EndWrite, type Strategy, type StrategyContext } from '../strategy';
import { ConnectionFeed } from './connection-feed';
import { MAX_WAIT_MS } from './pending-requeries';

/**
 * How many documents besides those written a look-up may find. A single update finds all that its selector matches. Each is
 * read on every node that shows it. With more, live queries run again that the write can concern. Of 900 candidates, the
 * look-up and the reads took 446 ms, and the write alone 10.
 */
const MAX_OTHERS = 16;

export class FeedStrategy implements Strategy {
  readonly #context: StrategyContext;
  readonly #shares = new Map<MeteorConnection, FeedShare>();
  #polling: PollingPolicy | undefined;

  constructor(context: StrategyContext) {
    this.#context = context;
  }

  addCollection({ connection }: OpenedCollection): void {
    const { hash, receivedUntil, audit, log, metrics, emit, isSynced, takesOver } = this.#context;
    const isLeftToMeteor = tailsOplog(connection) && !takesOver;
    if (this.#shares.has(connection) || isLeftToMeteor || whyNotFeedable(connection) !== undefined) return;
    const reporting = { log, metrics, emit };
    const createFeed = (source: DocumentSource) =>
      new ConnectionFeed({ source, hash, receivedUntil, audit: { share: audit }, ...reporting });
    const share = installFeed(connection, { isSynced, createFeed });
    share.feed.reportTo(reporting);
    this.#shares.set(connection, share);
    if (this.#polling) share.feed.setPolling(this.#polling);
  }

  /** Ids are read once, and only where they concern a live query; without ids every live query runs again. */
  finder({ name, connection }: OpenedCollection): FindIds | undefined {
    if (!this.#shares.has(connection)) return undefined;
    // Ids that are found later do not count: see `MAX_CHANGE_AGE_MS`.
    return (selector, written) => {
      const limit = Math.min(MAX_IDS, written + MAX_OTHERS);
      return withTimeout(systemClock, MAX_CHANGE_AGE_MS, findIds(connection, name, selector, limit));
    };
  }

  handleChange(change: Change): void {
    void this.feed(change);
    // Cursors that the oplog observe driver does not take still poll. Only Cluster knows of other nodes' writes.
    if (this.mayPoll(change)) void refreshOrLog(change, this.#context.log);
  }

  beginWrite(): EndWrite {
    const release = holdWriteFence();
    return (change, known) => {
      if (change) void this.feedAndFlush(change, known).finally(release);
      else release();
    };
  }

  startOf({ name, connection }: OpenedCollection): WriteStart | undefined {
    return this.#shares.get(connection)?.feed.startOf(name);
  }

  /** Of several connections: what waits on all, and the longest interval. */
  get gauges(): StrategyGauges {
    const all = [...this.#shares.values()].map(({ feed }) => feed.gauges);
    return {
      requeriesPending: all.reduce((sum, { requeriesPending }) => sum + requeriesPending, 0),
      pollingIntervalMs: Math.max(0, ...all.map(({ pollingIntervalMs }) => pollingIntervalMs)),
    };
  }

  setPolling(policy: PollingPolicy): void {
    this.#polling = policy;
    for (const { feed } of this.#shares.values()) feed.setPolling(policy);
  }

  stop(): void {
    for (const { remove } of this.#shares.values()) remove();
    this.#shares.clear();
  }

  private mayPoll(change: Change): boolean {
    return collectionsOf(change, this.#context).some(
      ({ connection }) => this.#shares.get(connection)?.queries.mayPoll(change.collection) ?? true,
    );
  }

  /**
   * Resolves when the drivers that a change can concern have it, on every connection to its database.
   *
   * @returns what waits until the clients of these drivers have been sent it
   */
  private async feed(change: Change, known?: KnownDocument): Promise<(() => Promise<void>)[]> {
    const feeds = collectionsOf(change, this.#context).map(
      ({ connection }) => this.#shares.get(connection)?.feed,
    );
    const handling = feeds.map((feed) =>
      feed?.handleChange(this.withUsableHints(change, feed), known?.start.feed === feed ? known : undefined),
    );
    const flushes = await Promise.all(handling);
    return flushes.filter((flush) => flush !== undefined);
  }

  /** A feed that another session has created, with another namespace or secret, has other hashes. */
  private withUsableHints(change: Change, { hash }: Feed): Change {
    return hash === this.#context.hash ? change : withoutHints(change);
  }

  /** Never rejects. A driver whose query hangs does not hold the method of the write for ever. */
  private async feedAndFlush(change: Change, known?: KnownDocument): Promise<void> {
    const flushed = this.feed(change, known).then((flushes) => Promise.all(flushes.map((flush) => flush())));
    await withTimeout(systemClock, MAX_WAIT_MS, flushed).catch(() =>
      this.#context.log.warn(
        `fence ${change.collection}`,
        `live queries of "${change.collection}" have not shown a write within ${MAX_WAIT_MS / 1000} s; ` +
          'its method does not wait any longer',
      ),
    );
  }
}
