/**
 * Stands in for `meteor/minimongo`: which ids a selector names.
 *
 * Called by Cluster's `src/meteor/ids.ts` and by `mongo.ts`. Touches nothing.
 */

import { ObjectID } from '../object-id';

function isId(value: unknown): boolean {
  return typeof value === 'string' || typeof value === 'number' || value instanceof ObjectID;
}

export const LocalCollection = {
  /** Returns the ids that a selector names, or `null` when it names none. As in Meteor, which the library is not. */
  _idsMatchedBySelector(selector: unknown): unknown[] | null {
    if (isId(selector)) return [selector];
    if (typeof selector !== 'object' || selector === null) return null;
    const { _id: id, $and: clauses } = selector as { _id?: unknown; $and?: unknown };
    if ('_id' in selector) {
      if (isId(id)) return [id];
      const { $in: ids } = (id ?? {}) as { $in?: unknown };
      return Array.isArray(ids) && ids.length > 0 && ids.every(isId) ? ids : null;
    }
    if (!Array.isArray(clauses)) return null;
    return clauses.map(LocalCollection._idsMatchedBySelector).find((ids) => ids !== null) ?? null;
  },
};
