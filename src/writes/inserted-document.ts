/**
 * An inserted document as the database stores it, where its values show that.
 *
 * Called by `write-watcher.ts`. One-sided: where Meteor, the driver or the database may store another value, nothing is said.
 * No Meteor or Redis imports.
 */

import { isPlainObject } from '../base/values';

type Fields = Readonly<Record<string, unknown>>;

/** Half of a character, which the driver replaces. */
const LONE_SURROGATE = /\p{Surrogate}/u;
/** Names that Meteor, the driver or an assignment takes for something else, or that not every database allows. */
const SPECIAL_NAME = /^(?:\$|EJSON|__proto__$|_bsontype$)|[.\0]/;

/** Returns a deep copy of a document with an id; `undefined` when something else may be stored. */
export function storedDocument(document: unknown): Fields | undefined {
  return isPlainObject(document) && typeof document._id === 'string' ? copyOfObject(document) : undefined;
}

/** Returns `undefined` for a value that may be stored as another one. */
function copyOf(value: unknown): unknown {
  switch (typeof value) {
    case 'string':
      return LONE_SURROGATE.test(value) ? undefined : value;
    case 'boolean':
      return value;
    case 'number':
      // Some databases store 0 for -0.
      return Number.isFinite(value) && !Object.is(value, -0) ? value : undefined;
    case 'object':
      return copyOfPart(value);
    default:
      return undefined;
  }
}

function copyOfPart(value: object | null): unknown {
  if (value === null) return null;
  if (Array.isArray(value)) return complete(Array.from(value, copyOf));
  if (isPlainObject(value)) return copyOfObject(value);
  const isDate = Object.getPrototypeOf(value) === Date.prototype;
  return isDate && Number.isFinite(Number(value)) ? new Date(Number(value)) : undefined;
}

function copyOfObject(value: Fields): Fields | undefined {
  const names = Object.keys(value);
  if (names.some((name) => SPECIAL_NAME.test(name))) return undefined;
  const parts = complete(names.map((name) => copyOf(value[name])));
  return parts && Object.fromEntries(names.map((name, n) => [name, parts[n]]));
}

function complete(parts: unknown[]): unknown[] | undefined {
  return parts.includes(undefined) ? undefined : parts;
}
