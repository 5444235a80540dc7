/**
 * Reads documents through Meteor's connection, from the primary.
 *
 * Called by the feed (by way of `install-feed.ts`) and by the strategy `feed`.
 */

import type { IdString } from '../base/values';
import type { WrittenIds } from '../writes/mutations';
import { type MeteorConnection, PRIMARY } from './connection';
import type { StoredDocument } from './feed-contract';
import { parseIds, stringifyId } from './ids';

/**
 * Reads the documents of those ids that exist, in one query.
 *
 * @param projection the fields to read; empty: whole documents
 */
export async function readDocuments(
  connection: MeteorConnection,
  collection: string,
  ids: readonly IdString[],
  projection: object,
): Promise<Map<IdString, StoredDocument>> {
  const [first, ...others] = parseIds(ids);
  // Every database has an index for one plain id; not every one uses it for `$in`.
  const _id = others.length === 0 ? first : { $in: [first, ...others] };
  // With a limit FerretDB 1 stops at the document.
  const options = { ...PRIMARY, projection, limit: ids.length };
  const documents = await connection.find(collection, { _id }, options).fetchAsync();
  return new Map(documents.map((document) => [stringifyId(document._id), document]));
}

/** Finds the ids of the documents that a selector matches now; `'all'` when there are more than `limit`. */
export async function findIds(
  connection: MeteorConnection,
  collection: string,
  selector: object,
  limit: number,
): Promise<WrittenIds> {
  const options = { ...PRIMARY, projection: { _id: 1 }, limit: limit + 1 };
  const documents = await connection.find(collection, selector, options).fetchAsync();
  return documents.length > limit ? 'all' : documents.map(({ _id }) => _id);
}
