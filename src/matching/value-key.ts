/**
 * Scalar values as keys: two values have the same key if and only if they are equal in MongoDB's sense.
 *
 * Used by selectors, documents and hints alike, so that they can be compared. No Meteor or Redis imports.
 */

/** A scalar value as text, with its type in front. */
export type ValueKey = string;

/** The key of `null`, and of a missing field, which equals it. */
export const NULL_KEY: ValueKey = 'null';

/**
 * Returns the key of a scalar: string, finite number, boolean, `null`, date or ObjectID.
 *
 * @returns `undefined` for any other value: it may be equal to anything
 */
export function keyOf(value: unknown): ValueKey | undefined {
  switch (typeof value) {
    case 'string':
      return `s${value}`;
    case 'number':
      // `-0` is written as `0`.
      return Number.isFinite(value) ? `n${value}` : undefined;
    case 'boolean':
      return `b${value}`;
    case 'undefined':
      return NULL_KEY;
    case 'object':
      return keyOfObject(value);
    default:
      return undefined;
  }
}

/** Returns whether a key is that of a string. */
export function isStringKey(key: ValueKey): boolean {
  return key.startsWith('s');
}

/** The keys by which a field of a document can equal a scalar. */
export interface FieldKeys {
  readonly keys: readonly ValueKey[];
  /** Whether it can equal scalars that have none of the keys. */
  readonly isOpen: boolean;
}

/** Returns the keys of a field: an array equals a scalar by any of its elements. */
export function keysOfField(value: unknown): FieldKeys {
  const elements: readonly unknown[] = Array.isArray(value) ? value : [value];
  const keys = elements.map(keyOf).filter((key) => key !== undefined);
  // A plain object or an array in an array equals no scalar; a value of an unknown class may.
  const isOpen = elements.some((element) => keyOf(element) === undefined && !isPlain(element));
  return { keys, isOpen };
}

function keyOfObject(value: object | null): ValueKey | undefined {
  if (value === null) return NULL_KEY;
  // The driver stores what this method returns.
  if ('toBSON' in value) return undefined;
  if (value instanceof Date) {
    const time = value.getTime();
    return Number.isNaN(time) ? undefined : `d${time}`;
  }
  if ('toHexString' in value && typeof value.toHexString === 'function') return `o${value.toHexString()}`;
  return undefined;
}

function isPlain(value: unknown): boolean {
  if (Array.isArray(value)) return true;
  if (typeof value !== 'object' || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
