/** The documents given to `touch`, by id. Called by `cluster.ts`. */

import { stringifyIds } from './meteor/ids';
import { isRecord } from './values/property';
import type { ChangedIds } from './writes/change';

/** The id of a document: a string or an ObjectID. */
export type DocumentId = string | { toHexString(): string };

/** The documents given to `touch`: one id, several, or what the driver's `insertMany` returns as `insertedIds`. */
export type TouchedIds = DocumentId | readonly DocumentId[] | Readonly<Record<number, DocumentId>>;

/** @throws Error when an id is neither a string nor an ObjectID */
export function idsToTouch(ids: TouchedIds | undefined): ChangedIds {
  if (ids === undefined) return 'all';
  const list = Array.isArray(ids) ? ids : isInsertedIds(ids) ? Object.values(ids) : [ids];
  const texts = stringifyIds(list);
  if (texts !== 'all') return texts;
  throw new Error('Cluster: the ids given to touch() must be strings or ObjectIDs, and not empty');
}

/** The driver's `insertMany` returns the ids as `{ 0: id, 1: id }`. */
function isInsertedIds(ids: unknown): ids is Readonly<Record<number, DocumentId>> {
  return isRecord(ids) && Object.getPrototypeOf(ids) === Object.prototype && !('toHexString' in ids);
}
