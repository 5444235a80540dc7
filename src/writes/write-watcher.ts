/**
 * Wraps the write methods of one opened collection and reports which documents each write changed.
 *
 * Called by `cluster.ts` with the object behind `collection._collection`, where writes from methods, allow/deny
 * rules and hook packages all end. The wrapping is transparent: same arguments, `this`, promise and errors; the
 * application's write neither waits for the listener nor fails because of it. No Meteor or Redis imports.
 */

import { type IdsOfSelector, MUTATIONS, type Mutation, type WrittenIds } from './mutations';
import { copySelector } from './selector-copy';
import { isThenable, property } from './values';
import { outcomeOfError, outcomeOfResult, type WriteOutcome } from './write-outcome';

/** Called once, when a write has ended. The ids of an `unchanged` write mean nothing. */
export type OnWriteEnd = (outcome: WriteOutcome, ids: WrittenIds) => void;

/** Called when a write begins, within the application's call. */
export type OnWriteBegin = () => OnWriteEnd;

// biome-ignore lint/complexity/noBannedTypes: a method of unknown signature, passed through untouched
type WriteMethod = Function;
export type WritableCollection = Record<string, unknown>;

/** Finds the ids of all documents that a selector matches now; `'all'`: too many. */
export type FindIds = (selector: object) => Promise<WrittenIds>;

/** What can be known about a selector. */
export interface Selectors {
  /** Returns the ids that a selector names. */
  readonly idsOf: IdsOfSelector;
  /** Returns the function that finds matching ids; `undefined` when ids would not help. */
  finder?(): FindIds | undefined;
}

/**
 * Starts watching.
 *
 * @returns stops watching and puts the methods back as they were found
 */
export function watchWrites(
  collection: WritableCollection,
  selectors: Selectors,
  onBegin: OnWriteBegin,
): () => void {
  const restores = Object.entries(MUTATIONS).map(([name, mutation]) =>
    wrap(collection, name, mutation, selectors, onBegin),
  );
  return () => {
    for (const restore of restores) restore();
  };
}

function wrap(
  collection: WritableCollection,
  name: string,
  mutation: Mutation,
  selectors: Selectors,
  onBegin: OnWriteBegin,
): () => void {
  const original = collection[name];
  // A method that this version of Meteor does not have needs no watching.
  if (typeof original !== 'function') return () => {};
  let isWatching = true;

  function watched(this: unknown, ...args: unknown[]): unknown {
    if (!isWatching) return (original as WriteMethod).apply(this, args);
    // Read now: the application may reuse the selector or the document as soon as it has the promise.
    const ids = namedIds(mutation, args, selectors.idsOf);
    const findWritten =
      ids === 'all' && mutation.keepsMatching?.(args) ? prepareFind(args[0], selectors) : undefined;
    const isSingle = mutation.isSingle(args[2]);
    const onEnd = onBegin();
    let written: unknown;
    try {
      written = (original as WriteMethod).apply(this, args);
    } catch (error) {
      onEnd('unchanged', ids);
      throw error;
    }
    if (!isThenable(written)) {
      onEnd('committed', ids);
      return written;
    }
    // The application gets the very promise that Meteor returned. Our branch of it handles our own errors; the
    // application's branch still rejects.
    written.then(
      (result) => {
        const insertedId = property(result, 'insertedId');
        const outcome = insertedId === undefined ? outcomeOfResult(result) : 'committed';
        if (insertedId !== undefined) onEnd(outcome, [insertedId]);
        else if (outcome === 'unchanged' || !findWritten) onEnd(outcome, ids);
        else {
          findWritten(result).then(
            (found) => onEnd(outcome, found),
            () => onEnd(outcome, 'all'),
          );
        }
      },
      (error) => onEnd(outcomeOfError(error, isSingle), ids),
    );
    return written;
  }

  collection[name] = watched;
  return () => {
    isWatching = false;
    // Another package may have wrapped the method after us; removing its wrapper would not restore what was found.
    if (collection[name] === watched) collection[name] = original;
  };
}

/** An invalid selector is for the application's write to reject, not for us. */
function namedIds(mutation: Mutation, args: readonly unknown[], idsOf: IdsOfSelector): WrittenIds {
  try {
    return mutation.ids(args, idsOf);
  } catch {
    return 'all';
  }
}

/**
 * Prepares to find, from the result of the write, what was written.
 *
 * @returns `undefined` when that cannot be found
 */
function prepareFind(
  selector: unknown,
  { finder }: Selectors,
): ((result: unknown) => Promise<WrittenIds>) | undefined {
  const findIds = finder?.();
  if (!findIds) return undefined;
  try {
    const copy = copySelector(selector) as object;
    return async (result) => {
      const ids = await findIds(copy);
      const written = typeof result === 'number' ? result : property(result, 'numberAffected');
      // With fewer than were written, another write has changed the others since, and may never be published.
      return typeof written === 'number' && ids !== 'all' && ids.length >= written ? ids : 'all';
    };
  } catch {
    return undefined;
  }
}
