/**
 * Values of unknown shape: safe access to arguments, results and errors of the application's writes, and the ids of documents
 * as text. No imports.
 */

/** Returns a property of an object; `undefined` of anything else. */
export function property(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof property(value, 'then') === 'function';
}

/**
 * Returns whether the driver stores of an object exactly its own properties. Of others it does not: it stores the entries of
 * a `Map`, a binary as one value, and what a method `toBSON` returns.
 */
export function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (!isRecord(value) || typeof value.toBSON === 'function') return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/**
 * The id of a document as DDP writes it (Meteor's `MongoID.idStringify`). A string id stands for itself, and an ObjectID is
 * its 24 hex digits. A string that looks like something else has a `-` in front.
 */
export type IdString = string;

/** Returns the text of a string id: one that looks like an ObjectID, or like JSON, gets a `-` in front. */
export function toIdString(id: string): IdString {
  return /^([-~{]|[0-9a-f]{24}$)/.test(id) ? `-${id}` : id;
}

/**
 * Returns whether DDP parses the text as a string or an ObjectID. A leading `~` would be parsed as JSON, into any
 * value the sender likes, and a lone `-` is `undefined`.
 */
export function isIdString(value: unknown): value is IdString {
  return typeof value === 'string' && value !== '' && value !== '-' && !value.startsWith('~');
}
