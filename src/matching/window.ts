/**
 * The window of a live query with a limit: which documents outside it can enter.
 *
 * Used by the query index when a live query has become STEADY. The observe driver then holds the first documents by the sort,
 * and may know that more exist. A document that sorts after the last one that it holds changes nothing. `docs/architecture.md`
 * has the argument. No Meteor or Redis imports.
 */

import { isPlainObject } from '../base/values';
import type { Cover, PathCondition } from './path-condition';
import { bracketOf, pointOf, type Range } from './range';

/** The part of a live query's description that orders documents. */
interface Order {
  readonly sort: unknown;
  readonly collation: unknown;
}

interface FirstKey {
  readonly path: readonly string[];
  readonly isAscending: boolean;
}

/**
 * Returns the condition that a document fulfils if it sorts before the last one, or like it, by the first key of the sort.
 * A range that the selector's own cover asks of the same path narrows it.
 *
 * @param last the last document that the driver holds
 * @returns `undefined`: any document may
 */
export function windowCover({ sort, collation }: Order, cover: Cover, last: object): Cover {
  const key = firstKeyOf(sort);
  // By a collation strings have another order.
  if (!key || collation !== undefined) return undefined;
  const value = valueAt(last, key.path);
  const bracket = bracketOf(value);
  const point = pointOf(value);
  if (!bracket || point === undefined) return undefined;
  const window: Range = key.isAscending
    ? { bracket, low: undefined, high: point }
    : { bracket, low: point, high: undefined };
  return [
    { path: key.path, keys: [], ranges: [], isPresent: false, order: narrowed(window, key.path, cover) },
  ];
}

/** Takes the ends that the window leaves open from the only condition of a cover, if that is a range of the same values. */
function narrowed(window: Range, path: readonly string[], cover: Cover): Range {
  const own = cover?.length === 1 ? rangeAt(cover[0], path) : undefined;
  if (own?.bracket !== window.bracket) return window;
  return { bracket: window.bracket, low: window.low ?? own.low, high: window.high ?? own.high };
}

function rangeAt(condition: PathCondition | undefined, path: readonly string[]): Range | undefined {
  if (condition?.keys.length !== 0 || condition.ranges.length !== 1 || condition.isPresent) return undefined;
  return condition.path.join('.') === path.join('.') ? condition.ranges[0] : undefined;
}

/** Only `{a: 1}` and `[['a', 'asc']]`: these mean the same to every driver. */
function firstKeyOf(sort: unknown): FirstKey | undefined {
  const isList = Array.isArray(sort);
  const first: unknown = isList ? sort[0] : isPlainObject(sort) ? Object.entries(sort)[0] : undefined;
  const [name, direction]: unknown[] = Array.isArray(first) ? first : [];
  const isAscending = direction === (isList ? 'asc' : 1);
  if (typeof name !== 'string' || !(isAscending || direction === (isList ? 'desc' : -1))) return undefined;
  const path = name.split('.');
  return path.some((segment) => segment in {}) ? undefined : { path, isAscending };
}

/** Returns the value at a path that leads through objects only. */
function valueAt(object: unknown, path: readonly string[]): unknown {
  let value = object;
  for (const segment of path) value = isPlainObject(value) ? value[segment] : undefined;
  return value;
}
