/**
 * Which fields an update changes and its selector depends on.
 *
 * Called by the mutation table. No Meteor or Redis imports.
 */

import { topField } from '../matching/selector-conditions';
import { isRecord } from '../values/property';

/** Options of an update that do not affect which documents match. */
const NEUTRAL_OPTIONS = ['multi', 'arrayFilters'];

/**
 * Returns whether an update changes none of the fields that its selector depends on. A document that matched before the
 * update then matches after it, unless another write has come between, which is a change of its own.
 */
export function keepsMatching([selector, modifier, options]: readonly unknown[]): boolean {
  const affectsMatch = ([name, value]: [string, unknown]) =>
    Boolean(value) && !NEUTRAL_OPTIONS.includes(name);
  if (!isRecord(selector) || !isRecord(modifier) || Object.entries(options ?? {}).some(affectsMatch)) {
    return false;
  }
  // The empty replacement.
  if (Object.keys(modifier).length === 0) return false;
  const selected = Object.keys(selector).map(topField);
  // Operators such as `$or` and `$where` may depend on any field.
  if (selected.some((field) => field.startsWith('$'))) return false;
  const changed = Object.entries(modifier).flatMap(([operator, fields]) =>
    // Without operators it is a replacement, which changes every field.
    operator.startsWith('$') && isRecord(fields) ? changedFields(operator, fields) : selected,
  );
  return !selected.some((field) => changed.includes(field));
}

function changedFields(operator: string, fields: Readonly<Record<string, unknown>>): string[] {
  const paths =
    operator === '$rename' ? [...Object.keys(fields), ...Object.values(fields)] : Object.keys(fields);
  return paths.map((path) => topField(String(path)));
}
