/**
 * Wraps the methods of MongoDB's driver that write, so that writes that bypass Meteor's collections are reported too.
 *
 * Called by `meteor/collections/raw-writes.ts` with the classes of the driver that Meteor uses. Wrapping is transparent, as
 * that of `write-watcher.ts` is. A call that another reported call makes is not reported again. No Meteor or Redis imports.
 */

import { isThenable, property } from '../base/values';
import type { DriverCall, DriverCalls } from './driver-calls';
import { type Namespace, RAW_METHODS, type RawMethod } from './raw-methods';
import { ANYTHING, type RawMutation, type RawOperation } from './raw-mutations';
import type { BeginWrite, Transactions } from './transactions';
import { outcomeOfError } from './write-outcome';
import type { WriteInProgress } from './write-watcher';

/** A collection whose raw writes are reported. */
export interface WatchedCollection {
  readonly beginRawWrite: BeginWrite;
}

export interface DriverWatcherContext {
  readonly calls: DriverCalls;
  readonly transactions: Transactions;
  /** Returns the collection of a namespace, if it is watched. */
  find(namespace: Namespace): WatchedCollection | undefined;
}

/** The classes of the driver, as its module exports them. */
export type DriverClasses = Readonly<
  Record<keyof typeof RAW_METHODS | 'ClientSession', { readonly prototype: object }>
>;

// biome-ignore lint/complexity/noBannedTypes: a method of unknown signature, passed through untouched
type Method = Function;
type Wrapper = (this: unknown, ...args: unknown[]) => unknown;

/** Wraps the methods for good. Writes to collections that `find` does not return pass through. */
export function watchDriver(classes: DriverClasses, context: DriverWatcherContext): void {
  for (const [name, methods] of Object.entries(RAW_METHODS)) {
    const { prototype } = classes[name as keyof typeof RAW_METHODS];
    for (const [method, raw] of Object.entries(methods)) {
      wrap(prototype, method, (original) => watched(original, raw, context));
    }
  }
  const { prototype } = classes.ClientSession;
  wrap(prototype, 'inTransaction', (original) => watchedInTransaction(original, context));
  wrap(prototype, 'commitTransaction', (original) => watchedCommit(original, context));
}

function wrap(prototype: object, name: string, wrapped: (original: Method) => Wrapper): void {
  const original: unknown = Reflect.get(prototype, name);
  // A method that this version of the driver does not have needs no watching.
  if (typeof original !== 'function') return;
  const value = wrapped(original);
  Object.defineProperty(prototype, name, { value, writable: true, configurable: true, enumerable: false });
}

function watched(original: Method, method: RawMethod, context: DriverWatcherContext): Wrapper {
  const { calls, transactions, find } = context;
  return function watchedRawWrite(this: unknown, ...args: unknown[]): unknown {
    const namespaces = method.namespaces(this, args);
    const collections = namespaces.map(find).filter((collection) => collection !== undefined);
    if (calls.reports(collections)) return original.apply(this, args);
    const mutation = method.mutation(this);
    const session = sessionOf(this, args[mutation.optionsAt]);
    const transaction = isInTransaction(session) ? transactions.of(session) : undefined;
    const call: DriverCall = { collections, transaction };
    const written: unknown = calls.run(call, () => original.apply(this, args));
    const reports = collections.flatMap(({ beginRawWrite }) =>
      beginReports(() => call.transaction?.hold(beginRawWrite) ?? beginRawWrite(), mutation, args),
    );
    return endReports(reports, written, mutation, { self: this, options: args[mutation.optionsAt] });
  };
}

/** One operation, and the report of it. */
interface RawReport extends RawOperation {
  readonly write: WriteInProgress;
}

function beginReports(begin: BeginWrite, mutation: RawMutation, args: readonly unknown[]): RawReport[] {
  const write = begin();
  const operations = write.isUnread ? [ANYTHING] : readSafely(mutation, args);
  return operations.map((operation, n) => ({ ...operation, write: n === 0 ? write : begin() }));
}

/** An invalid argument is for the driver to reject, not for us. */
function readSafely(mutation: RawMutation, args: readonly unknown[]): readonly RawOperation[] {
  try {
    const operations = mutation.read(args);
    return operations.length > 0 ? operations : [ANYTHING];
  } catch {
    return [ANYTHING];
  }
}

/** The circumstances of a call. */
interface Circumstances {
  readonly self: unknown;
  readonly options: unknown;
}

/**
 * Ends the reports when the write ends.
 *
 * @returns what the application gets. A branch of the driver's promise would handle a rejection that the application does not,
 *   and would hide it
 */
function endReports(
  reports: readonly RawReport[],
  written: unknown,
  mutation: RawMutation,
  { self, options }: Circumstances,
): unknown {
  const onResult = (result: unknown) => {
    const known = isAcknowledged(self, options) ? mutation.idsOfResult?.(result, options) : undefined;
    for (const { write, ids, fields } of reports) {
      write.end(known?.length === 0 ? 'unchanged' : 'committed', known ?? ids, { fields });
    }
  };
  const onError = (error: unknown) => {
    // Other packages may wrap methods of the driver too, so an error need not be the driver's.
    const outcome = outcomeOfError(error, { isSingle: mutation.isSingle, isInnermost: false });
    for (const { write, ids, fields } of reports) write.end(outcome, ids, { fields });
  };
  if (isThenable(written)) return followed(written, onResult, onError);
  onResult(undefined);
  return written;
}

/** @returns a promise with the outcome of a promise, after a report of it */
function followed(
  promise: PromiseLike<unknown>,
  onResult: (result: unknown) => void,
  onError: (error: unknown) => void,
): PromiseLike<unknown> {
  return promise.then(
    (result) => {
      onResult(result);
      return result;
    },
    (error) => {
      onError(error);
      throw error;
    },
  );
}

/** Without acknowledgement, counts of 0 and missing documents mean nothing. */
function isAcknowledged(self: unknown, options: unknown): boolean {
  return [options, self].every((holder) => property(property(holder, 'writeConcern'), 'w') !== 0);
}

/** Returns the session of a call. A builder of a bulk may have got it when it was created. */
function sessionOf(self: unknown, options: unknown): unknown {
  return property(options, 'session') ?? property(property(property(self, 's'), 'options'), 'session');
}

function isInTransaction(session: unknown): boolean {
  const inTransaction = property(session, 'inTransaction');
  return typeof inTransaction === 'function' && inTransaction.call(session) === true;
}

/**
 * The driver asks each session that it is called with whether it is in a transaction. So the transaction is known too where
 * another package adds the session inside the wrapper, as jam:mongo-transactions does.
 */
function watchedInTransaction(original: Method, { calls, transactions }: DriverWatcherContext): Wrapper {
  return function watchedQuestion(this: unknown, ...args: unknown[]): unknown {
    const answer: unknown = original.apply(this, args);
    if (answer === true) calls.noteTransaction(() => transactions.of(this));
    return answer;
  };
}

/** A commit that fails may have been done, and may be tried again. */
function watchedCommit(original: Method, { transactions }: DriverWatcherContext): Wrapper {
  return function watchedCommitTransaction(this: unknown, ...args: unknown[]): unknown {
    const report = transactions.of(this)?.beginCommit();
    const committed: unknown = original.apply(this, args);
    if (!isThenable(committed)) return committed;
    const onCommit = () => {
      transactions.forget(this);
      report?.('committed');
    };
    return followed(committed, onCommit, () => report?.('indeterminate'));
  };
}
