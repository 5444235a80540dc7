/**
 * Which fields an update changes and its selector depends on.
 *
 * Called by the mutation table. No Meteor or Redis imports.
 */

import { isPlainObject } from '../base/property';
import { topField } from '../matching/selector-conditions';

/** Options of an update that do not affect which documents match. */
const NEUTRAL_OPTIONS = ['multi', 'arrayFilters'];

/**
 * Returns whether an update changes none of the fields that its selector depends on. A document that matched before the
 * update then matches after it, unless another write has come between, which is a change of its own.
 */
export function keepsMatching([selector, modifier, options = {}]: readonly unknown[]): boolean {
  const affectsMatch = ([name, value]: [string, unknown]) =>
    Boolean(value) && !NEUTRAL_OPTIONS.includes(name);
  if (!isPlainObject(selector) || !isPlainObject(modifier) || !isPlainObject(options)) return false;
  if (Object.entries(options).some(affectsMatch)) return false;
  const changed = changedFields(modifier);
  if (changed === 'any') return false;
  // Operators such as `$or` and `$where` may depend on any field.
  return Object.keys(selector).every((name) => !name.startsWith('$') && !changed.includes(topField(name)));
}

/** Returns `'any'` for a replacement: it changes every field. */
function changedFields(modifier: Readonly<Record<string, unknown>>): readonly string[] | 'any' {
  const operators = Object.entries(modifier);
  // An empty modifier is the empty replacement.
  if (operators.length === 0) return 'any';
  const paths: unknown[] = [];
  for (const [operator, changes] of operators) {
    if (!operator.startsWith('$') || !isPlainObject(changes)) return 'any';
    paths.push(...Object.keys(changes));
    if (operator === '$rename') paths.push(...Object.values(changes));
  }
  return paths.every((path) => typeof path === 'string') ? paths.map(topField) : 'any';
}
