/**
 * How old a change may be for its hints and its looked-up ids to count.
 *
 * Receivers skip documents because of hints, and remember for a bounded time what they have skipped. So a publisher says
 * less about an old change: the sessions and the publisher call `reduced`. Receivers remember for longer.
 * `docs/architecture.md` has the argument. The time is passed in. No Meteor or Redis imports.
 */

import { type Change, withoutHints } from './change';

/**
 * The longest time from the beginning of a write to the moment when Redis has accepted its change, in ms. Measured with
 * FerretDB 1.24, the slowest of the databases here: an update by selector of 50,000 documents and its look-up take 3.3 s.
 */
export const MAX_CHANGE_AGE_MS = 10_000;

/**
 * How long receivers remember what they have skipped, in ms. Longer than `MAX_CHANGE_AGE_MS`, as the nodes of a Redis
 * Cluster pass messages on. Two messages of different publishers may arrive in another order than Redis has accepted them.
 */
export const MEMORY_MS = MAX_CHANGE_AGE_MS + 5000;

/** Returns whether a change says more than a change of its age may. */
export function isOverdue(change: Change, now: number): boolean {
  const { hints, lookedUp, scopes, since } = change;
  const saysMore = hints !== undefined || lookedUp !== undefined || scopes !== undefined;
  return saysMore && now - (since ?? now) > MAX_CHANGE_AGE_MS;
}

/** Returns what may be said about a change by now: one that is too old has no hints, and looked-up ids become `'all'`. */
export function reduced(change: Change, now: number): Change {
  if (!isOverdue(change, now)) return change;
  return change.lookedUp
    ? { ...change, ids: 'all', hints: undefined, lookedUp: undefined }
    : withoutHints(change);
}
