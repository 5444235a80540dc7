/**
 * Which fields of a document a driver knows, by its projection.
 *
 * Used by `fed-query.ts`. No Meteor or Redis imports.
 */

import { topField } from '../../matching/selector-conditions';
import type { Projection } from './projections';

/** Returns whether a driver may know some of the fields, or parts of them. */
export function showsSome(projection: Projection | undefined, fields: Iterable<string>): boolean {
  if (!isInclusion(projection)) return true;
  const shown = new Set(Object.keys(projection).map(topField));
  return [...fields].some((field) => shown.has(field));
}

/** Returns whether a driver knows the whole of a field. */
export function showsWhole(projection: Projection | undefined, field: string): boolean {
  if (field === '_id') return true;
  if (isInclusion(projection)) return Object.hasOwn(projection, field);
  return !Object.keys(projection ?? {}).some((path) => topField(path) === field);
}

/** Whether `_id` is shown says nothing of the others. An empty projection excludes nothing. */
function isInclusion(projection: Projection | undefined): projection is Projection {
  const { _id, ...others } = projection ?? {};
  const values = Object.values(others);
  return (values.length > 0 ? values : [_id]).every((value) => value === 1 || value === true);
}
