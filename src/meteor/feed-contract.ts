/** The contract between this folder, which installs a feed, and the strategy `feed`, which implements it. Types only. */

import type { IdString } from '../base/values';
import type { Change } from '../changes/change';
import type { PollingPolicy } from '../config/polling';
import type { Hasher } from '../matching/hint';
import type { Emit } from '../observability/events';
import type { Log } from '../observability/log';
import type { Metrics, StrategyGauges } from '../observability/metrics';

/** A document, its `_id` included. */
export type StoredDocument = Readonly<Record<string, unknown>>;

/** The selector and options of a live query. */
export interface QueryDescription {
  readonly collection: string;
  readonly selector: unknown;
  readonly sort: unknown;
  readonly hasLimit: boolean;
  /** By which rules strings are compared, from Meteor 3.5 on; `undefined`: by their bytes. */
  readonly collation: unknown;
}

export interface Trigger {
  readonly collection?: string;
  readonly id?: unknown;
  readonly dropCollection?: boolean;
}

export type Listener = (notification: object) => void;
export type FetchCallback = (error: unknown, document?: StoredDocument | null) => void;

/** Called with every difference in the state of an observe driver. */
export interface DriverState {
  /**
   * The driver has become STEADY, or has left that phase.
   *
   * @param last of a STEADY driver with a limit, the last document that it holds; `undefined`: it may hold all that match
   */
  onPhase(isSteady: boolean, last?: StoredDocument): void;
  /** The driver holds a document: published, or in the buffer of a query with a limit. */
  onHold(id: IdString): void;
  onRelease(id: IdString): void;
  /** The query of the driver has found that what it showed of a document is out of date. */
  onDifference(id: IdString): void;
}

/** An open live query's observe driver. */
export interface FedDriver {
  /** The fields that its selector, sort and result need; `undefined`: all fields. */
  readonly projection: Readonly<Record<string, unknown>> | undefined;
  /** Whether differences in its state are reported. */
  readonly isFollowed: boolean;
  /** Whether the driver is STEADY by now. */
  isSteady(): boolean;
  /** See `differs` in `driver-state.ts`. */
  differs(id: IdString, document: StoredDocument | undefined): boolean | undefined;
  /**
   * Returns whether the driver holds a document that passes a test.
   *
   * @returns `undefined`: unknown
   */
  holdsSome(test: (document: StoredDocument) => boolean): boolean | undefined;
  /** Resolves when its clients have been sent what it knows; `undefined` where Meteor's write fences see to that. */
  readonly flush: (() => Promise<void>) | undefined;
}

/** Stands in for Meteor's oplog handle and document fetcher, for the observe driver of one live query. */
export interface QueryHandle extends DriverState {
  onOplogEntry(trigger: Trigger, listener: Listener): Promise<{ stop(): void }>;
  onSkippedEntries(): { stop(): void };
  waitUntilCaughtUp(): Promise<void>;
  fetch(collection: string, id: unknown, op: object, callback: FetchCallback): Promise<void>;
  /** The stop handles that it has returned. */
  readonly stopHandles: Set<unknown>;
  /** Called when the live query is open, or has failed to open: then without a driver. */
  onOpened(driver: FedDriver | undefined): void;
}

/** Where a feed logs and counts. Changes when another session takes part in the feed. */
export interface Reporting {
  log: Log;
  metrics: Metrics;
  /** Emits an event of `Cluster.on()`. */
  emit: Emit;
}

/** The moment at which a write of this node began, in the order of a feed. */
export interface WriteStart {
  readonly feed: Feed;
  readonly position: number;
}

/** The document of a write of this node, as the write has left it. */
export interface KnownDocument {
  /** `null`: it was removed. */
  readonly document: StoredDocument | null;
  readonly start: WriteStart;
}

export interface Feed {
  /** Hashes scalars, to compare them with the hashes of hints. */
  readonly hash: Hasher;
  /** The collections that have fed live queries. */
  readonly collections: string[];
  /** Returns the handle for a live query that is being opened. */
  open(description: QueryDescription): QueryHandle;
  /**
   * Called when this node begins a write to a collection.
   *
   * @returns `undefined`: the document that it leaves is of no use
   */
  startOf(collection: string): WriteStart | undefined;
  /**
   * Resolves when the drivers that a change can concern have it, or have been re-queried.
   *
   * @param known the document of the change, where a write of this node has left it so
   * @returns waits until the clients of these drivers have been sent it
   */
  handleChange(change: Change, known?: KnownDocument): Promise<() => Promise<void>>;
  setPolling(policy: PollingPolicy): void;
  /** The state of its live queries, for `metrics()`. */
  readonly gauges: StrategyGauges;
  /** Called when a session takes part in the feed: it logs and counts there from now on. */
  reportTo(reporting: Reporting): void;
  stop(): void;
}

/** Reads documents and converts ids, for a feed. */
export interface DocumentSource {
  /**
   * Reads the documents of those ids that exist, in one query.
   *
   * @param projection the fields to read; empty: whole documents
   */
  read(
    collection: string,
    ids: readonly IdString[],
    projection: Readonly<Record<string, unknown>>,
  ): Promise<Map<IdString, StoredDocument>>;
  stringifyId(id: unknown): IdString;
  parseId(id: IdString): unknown;
  clone(document: StoredDocument): StoredDocument;
}
