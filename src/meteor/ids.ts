/**
 * The ids of documents: which ones a selector names, which ones are given to `touch`, and how they are written in messages.
 *
 * Called by `cluster.ts`, the strategies and the rest of this folder.
 */

import { LocalCollection } from 'meteor/minimongo';
import { MongoID } from 'meteor/mongo-id';
import { type IdString, isIdString, isPlainObject } from '../base/values';
import type { ChangedIds } from '../changes/change';
import { kindOf, quoted } from '../config/config-error';
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

/** The id of a document: a string or an ObjectID. */
export type DocumentId = string | { toHexString(): string };

/** The documents given to `touch`: one id, several, or what the driver's `insertMany` returns as `insertedIds`. */
export type TouchedIds = DocumentId | readonly DocumentId[] | Readonly<Record<number, DocumentId>>;

/** Returns the ids given to `touch`; `'all'` when none are given. @throws Error that names what came instead of ids */
export function idsToTouch(ids: TouchedIds | undefined): ChangedIds {
  if (ids === undefined) return 'all';
  const list: readonly unknown[] = Array.isArray(ids) ? ids : isInsertedIds(ids) ? Object.values(ids) : [ids];
  const texts = stringifyIds(list);
  if (texts !== 'all') return texts;
  const refused = list.find((id) => stringifyIds([id]) === 'all');
  throw new Error(
    "Cluster: touch() takes an id, which is a string or an ObjectID, an array of ids, or the driver's insertedIds; got " +
      (refused === ids ? described(ids) : `${collectionOf(ids)} that contains ${described(refused)}`),
  );
}

/** The driver returns ids by the number of their insert: `{ 0: id, 1: id }`. */
function isInsertedIds(ids: unknown): ids is Readonly<Record<number, unknown>> {
  if (!isPlainObject(ids)) return false;
  const keys = Object.keys(ids);
  return keys.length > 0 && keys.every((key) => /^(0|[1-9]\d*)$/.test(key));
}

function collectionOf(ids: unknown): string {
  return Array.isArray(ids) ? 'an array' : 'an object';
}

/** Of a selector only its keys are shown, never its values. */
function described(value: unknown): string {
  if (!isPlainObject(value)) return kindOf(value);
  const keys = Object.keys(value);
  return keys.length === 0 ? 'an empty object' : `an object with the keys ${quoted(keys)}`;
}
