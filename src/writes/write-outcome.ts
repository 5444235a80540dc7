/**
 * The outcome of a write, by its result or error.
 *
 * Called by `write-watcher.ts`. No Meteor or Redis imports.
 */

import { property } from '../base/values';

/**
 * - `committed`: the database has acknowledged the write.
 * - `indeterminate`: the write failed in a way that may have left part of it in the database.
 * - `unchanged`: nothing was written.
 */
export type WriteOutcome = 'committed' | 'indeterminate' | 'unchanged';

/**
 * Returns the outcome of a write that succeeded: `unchanged` for an update or remove that matched no document.
 *
 * @param isAcknowledged whether the database reports how many documents it has written
 */
export function outcomeOfResult(result: unknown, isAcknowledged: boolean): WriteOutcome {
  if (!isAcknowledged) return 'committed';
  if (property(result, 'insertedId') !== undefined) return 'committed';
  return result === 0 || property(result, 'numberAffected') === 0 ? 'unchanged' : 'committed';
}

/** The write method that failed. */
export interface FailedMethod {
  /** Whether it writes at most one document. */
  readonly isSingle: boolean;
  /** Whether no hooks of other packages run inside it: see `WatchOptions`. */
  readonly isInnermost: boolean;
}

/**
 * Returns the outcome of a write that failed.
 *
 * By the driver's classes of errors (https://mongodb.github.io/node-mongodb-native), a `MongoServerError` is the server's
 * refusal. A write to several documents may have reached some of them before it. The driver's other errors (the connection,
 * time-outs, write concerns) are indeterminate. Other errors are Meteor's checks, before anything is sent. Where hooks of
 * other packages run inside the method, they may be errors of these hooks, after the write perhaps.
 */
export function outcomeOfError(error: unknown, { isSingle, isInnermost }: FailedMethod): WriteOutcome {
  const name = property(error, 'name');
  if (name === 'MongoServerError') {
    return isSingle && !hasErrorLabels(error) ? 'unchanged' : 'indeterminate';
  }
  if (name === 'MongoInvalidArgumentError') return 'unchanged';
  const isDriverError = typeof name === 'string' && name.startsWith('Mongo');
  return isDriverError || !isInnermost ? 'indeterminate' : 'unchanged';
}

/** Labels such as `RetryableWriteError`: the server stopped midway (fail-over, shutdown), it did not refuse. */
function hasErrorLabels(error: unknown): boolean {
  const labels = property(error, 'errorLabels');
  return Array.isArray(labels) && labels.length > 0;
}
