/** The documents given to `touch`, as changes. Called by `cluster.ts`. */

import { isPlainObject } from './base/property';
import type { Change, ChangedIds } from './changes/change';
import { kindOf, quoted } from './config/config-error';
import { databasesOf, findCollection } from './meteor/collections/collections';
import { stringifyIds } from './meteor/ids';
import type { SyncTarget } from './synced-collections';

/** The id of a document: a string or an ObjectID. */
export type DocumentId = string | { toHexString(): string };

/** The documents given to `touch`: one id, several, or what the driver's `insertMany` returns as `insertedIds`. */
export type TouchedIds = DocumentId | readonly DocumentId[] | Readonly<Record<number, DocumentId>>;

/**
 * Returns the changes that publish touched documents: one for each database.
 *
 * @param ids `undefined`: any document of the collection
 * @param synced the names of the synced collections
 * @throws Error when the collection is not synced; Error that names what came instead of ids
 */
export function touchedChanges(
  target: SyncTarget,
  ids: TouchedIds | undefined,
  synced: ReadonlySet<string>,
): readonly Change[] {
  const { name, database } = findCollection(target);
  if (!synced.has(name)) {
    throw new Error(`Cluster: touch() takes a synced collection; "${name}" is not: call sync() first`);
  }
  const touched = idsToTouch(ids);
  if (touched.length === 0) return [];
  const opened = databasesOf(name);
  const databases = database === undefined && opened.length > 0 ? opened : [database];
  return databases.map((each) => ({ database: each, collection: name, ids: touched }));
}

function idsToTouch(ids: TouchedIds | undefined): ChangedIds {
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

/** A selector is told by its keys; its values are not shown. */
function described(value: unknown): string {
  if (!isPlainObject(value)) return kindOf(value);
  const keys = Object.keys(value);
  return keys.length === 0 ? 'an empty object' : `an object with the keys ${quoted(keys)}`;
}
