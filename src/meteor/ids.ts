/**
 * What Meteor knows about the ids of documents: which ones a selector names, and how they go on the wire.
 *
 * Called by `cluster.ts` and the strategies.
 */

import { LocalCollection } from 'meteor/minimongo';
import { Mongo } from 'meteor/mongo';
import { MongoID } from 'meteor/mongo-id';
import { type IdString, isIdString, type TouchedIds } from '../message';
import type { WrittenIds } from '../write-watcher';

/** The ids that a selector names, by the very rule that Meteor applies after a local write; `null`: none. */
export function idsOfSelector(selector: unknown): WrittenIds {
  return LocalCollection._idsMatchedBySelector(selector);
}

/** Ids as they go on the wire; `null`, the whole collection, when one of them is neither string nor ObjectID. */
export function stringifyIds(ids: WrittenIds): TouchedIds {
  if (ids === null) return null;
  const strings: IdString[] = [];
  for (const id of ids) {
    if (typeof id !== 'string' && !(id instanceof Mongo.ObjectID)) return null;
    const text = stringifyId(id);
    if (!isIdString(text)) return null;
    strings.push(text);
  }
  return strings;
}

/** An id as a key, of whatever type it is. */
export function stringifyId(id: unknown): IdString {
  return MongoID.idStringify(id);
}

/** An id as it stands in documents. */
export function parseId(id: IdString): unknown {
  return MongoID.idParse(id);
}

/** Ids as they stand in documents. */
export function parseIds(ids: readonly IdString[]): unknown[] {
  return ids.map(parseId);
}
