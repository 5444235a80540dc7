/** How live queries learn of writes: the contract between `cluster.ts`, `session.ts` and the strategies, one file each. */

import type { TouchedIds } from './message';
import type { OpenedCollection } from './meteor/collections';
import type { Report } from './report';
import type { FindIds } from './write-watcher';

/** Ends what `beginWrite` began; `ids` undefined: nothing was written. */
export type EndWrite = (collection: string, ids?: TouchedIds) => void;

export interface Strategy {
  /** A synced collection has been opened, or an opened one synced. */
  watch(collection: OpenedCollection): void;
  /** Another node wrote, or something may have been missed: this node's live queries are to see it. Never throws. */
  touched(collection: string, ids: TouchedIds): void;
  /** This node is about to write to a synced collection, in the course of the call that is running. Never throws. */
  beginWrite(): EndWrite;
  /**
   * A write is about to be made whose selector names no ids. Never throws.
   *
   * @returns finds, when the write is committed, what it touched; `undefined`: ids do not help here
   */
  matching(collection: OpenedCollection): FindIds | undefined;
  /** Live queries that this strategy keeps from polling look at the database this often all the same, in ms. */
  pollEvery(interval: number): void;
  /** Lets go of Meteor, and forgets what is not told yet. */
  stop(): void;
}

/** What a strategy may use of its surroundings. */
export interface StrategyContext {
  isSynced(collection: string): boolean;
  openedCollections(name: string): readonly OpenedCollection[];
  readonly report: Report;
}
