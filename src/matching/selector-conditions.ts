/**
 * The necessary conditions of a selector: the fields it depends on, and the scalars that some fields must equal.
 *
 * Used by the query index. One-sided: a condition is returned only if every matching document fulfils it. No Meteor or
 * Redis imports.
 */

import { isPlainObject } from '../base/values';
import { isStringKey, keyOf, type ValueKey } from './value-key';

export interface SelectorConditions {
  /** The top-level fields that decide whether a document matches; `'any'`: they are unknown. */
  readonly fields: ReadonlySet<string> | 'any';
  /** For each of these top-level fields, the keys of which a matching document must have one. */
  readonly equalities: ReadonlyMap<string, readonly ValueKey[]>;
}

const NOTHING_KNOWN: SelectorConditions = { fields: 'any', equalities: new Map() };
const LOGICAL = ['$and', '$or', '$nor'];

/**
 * Returns the conditions of a selector.
 *
 * @param isCollated whether a collation compares strings: one may then equal others
 */
export function conditionsOf(selector: unknown, isCollated = false): SelectorConditions {
  if (!isPlainObject(selector)) return NOTHING_KNOWN;
  const fields = new Set<string>();
  const equalities = new Map<string, readonly ValueKey[]>();
  for (const [name, condition] of Object.entries(selector)) {
    if (LOGICAL.includes(name)) {
      const parts = Array.isArray(condition)
        ? condition.map((part) => conditionsOf(part, isCollated))
        : [NOTHING_KNOWN];
      if (!addFields(fields, parts)) return NOTHING_KNOWN;
      if (name === '$and') {
        for (const part of parts) for (const [field, keys] of part.equalities) equalities.set(field, keys);
      }
    } else if (name.startsWith('$')) {
      // `$where`, `$expr`, `$text`, …
      return NOTHING_KNOWN;
    } else {
      fields.add(topField(name));
      const keys = name.includes('.') ? undefined : equalityKeys(condition);
      if (keys && !(isCollated && keys.some(isStringKey))) equalities.set(name, keys);
    }
  }
  return { fields, equalities };
}

/** Returns the top-level field of a path such as `comments.0.text`. */
export function topField(path: string): string {
  const dot = path.indexOf('.');
  return dot === -1 ? path : path.slice(0, dot);
}

function addFields(fields: Set<string>, parts: readonly SelectorConditions[]): boolean {
  for (const part of parts) {
    if (part.fields === 'any') return false;
    for (const field of part.fields) fields.add(field);
  }
  return true;
}

/** Returns the keys that a condition demands: of a scalar, `$eq` or `$in`, also beside other operators. */
function equalityKeys(condition: unknown): readonly ValueKey[] | undefined {
  if (!isOperators(condition)) return scalarKeys([condition]);
  if ('$eq' in condition) return scalarKeys([condition.$eq]);
  return Array.isArray(condition.$in) ? scalarKeys(condition.$in) : undefined;
}

function isOperators(condition: unknown): condition is Readonly<Record<string, unknown>> {
  return isPlainObject(condition) && Object.keys(condition).some((name) => name.startsWith('$'));
}

function scalarKeys(values: readonly unknown[]): readonly ValueKey[] | undefined {
  // Drivers differ in what `undefined` in a selector means.
  if (values.includes(undefined)) return undefined;
  const keys = values.map(keyOf);
  return keys.every((key) => key !== undefined) ? keys : undefined;
}
