/**
 * Wraps the write methods of one opened collection and tells which documents each write touched.
 *
 * Called by `cluster.ts` with the object behind `collection._collection`, where writes from methods, allow/deny
 * rules and hook packages all end. The wrapping is transparent: same arguments, `this`, promise and errors; the
 * application's write neither waits for the listener nor fails because of it. Pure: what Meteor and the database know
 * about selectors is handed in.
 */

/** Ids as they stand in documents, unchecked; `null`: any document of the collection may have been touched. */
export type WrittenIds = readonly unknown[] | null;

/** How one write ends; exactly one of the three is called. */
export interface WriteListener {
  /** The database has acknowledged the write. */
  committed(ids: WrittenIds): void;
  /** The write failed in a way that may have left part of it in the database. */
  uncertain(ids: WrittenIds): void;
  /** The write changed nothing. */
  vain(): void;
}

/** Called when a write begins, in the course of the application's call. */
export type WriteBegins = () => WriteListener;

/** The ids a selector names, or `null` when it may match any document. */
export type IdsOfSelector = (selector: unknown) => WrittenIds;

// biome-ignore lint/complexity/noBannedTypes: a method of unknown signature, passed through untouched
type WriteMethod = Function;
export type WritableCollection = Record<string, unknown>;

/** Finds the ids of all documents that a selector matches now; `null`: too many. */
export type FindIds = (selector: object) => Promise<WrittenIds>;

/** What can be known about a selector. */
export interface Selectors {
  readonly named: IdsOfSelector;
  /** Finds what one matches; `undefined`: nobody wants to know. */
  matching?(): FindIds | undefined;
}

interface Mutation {
  /** Touches one document at most, so that a refusal by the server means that nothing was written. */
  isSingle(options: unknown): boolean;
  /** The ids that the arguments name. */
  ids(args: readonly unknown[], idsOf: IdsOfSelector): WrittenIds;
  /** Whether the documents that were written still match the selector afterwards. */
  isMatchKept?(args: readonly unknown[]): boolean;
}

const upsert: Mutation = {
  isSingle: (options) => !property(options, 'multi'),
  ids([selector], idsOf) {
    // An upsert takes over the id of its selector only where that is one plain value; from `$in` and the like
    // the database makes a new one.
    const ids = idsOf(selector);
    return ids?.length === 1 && property(selector, '_id') === ids[0] ? ids : null;
  },
};

const MUTATIONS: Readonly<Record<string, Mutation>> = {
  insertAsync: {
    isSingle: () => true,
    ids([document]) {
      const id = property(document, '_id');
      return id === undefined ? null : [id];
    },
  },
  updateAsync: {
    isSingle: upsert.isSingle,
    ids: (args, idsOf) => (property(args[2], 'upsert') ? upsert.ids(args, idsOf) : idsOf(args[0])),
    isMatchKept,
  },
  upsertAsync: upsert,
  removeAsync: {
    isSingle: () => false,
    ids: ([selector], idsOf) => idsOf(selector),
  },
  dropCollectionAsync: {
    isSingle: () => false,
    ids: () => null,
  },
};

/** @returns puts the methods back as they were found */
export function watchWrites(
  collection: WritableCollection,
  selectors: Selectors,
  begin: WriteBegins,
): () => void {
  const restores = Object.entries(MUTATIONS).map(([name, mutation]) =>
    wrap(collection, name, mutation, selectors, begin),
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
  begin: WriteBegins,
): () => void {
  const original = collection[name];
  // A method this version of Meteor does not have needs no watching.
  if (typeof original !== 'function') return () => {};
  let watching = true;

  function watched(this: unknown, ...args: unknown[]): unknown {
    if (!watching) return (original as WriteMethod).apply(this, args);
    // Read now: the application may reuse the selector or the document as soon as it has the promise.
    const ids = idsNamed(mutation, args, selectors.named);
    const findWritten =
      ids === null && mutation.isMatchKept?.(args) ? findLater(args[0], selectors) : undefined;
    const isSingle = mutation.isSingle(args[2]);
    const listener = begin();
    let written: unknown;
    try {
      written = (original as WriteMethod).apply(this, args);
    } catch (error) {
      listener.vain();
      throw error;
    }
    if (!isThenable(written)) {
      listener.committed(ids);
      return written;
    }
    // The application gets the very promise that Meteor made. Its errors stay the application's: our own branch
    // of it handles them, the application's branch still sees them.
    written.then(
      (result) => {
        const insertedId = property(result, 'insertedId');
        if (insertedId !== undefined) listener.committed([insertedId]);
        else if (touchedNothing(result)) listener.vain();
        else if (findWritten) findWritten(result).then(listener.committed, () => listener.committed(null));
        else listener.committed(ids);
      },
      (error) => {
        if (mayHaveWritten(error, isSingle)) listener.uncertain(ids);
        else listener.vain();
      },
    );
    return written;
  }

  collection[name] = watched;
  return () => {
    watching = false;
    // Somebody may have wrapped the method after us; taking their wrapper away would not leave it as found.
    if (collection[name] === watched) collection[name] = original;
  };
}

/** What is no valid selector is for the application's write to complain about, not for us. */
function idsNamed(mutation: Mutation, args: readonly unknown[], idsOf: IdsOfSelector): WrittenIds {
  try {
    return mutation.ids(args, idsOf);
  } catch {
    return null;
  }
}

/** @returns finds, from the result of the write, what was written; `undefined`: that cannot be told */
function findLater(
  selector: unknown,
  { matching }: Selectors,
): ((result: unknown) => Promise<WrittenIds>) | undefined {
  const findIds = matching?.();
  if (!findIds) return undefined;
  try {
    const kept = copyOf(selector) as object;
    return async (result) => {
      const ids = await findIds(kept);
      const written = typeof result === 'number' ? result : property(result, 'numberAffected');
      // Fewer than were written: somebody who may never announce it has changed the others since.
      return typeof written === 'number' && ids && ids.length >= written ? ids : null;
    };
  } catch {
    return undefined;
  }
}

/**
 * A copy that the application cannot change any more.
 *
 * @throws TypeError for an object that is neither plain nor a value of a type of the database
 */
function copyOf(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || value instanceof RegExp) return value;
  if (value instanceof Date) return new Date(value);
  if (Array.isArray(value)) return value.map(copyOf);
  const prototype = Object.getPrototypeOf(value);
  if (prototype === Object.prototype || prototype === null) {
    return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, copyOf(part)]));
  }
  // Values of the driver's types and ObjectIDs are never changed.
  if ('_bsontype' in value || 'toHexString' in value) return value;
  throw new TypeError('an object of an unknown class');
}

/** Options of an update that have no say in which documents match. */
const OTHER_OPTIONS = ['multi', 'arrayFilters'];

/**
 * Whether an update changes none of the fields that its selector asks for. Who matched it before then matches it
 * afterwards, unless another write has come between, which is announced by itself.
 */
function isMatchKept([selector, modifier, options]: readonly unknown[]): boolean {
  const hasSay = ([name, value]: [string, unknown]) => Boolean(value) && !OTHER_OPTIONS.includes(name);
  if (!isRecord(selector) || !isRecord(modifier) || Object.entries(options ?? {}).some(hasSay)) return false;
  // The empty replacement.
  if (Object.keys(modifier).length === 0) return false;
  const asked = Object.keys(selector).map(topField);
  // Operators such as `$or` and `$where` may ask for anything.
  if (asked.some((field) => field.startsWith('$'))) return false;
  const changed = Object.entries(modifier).flatMap(([operator, fields]) =>
    // Without operators it is a replacement, which changes everything.
    operator.startsWith('$') && isRecord(fields) ? changedFields(operator, fields) : asked,
  );
  return !asked.some((field) => changed.includes(field));
}

function changedFields(operator: string, fields: Readonly<Record<string, unknown>>): string[] {
  const paths =
    operator === '$rename' ? [...Object.keys(fields), ...Object.values(fields)] : Object.keys(fields);
  return paths.map((path) => topField(String(path)));
}

/** @param path such as `comments.$.text` */
function topField(path: string): string {
  return path.replace(/\..*/s, '');
}

/** An update or remove that matched no document: there is nothing to tell. */
function touchedNothing(result: unknown): boolean {
  return result === 0 || property(result, 'numberAffected') === 0;
}

/**
 * The driver's errors (https://mongodb.github.io/node-mongodb-native): a `MongoServerError` is the server's refusal; a
 * write to several documents may have reached some of them before it. Other errors of the driver (the connection, time-outs,
 * write concerns) leave the outcome open. Errors of no driver are Meteor's checks, before anything is sent.
 */
function mayHaveWritten(error: unknown, isSingle: boolean): boolean {
  const name = property(error, 'name');
  if (name === 'MongoServerError') return !isSingle || hasErrorLabels(error);
  return typeof name === 'string' && name.startsWith('Mongo') && name !== 'MongoInvalidArgumentError';
}

/** Labels such as `RetryableWriteError`: the server gave up in the middle (fail-over, shutdown), it did not refuse. */
function hasErrorLabels(error: unknown): boolean {
  const labels = property(error, 'errorLabels');
  return Array.isArray(labels) && labels.length > 0;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function property(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof property(value, 'then') === 'function';
}
