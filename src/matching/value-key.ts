/**
 * Scalar values as keys: two values have the same key if and only if they are equal in MongoDB's sense.
 *
 * Used by selectors, documents and hints alike, so that they can be compared. No Meteor or Redis imports.
 */

import { isPlainObject } from '../base/values';

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

/** Returns whether a key is that of a boolean or `null`: many documents have the same. */
export function isFlagKey(key: ValueKey): boolean {
  return key === NULL_KEY || key.startsWith('b');
}

/** Returns whether a value is a scalar, a missing one included. */
export function isScalar(value: unknown): boolean {
  return keyOf(value) !== undefined;
}

/** Returns whether a value that is no array can equal scalars of other keys, and lie in any range. */
export function isOpenValue(value: unknown): boolean {
  return !isScalar(value) && !equalsNoScalar(value);
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

/** A value of an unknown class may equal a scalar. Meteor's matcher takes `{}` for equal to every date. */
function equalsNoScalar(value: unknown): boolean {
  if (Array.isArray(value)) return true;
  return isPlainObject(value) && Object.keys(value).length > 0;
}
