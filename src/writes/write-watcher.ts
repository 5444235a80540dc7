/**
 * Wraps the write methods of one instance of a collection and reports which documents each write changed.
 *
 * Called by `meteor/collections/collections.ts` with the object behind `collection._collection`, where writes from methods, allow/deny
 * rules and hook packages all end. The wrapping is transparent: same arguments, `this`, promise and errors; the
 * application's write neither waits for the observer nor fails because of it. No Meteor or Redis imports.
 */

import { isDeepStrictEqual } from 'node:util';
import { isThenable, property } from '../base/values';
import type { WrittenFields } from '../matching/hint';
import { topField } from '../matching/selector-conditions';
import { type IdsOfSelector, MUTATIONS, type Mutation, type WrittenIds } from './mutations';
import { outcomeOfError, outcomeOfResult, type WriteOutcome } from './write-outcome';
import { withSelected } from './written-fields';

/** Finds the ids of all documents that a selector matches now; `'all'`: too many for the number of those written. */
export type FindIds = (selector: object, written: number) => Promise<WrittenIds>;

/** Facts about a write beside its outcome and ids. */
export interface WriteKnowledge {
  /** The changed fields; `undefined`: any may have changed. */
  readonly fields?: WrittenFields | undefined;
  /** The top-level fields of its selector, where its ids were looked up by it after the commit. */
  readonly selected?: readonly string[] | undefined;
  /**
   * The only document that was written, where it is known how the database has stored it; `null`: it was removed. Nobody
   * else refers to it.
   */
  readonly document?: Readonly<Record<string, unknown>> | null | undefined;
}

/** One write, from the application's call to its end. */
export interface WriteInProgress {
  /** Finds what a selector that names no ids has written; `undefined` when ids do not help. */
  readonly findIds?: FindIds | undefined;
  /** Whether the document that it leaves is of use. */
  readonly isDocumentOfUse?: boolean;
  /** Only the outcome matters, so the arguments are not read. The ids are `'all'`. */
  readonly isUnread?: boolean;
  /** Called once. The ids of an `unchanged` write mean nothing. */
  end(outcome: WriteOutcome, ids: WrittenIds, knowledge?: WriteKnowledge): void;
}

// biome-ignore lint/complexity/noBannedTypes: a method of unknown signature, passed through untouched
type WriteMethod = Function;
export type WritableCollection = Record<string, unknown>;

export interface WatchOptions {
  readonly idsOf: IdsOfSelector;
  /**
   * Whether nothing can be between the wrapped method and the database. Otherwise hooks of other packages may run
   * inside it: they can replace ids before the write, and throw after it.
   */
  readonly isInnermost: boolean;
  /** Whether the database acknowledges writes: with the write concern `w: 0` it does not, and reports nothing. */
  readonly isAcknowledged: boolean;
  /** Called within the application's call. */
  begin(): WriteInProgress;
  /** Calls the original method, which leads to the driver. `undefined`: nobody watches the driver. */
  readonly callDriver?: CallDriver | undefined;
}

/** A call that leads to the driver. */
export interface CallOfDriver<Result> {
  readonly result: Result;
  /** The transaction that it belongs to. */
  readonly transaction: HoldsWrites | undefined;
  /** Whether the driver was called before it returned: then its transaction, if any, is known. */
  readonly isDriverCalled: boolean;
}

export type CallDriver = <Result>(make: () => Result) => CallOfDriver<Result>;

/** Holds writes until a commit: see `transactions.ts`. */
export interface HoldsWrites {
  hold(begin: WatchOptions['begin']): WriteInProgress;
}

const callDirectly: CallDriver = (make) => ({
  result: make(),
  transaction: undefined,
  isDriverCalled: false,
});

/** Wraps the methods for good. While nobody observes the collection, they pass calls through and note the outcome. */
export function watchWrites(collection: WritableCollection, options: WatchOptions): void {
  for (const [name, mutation] of Object.entries(MUTATIONS)) {
    const original = collection[name];
    // A method that this version of Meteor does not have needs no watching.
    if (typeof original === 'function') collection[name] = watched(original, mutation, options);
  }
}

function watched(original: WriteMethod, mutation: Mutation, options: WatchOptions): WriteMethod {
  const { isInnermost, isAcknowledged, begin, callDriver = callDirectly } = options;
  return function watchedWrite(this: unknown, ...args: unknown[]): unknown {
    let write = begin();
    // Read now: the application may reuse the selector or the document as soon as it has the promise.
    const { ids, fields, isSingle } = write.isUnread ? UNREAD : readArguments(args, mutation, options);
    const lookUp =
      // Hooks inside the method may change the selector, or fields that it asks for.
      isInnermost && ids === 'all' && write.findIds && mutation.keepsMatching?.(args)
        ? prepareLookUp(args[0], write.findIds)
        : undefined;
    const document =
      isInnermost && isAcknowledged && write.isDocumentOfUse
        ? unlessItThrows(() => mutation.document?.(args))
        : undefined;
    const onError = (error: unknown) => {
      const outcome = outcomeOfError(error, { isSingle, isInnermost });
      // Hooks inside the method may have written other ids than its arguments name.
      write.end(outcome, isInnermost ? ids : 'all', { fields });
    };
    let call: CallOfDriver<unknown>;
    try {
      call = callDriver(() => original.apply(this, args) as unknown);
    } catch (error) {
      onError(error);
      throw error;
    }
    const { result: written, transaction, isDriverCalled } = call;
    if (transaction) {
      // Before the commit, peers would read the old documents.
      write.end('unchanged', 'all');
      write = transaction.hold(begin);
    }
    if (!isThenable(written)) {
      write.end('committed', ids, { fields });
      return written;
    }
    // The application gets the very promise that Meteor returned. Our branch of it handles our own errors; the
    // application's branch still rejects.
    written.then((result) => {
      const outcome = outcomeOfResult(result, isAcknowledged);
      // In a transaction, the look-up would read what was there before.
      if (outcome === 'committed' && lookUp && isAcknowledged && !transaction) {
        lookUp.find(result).then(
          (found) => write.end(outcome, found, { fields, selected: lookUp.selected }),
          () => write.end(outcome, 'all', { fields }),
        );
      } else {
        // The application may have changed the arguments before the driver read them.
        const isUnchanged = () =>
          isDeepStrictEqual([mutation.ids(args, options.idsOf), mutation.document?.(args)], [ids, document]);
        const isKnown =
          document !== undefined && isDriverCalled && !transaction && unlessItThrows(isUnchanged);
        const knowledge = { fields, document: isKnown ? document : undefined };
        write.end(outcome, mutation.idsOfResult?.(result, ids, isInnermost) ?? ids, knowledge);
      }
    }, onError);
    return written;
  };
}

/** The facts that the arguments of a write show. */
interface ReadArguments {
  readonly ids: WrittenIds;
  readonly fields: WrittenFields | undefined;
  /** Whether it writes at most one document. */
  readonly isSingle: boolean;
}

const UNREAD: ReadArguments = { ids: 'all', fields: undefined, isSingle: false };

function readArguments(
  args: readonly unknown[],
  mutation: Mutation,
  { idsOf, isInnermost }: WatchOptions,
): ReadArguments {
  const ids = unlessItThrows(() => mutation.ids(args, idsOf)) ?? 'all';
  // Hooks inside the method may change the document, the modifier or the selector.
  const fields = isInnermost ? unlessItThrows(() => mutation.fields?.(args)) : undefined;
  const [selector, , options] = args;
  return {
    ids,
    fields: ids === 'all' ? unlessItThrows(() => withSelected(fields, selector, options)) : fields,
    isSingle: mutation.isSingle(args[2]),
  };
}

/** An invalid argument is for the application's write to reject, not for us. */
function unlessItThrows<Value>(read: () => Value): Value | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

/** How to find, from the result of a write, what it wrote. */
interface LookUp {
  /** The top-level fields that the selector depends on. */
  readonly selected: readonly string[];
  find(result: unknown): Promise<WrittenIds>;
}

/** @returns `undefined` when the selector cannot be used after the call */
function prepareLookUp(selector: unknown, findIds: FindIds): LookUp | undefined {
  try {
    const copy = copySelector(selector) as object;
    return {
      selected: [...new Set(Object.keys(copy).map(topField))],
      async find(result) {
        const written = typeof result === 'number' ? result : property(result, 'numberAffected');
        if (typeof written !== 'number') return 'all';
        const ids = await findIds(copy, written);
        // With fewer than were written, another write has changed the others since, and may never be published. With as
        // many or more, documents may be missing all the same: receivers find these by `selected`.
        return ids !== 'all' && ids.length >= written ? ids : 'all';
      },
    };
  } catch {
    return undefined;
  }
}

/**
 * Returns a deep copy that later changes by the application do not affect.
 *
 * @throws TypeError for an object that is neither plain nor a value of a database type
 */
export function copySelector(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || value instanceof RegExp) return value;
  if (value instanceof Date) return new Date(value);
  if (Array.isArray(value)) return value.map(copySelector);
  const prototype = Object.getPrototypeOf(value);
  if (prototype === Object.prototype || prototype === null) {
    return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, copySelector(part)]));
  }
  // Values of the driver's types and ObjectIDs are immutable.
  if ('_bsontype' in value || 'toHexString' in value) return value;
  throw new TypeError('an object of an unknown class');
}
