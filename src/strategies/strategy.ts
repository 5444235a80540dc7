/** The contract of a strategy: how this node's live queries are updated. Implemented by one file each. */

import type { Change } from '../changes/change';
import type { PollingPolicy } from '../config/polling';
import type { Hasher } from '../matching/hint';
import type { OpenedCollection } from '../meteor/collections/opened-collection';
import type { KnownDocument, WriteStart } from '../meteor/feed-contract';
import type { Emit } from '../observability/events';
import type { Log } from '../observability/log';
import type { Metrics, StrategyGauges } from '../observability/metrics';
import type { FindIds } from '../writes/write-watcher';

/**
 * Ends what `beginWrite` began, with what was written; without a change when nothing was.
 *
 * @param known the document that the write has left, where `startOf` has asked for it
 */
export type EndWrite = (change?: Change, known?: KnownDocument) => void;

export interface Strategy {
  /** Called when a synced collection has been opened, or an opened one synced. */
  addCollection(collection: OpenedCollection): void;
  /** Called when another node wrote, or messages may have been lost: updates this node's live queries. Never throws. */
  handleChange(change: Change): void;
  /** Called when this node is about to write to a synced collection, within the running call. Never throws. */
  beginWrite(): EndWrite;
  /**
   * Called before a write. Never throws.
   *
   * @returns `undefined`: the document that it leaves is of no use
   */
  startOf(collection: OpenedCollection): WriteStart | undefined;
  /**
   * Called before a write whose selector names no ids. Never throws.
   *
   * @returns finds, after the commit, what was written; `undefined` when ids do not help this strategy
   */
  finder(collection: OpenedCollection): FindIds | undefined;
  /** Sets how often the live queries that this strategy keeps from polling run again all the same. */
  setPolling(policy: PollingPolicy): void;
  /** The state of its live queries, for `metrics()`. */
  readonly gauges: StrategyGauges;
  /** Releases everything it has installed in Meteor, and drops what is not handled yet. */
  stop(): void;
}

/** The surroundings that a strategy may use. */
export interface StrategyContext {
  /** The name of the default database. */
  readonly database: string;
  isSynced(collection: string): boolean;
  /** Returns the collections opened under a name, one per connection. */
  openedCollections(name: string): readonly OpenedCollection[];
  /** Whether live queries are fed even where Meteor would tail an oplog or read change streams. */
  readonly takesOver: boolean;
  /** Hashes values, as the hints in messages do. */
  readonly hash: Hasher;
  /**
   * Returns a time by `performance.now()`. Every message that Redis had accepted before it has been handled, on this node.
   */
  readonly receivedUntil: () => number;
  /** The option `audit`. */
  readonly audit: number;
  readonly log: Log;
  readonly metrics: Metrics;
  /** Emits an event of `Cluster.on()`. */
  readonly emit: Emit;
}

/** Returns the opened collections that a change is about. */
export function collectionsOf(change: Change, context: StrategyContext): OpenedCollection[] {
  const { collection, database = context.database } = change;
  return context.openedCollections(collection).filter((each) => each.database === database);
}
