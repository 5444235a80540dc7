/**
 * Conditions on one path that the index understands, and the cover that a condition of a selector gives.
 *
 * Used by the conditions of selectors. One-sided: a matching document fulfils at least one condition of a cover. Negations
 * give none: `$not`, `$nin` and `$ne` exclude few documents. No Meteor or Redis imports.
 */

import { isPlainObject, property } from '../base/values';
import { type Range, rangeOfComparisons, rangeOfPattern } from './range';
import { isFlagKey, isStringKey, keyOf, NULL_KEY, type ValueKey } from './value-key';

/** A value at the path has one of the keys, or lies in one of the ranges, or is present. */
export interface PathCondition {
  readonly path: readonly string[];
  readonly keys: readonly ValueKey[];
  readonly ranges: readonly Range[];
  readonly isPresent: boolean;
  /** Of a window: only a single value of this type outside the range has a place behind it. */
  readonly order?: Range;
}

/** Conditions of which a matching document fulfils at least one; `undefined`: none is known. */
export type Cover = readonly PathCondition[] | undefined;

/** How selectors are read. */
export interface Reading {
  /** Whether a collation compares strings: one may then equal others. */
  readonly isCollated: boolean;
  /** Returns the cover of a selector of elements below a path. */
  coverOfElements(path: string, selector: unknown): Cover;
}

/**
 * How many documents a condition lets through, as a number of equalities: a guess by its form alone. Many documents have the
 * same flag, and a range may be narrow.
 */
const WEIGHTS = { key: 1, range: 1000, flag: 5000, halfRange: 10_000, present: 20_000 };
const LOGICAL = ['$and', '$or', '$nor'];

/** Returns the cover that excludes the most documents. */
export function lightest(covers: readonly Cover[]): Cover {
  let best: Cover;
  for (const cover of covers) if (cover && (!best || weightOf(cover) < weightOf(best))) best = cover;
  return best;
}

/** Returns the conditions of which one is enough; `undefined` when a part has none. */
export function union(covers: readonly Cover[]): Cover {
  const known = covers.filter((cover) => cover !== undefined);
  return known.length === covers.length ? known.flat() : undefined;
}

/** Returns the cover of a condition on a path of a selector. */
export function coverOf(path: string, condition: unknown, reading: Reading): Cover {
  const segments = path.split('.');
  // The matcher also finds what objects inherit.
  if (segments.some((segment) => segment in {})) return undefined;
  const at: Place = { path, segments, reading };
  if (condition instanceof RegExp) return ofPattern(at, condition.source, condition.flags);
  if (!isOperators(condition)) return ofValue(at, condition);
  return lightest([
    ofComparisons(at, condition),
    ...Object.entries(condition).map(([name, operand]) => OPERATORS.get(name)?.(at, operand, condition)),
  ]);
}

interface Place {
  readonly path: string;
  readonly segments: readonly string[];
  readonly reading: Reading;
}

type OperatorCover = (at: Place, operand: unknown, beside: Readonly<Record<string, unknown>>) => Cover;

const OPERATORS: ReadonlyMap<string, OperatorCover> = new Map<string, OperatorCover>([
  ['$eq', ofValue],
  ['$in', (at, values) => (Array.isArray(values) ? ofAny(at, values) : undefined)],
  ['$all', (at, values) => (Array.isArray(values) ? ofAll(at, values) : undefined)],
  ['$regex', (at, pattern, { $options }) => ofRegex(at, pattern, $options)],
  ['$exists', ofExists],
  // A nested path has no value below an array without objects, which is not `null`.
  ['$ne', (at, value) => (value === null && at.segments.length === 1 ? ofPresence(at) : undefined)],
  ['$elemMatch', ofElement],
]);

function isOperators(condition: unknown): condition is Readonly<Record<string, unknown>> {
  return isPlainObject(condition) && Object.keys(condition).some((name) => name.startsWith('$'));
}

function ofValue(at: Place, value: unknown): Cover {
  // Drivers differ in what `undefined` in a selector means.
  const key = value === undefined ? undefined : keyOf(value);
  if (key === undefined || (at.reading.isCollated && isStringKey(key))) return undefined;
  return [{ path: at.segments, keys: [key], ranges: [], isPresent: false }];
}

/** A pattern among values is one. */
function ofOption(at: Place, value: unknown): Cover {
  return value instanceof RegExp ? ofPattern(at, value.source, value.flags) : ofValue(at, value);
}

function ofAny(at: Place, values: readonly unknown[]): Cover {
  const conditions = union(values.map((value) => ofOption(at, value)));
  // An empty `$in` allows nothing.
  if (!conditions || conditions.length === 0) return conditions;
  const keys = [...new Set(conditions.flatMap((condition) => condition.keys))];
  const ranges = conditions.flatMap((condition) => condition.ranges);
  return [{ path: at.segments, keys, ranges, isPresent: false }];
}

function ofAll(at: Place, values: readonly unknown[]): Cover {
  return lightest(values.map((value) => ofOption(at, value)));
}

function ofElement(at: Place, operand: unknown): Cover {
  const isOfValues = isOperators(operand) && !LOGICAL.some((name) => name in operand);
  if (!isOfValues) return at.reading.coverOfElements(at.path, operand);
  // Elements of elements are no values of the path.
  return '$elemMatch' in operand ? undefined : coverOf(at.path, operand, at.reading);
}

function ofRegex(at: Place, pattern: unknown, options: unknown): Cover {
  const source = property(pattern, 'source') ?? pattern;
  const flags = options ?? property(pattern, 'flags') ?? '';
  return typeof source === 'string' && typeof flags === 'string' ? ofPattern(at, source, flags) : undefined;
}

function ofExists(at: Place, isPresent: unknown): Cover {
  if (isPresent === undefined) return undefined;
  return isPresent ? ofPresence(at) : ofMissing(at);
}

function ofPattern(at: Place, source: string, flags: string): Cover {
  return at.reading.isCollated ? undefined : ofRange(at, rangeOfPattern(source, flags));
}

function ofComparisons(at: Place, operators: Readonly<Record<string, unknown>>): Cover {
  const range = rangeOfComparisons(operators);
  return at.reading.isCollated && range?.bracket === 'string' ? undefined : ofRange(at, range);
}

function ofRange(at: Place, range: Range | undefined): Cover {
  return range && [{ path: at.segments, keys: [], ranges: [range], isPresent: false }];
}

function ofPresence(at: Place): Cover {
  return [{ path: at.segments, keys: [], ranges: [], isPresent: true }];
}

/** Of a nested path, a value is also missing below an array without objects. */
function ofMissing(at: Place): Cover {
  if (at.segments.length > 1) return undefined;
  return [{ path: at.segments, keys: [NULL_KEY], ranges: [], isPresent: false }];
}

/** Returns whether a window may exclude more documents than a cover. */
export function isWeak(cover: Cover): boolean {
  return !cover || weightOf(cover) >= WEIGHTS.halfRange;
}

function weightOf(cover: readonly PathCondition[]): number {
  let weight = 0;
  for (const { keys, ranges, isPresent } of cover) {
    for (const key of keys) weight += isFlagKey(key) ? WEIGHTS.flag : WEIGHTS.key;
    for (const { low, high } of ranges)
      weight += low === undefined || high === undefined ? WEIGHTS.halfRange : WEIGHTS.range;
    if (isPresent) weight += WEIGHTS.present;
  }
  return weight;
}
