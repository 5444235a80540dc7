/**
 * A change: documents of one collection that somebody wrote.
 *
 * The currency of the package: the write watcher produces changes, the publisher sends them, the receiver and the
 * strategies handle them. No Meteor or Redis imports.
 */

import type { IdString } from '../base/values';
import type { Hint } from '../matching/hint';
import type { LookedUp } from '../matching/looked-up';
import type { Scope } from '../matching/scope';

/** The ids of the changed documents; `'all'`: any document of the collection may have changed. */
export type ChangedIds = readonly IdString[] | 'all';

export interface Change {
  /** The database of the collection; `undefined`: the default one, behind `MONGO_URL`. */
  readonly database?: string | undefined;
  readonly collection: string;
  readonly ids: ChangedIds;
  /** The changed fields of some of the ids. Of the other ids anything may have changed. */
  readonly hints?: ReadonlyMap<IdString, Hint> | undefined;
  /** How the ids were looked up, so that some may be missing; `undefined`: they are all that was written. */
  readonly lookedUp?: LookedUp | undefined;
  /** Of `'all'`: the writes that it consists of; `undefined`: any document may have changed in any way. */
  readonly scopes?: readonly Scope[] | undefined;
  /** When the oldest of its writes began, by `performance.now()`; `undefined`: it has no age. */
  readonly since?: number | undefined;
  /** When its write was committed, or its message received: by `performance.now()`, to measure how long it took. */
  readonly at?: number | undefined;
  /** Whether nobody is known to have written: messages may have been lost. */
  readonly isResync?: boolean | undefined;
}

/** The most ids that one change lists. A change of more documents is a change of `'all'`: one query costs less. */
export const MAX_IDS = 1000;

/** Returns a change of which nothing is known but its ids: anything may have changed. */
export function withoutHints<Some extends Change>(change: Some): Some {
  const { hints, lookedUp, scopes } = change;
  if (!hints && !lookedUp?.hint && !scopes) return change;
  const unhinted = lookedUp && { ...lookedUp, hint: undefined };
  return { ...change, hints: undefined, lookedUp: unhinted, scopes: undefined };
}
