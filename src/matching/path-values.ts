/**
 * The values that a path reaches below an array, as Meteor's matcher walks it.
 *
 * Used by the tree of paths, which walks objects itself. One-sided: may return values that the matcher does not look at. No
 * Meteor or Redis imports.
 */

import { isPlainObject } from '../base/values';
import { isScalar } from './value-key';

/**
 * Returns the values at a path below an array.
 *
 * A numeric segment is an index, and each element that is an object is walked too. A value of an unknown class on the way
 * stands for what may be below it.
 *
 * @param path at least one segment
 */
export function valuesBelow(array: readonly unknown[], path: readonly string[]): unknown[] {
  const values: unknown[] = [];
  walkArray(array, path, 0, values);
  return values;
}

function walkArray(
  array: readonly unknown[],
  path: readonly string[],
  from: number,
  values: unknown[],
): void {
  const segment = path[from] ?? '';
  if (/^[0-9]+$/.test(segment) && Number(segment) < array.length)
    walk(Reflect.get(array, segment), path, from + 1, values);
  for (const element of array) {
    if (isPlainObject(element)) walk(element[segment], path, from + 1, values);
    // Scalars and arrays are not walked.
    else if (!isScalar(element) && !Array.isArray(element)) values.push(element);
  }
}

function walk(value: unknown, path: readonly string[], from: number, values: unknown[]): void {
  if (from === path.length) values.push(value);
  else if (Array.isArray(value)) walkArray(value, path, from, values);
  else if (isPlainObject(value)) walk(value[path[from] ?? ''], path, from + 1, values);
  else values.push(isScalar(value) ? undefined : value);
}
