/**
 * What Meteor knows about the ids of documents: which ones a selector names, and how they are written in messages.
 *
 * Called by `cluster.ts`, the strategies and the rest of this folder.
 */

import { LocalCollection } from 'meteor/minimongo';
import { MongoID } from 'meteor/mongo-id';
import { type IdString, isIdString } from '../base/id-string';
import type { ChangedIds } from '../changes/change';
import type { WrittenIds } from '../writes/mutations';

/** Returns the ids that a selector names, by the same rule as Meteor after a local write; `'all'` when it names none. */
export function idsOfSelector(selector: unknown): WrittenIds {
  return LocalCollection._idsMatchedBySelector(selector) ?? 'all';
}

/**
 * Returns ids for a message; `'all'` when one of them is neither a string nor an ObjectID. Both kinds of ObjectID are
 * allowed: `Mongo.ObjectID`, and that of the `mongodb` driver, which `rawCollection()` returns.
 */
export function stringifyIds(ids: WrittenIds): ChangedIds {
  if (ids === 'all') return 'all';
  const strings: IdString[] = [];
  for (const id of ids) {
    const text = typeof id === 'string' ? stringifyId(id) : hexOf(id);
    if (!isIdString(text)) return 'all';
    strings.push(text);
  }
  return strings;
}

/** The driver's `UUID` has the method too, with other digits. */
function hexOf(id: unknown): string | undefined {
  if (typeof id !== 'object' || id === null || !('toHexString' in id)) return undefined;
  const hex: unknown = typeof id.toHexString === 'function' ? id.toHexString() : undefined;
  return typeof hex === 'string' && /^[0-9a-f]{24}$/.test(hex) ? hex : undefined;
}

/** Returns an id, of any type, as a key. */
export function stringifyId(id: unknown): IdString {
  return MongoID.idStringify(id);
}

/** Returns an id as it stands in documents. */
export function parseId(id: IdString): unknown {
  return MongoID.idParse(id);
}

/** Returns ids as they stand in documents. */
export function parseIds(ids: readonly IdString[]): unknown[] {
  return ids.map(parseId);
}
