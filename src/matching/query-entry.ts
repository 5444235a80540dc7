/**
 * How a live query is indexed: its cover, and the fields that decide about its result.
 *
 * Used by the query index. No Meteor or Redis imports.
 */

import type { CoverFields } from './dependents';
import { type Cover, isWeak } from './path-condition';
import { conditionsOf, topField } from './selector-conditions';
import { windowCover } from './window';

/** The properties of a live query that the index needs. */
export interface QueryShape {
  readonly selector: unknown;
  readonly sort: unknown;
  readonly hasLimit: boolean;
  /** By which rules strings are compared; `undefined`: by their bytes. */
  readonly collation: unknown;
}

export interface QueryEntry {
  readonly shape: QueryShape;
  /** Conditions of which a document of its result fulfils at least one. */
  readonly cover: Cover;
  readonly coverFields: CoverFields;
  /** The fields that decide whether a document belongs to its result. */
  readonly fields: ReadonlySet<string> | 'any';
}

export function entryOf(shape: QueryShape): QueryEntry {
  const { selector, sort, hasLimit, collation } = shape;
  const { fields, cover } = conditionsOf(selector, collation !== undefined);
  const coverFields = fieldsOfCover(cover);
  if (fields === 'any' || !hasLimit) return { shape, cover, coverFields, fields };
  // A matching document outside the window can move into it.
  const sortFields = fieldsOfSort(sort);
  return {
    shape,
    cover,
    coverFields,
    fields: sortFields === 'any' ? 'any' : new Set([...fields, ...sortFields]),
  };
}

/**
 * Returns how a live query is indexed while its window is known.
 *
 * @param last the last document that its driver holds, where the driver knows that more exist
 */
export function entryWithin(entry: QueryEntry, last: object): QueryEntry {
  const cover = isWeak(entry.cover) ? windowCover(entry.shape, entry.cover, last) : undefined;
  return cover ? { ...entry, cover, coverFields: fieldsOfCover(cover) } : entry;
}

function fieldsOfCover(cover: Cover): CoverFields {
  return cover && [...new Set(cover.map(({ path: [field = ''] }) => field))].sort();
}

/** Sorts are `{a: 1}`, `[['a', 'asc']]` or `['a', …]`; others are not taken apart. */
function fieldsOfSort(sort: unknown): readonly string[] | 'any' {
  if (typeof sort === 'object' && sort !== null && !Array.isArray(sort))
    return Object.keys(sort).map(topField);
  if (!Array.isArray(sort)) return 'any';
  const names = sort.map((part: unknown) => (Array.isArray(part) ? part[0] : part));
  return names.every((name) => typeof name === 'string') ? names.map(topField) : 'any';
}
