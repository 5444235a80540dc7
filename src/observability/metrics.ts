/**
 * The counters and measurements of a session, and the shape of `Cluster.metrics()`.
 *
 * The session creates one and passes it to its components, which increment plain numbers. Counters of components that
 * `status()` reads are not repeated here. No Meteor or Redis imports.
 */

import type { DropReason } from './events';
import { type ClusterHistogram, Histogram } from './histogram';
import { NO_SESSION, type SessionStatus } from './status';

/** Why a fed live query runs again. */
export type RequeryReason =
  /** Messages may have been lost. */
  | 'resync'
  /** A change of the whole collection: a write or `touch` without ids, or with too many. */
  | 'collection'
  /** Its polling interval is over. */
  | 'poll'
  /** While it queried, more changes were skipped than are remembered. */
  | 'skipped'
  /** The read of changed documents has failed. */
  | 'readFailed'
  /** Its observe driver has failed, or would misread the document. */
  | 'driver';

/** Counters, all of the time since `init()`. They only grow. */
export interface ClusterCounters {
  /** Messages about changes that Redis has accepted from this node. */
  published: number;
  /** Messages about changes of other nodes that this node has handled. */
  received: number;
  /** Messages that were dropped, by reason. */
  dropped: Record<DropReason, number>;
  /** How often a collection was resynced. */
  resyncs: number;
  /** Reads of changed documents: queries to the database by ids. Strategy `feed`. */
  reads: number;
  /** Documents that these reads have returned. Strategy `feed`. */
  documentsRead: number;
  /** Changed documents that were dispatched to live queries, deleted ones too. Strategy `feed`. */
  documentsDispatched: number;
  /** Changed documents that were not read, as they concern no live query here. Strategy `feed`. */
  documentsSkipped: number;
  /** Skipped documents that the option `audit` has read and compared with what live queries hold. */
  audited: number;
  /** Audited documents that a live query did not show. An outside write of the document looks the same. */
  wrong: number;
  /** Fed live queries that ran again, by reason. Strategy `feed`. */
  requeries: Record<RequeryReason, number>;
  /**
   * Documents that only a poll has shown, while the node was connected: an outside write that nobody published, or a fault of
   * Cluster. Strategy `feed`.
   */
  foundByPolls: number;
  /** Empty updates, which make Meteor run live queries again. Strategy `update`. */
  updates: number;
}

/** Values as of now. */
export interface ClusterGauges {
  /** 1 when `status().connected` is true, else 0. */
  connected: number;
  /** Peers that have not expired. */
  peers: number;
  /** Documents whose change waits to be published. A change of a whole collection counts as one. */
  pending: number;
  /** Fed live queries that wait to run again: a few do so at once. Strategy `feed`. */
  requeriesPending: number;
  /** How often each fed live query polls now, in ms; of several databases the longest; 0: none is fed. Strategy `feed`. */
  pollingIntervalMs: number;
}

/** Durations, all of the time since `init()`. */
export interface ClusterHistograms {
  /** From a write's commit to Redis' answer; of writes that share a message, the oldest one's. */
  publishMs: ClusterHistogram;
  /**
   * From a peer's message to the end of its dispatch. Strategy `feed`: per connection, and only of messages that concern a
   * live query. Strategy `update`: of messages that share an empty update, the oldest one's.
   */
  dispatchMs: ClusterHistogram;
  /** From this node's heartbeat to its echo: the round trip by way of Redis. */
  heartbeatMs: ClusterHistogram;
}

/** The result of `Cluster.metrics()`: plain data that JSON can write. */
export interface ClusterMetrics {
  counters: ClusterCounters;
  gauges: ClusterGauges;
  histograms: ClusterHistograms;
}

/** The gauges that a strategy knows. */
export type StrategyGauges = Readonly<Pick<ClusterGauges, 'requeriesPending' | 'pollingIntervalMs'>>;

/** Those of a strategy without fed live queries. */
export const NO_FEED: StrategyGauges = { requeriesPending: 0, pollingIntervalMs: 0 };

/** The counts that the session's components keep. */
export interface KnownCounts extends StrategyGauges {
  readonly status: SessionStatus;
  readonly dropped: Readonly<Record<DropReason, number>>;
  readonly pending: number;
}

export const NO_DROPS: KnownCounts['dropped'] = { malformed: 0, notAuthentic: 0, outdated: 0, notSynced: 0 };

export class Metrics {
  readonly requeries = { resync: 0, collection: 0, poll: 0, skipped: 0, readFailed: 0, driver: 0 };
  reads = 0;
  documentsRead = 0;
  documentsDispatched = 0;
  documentsSkipped = 0;
  audited = 0;
  wrong = 0;
  foundByPolls = 0;
  updates = 0;
  readonly publishMs = new Histogram();
  readonly dispatchMs = new Histogram();
  readonly heartbeatMs = new Histogram();

  /** Returns everything as plain data, as of now. */
  snapshot({ status, dropped, pending, requeriesPending, pollingIntervalMs }: KnownCounts): ClusterMetrics {
    const { connected, peers, published, received, resyncs } = status;
    const { reads, documentsRead, documentsDispatched, documentsSkipped } = this;
    const { audited, wrong, foundByPolls, updates } = this;
    return {
      counters: {
        published,
        received,
        dropped: { ...dropped },
        resyncs,
        reads,
        documentsRead,
        documentsDispatched,
        documentsSkipped,
        audited,
        wrong,
        requeries: { ...this.requeries },
        foundByPolls,
        updates,
      },
      gauges: { connected: connected ? 1 : 0, peers, pending, requeriesPending, pollingIntervalMs },
      histograms: {
        publishMs: this.publishMs.snapshot(),
        dispatchMs: this.dispatchMs.snapshot(),
        heartbeatMs: this.heartbeatMs.snapshot(),
      },
    };
  }
}

/** Returns the metrics without a session. */
export function noMetrics(): ClusterMetrics {
  return new Metrics().snapshot({ status: NO_SESSION, dropped: NO_DROPS, pending: 0, ...NO_FEED });
}
