/** What a node does on receipt: the contract between `cluster.ts` and the strategies, one file each. */

import type { TouchedIds } from './message';
import type { OpenedCollection } from './meteor';
import type { Report } from './report';

export interface Strategy {
  /** Makes this node's live queries notice that documents of a synced collection were touched. Never throws. */
  touched(collection: string, ids: TouchedIds): void;
  /** Forgets what is not told yet. */
  stop(): void;
}

/** What a strategy may use of its surroundings. */
export interface StrategyContext {
  openedCollections(name: string): readonly OpenedCollection[];
  readonly report: Report;
}
