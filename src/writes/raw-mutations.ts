/**
 * The write methods of a collection of MongoDB's driver and, for each, what its arguments and its result say.
 *
 * Called by `driver-watcher.ts`. Where they do not name ids, any document of the collection may have been written.
 * No Meteor or Redis imports.
 */

import { property } from '../base/values';
import type { WrittenFields } from '../matching/hint';
import type { WrittenIds } from './mutations';
import { fieldsOfInsert, fieldsOfUpdate, REMOVED, withSelected } from './written-fields';

/** The facts that the arguments of one operation show. */
export interface RawOperation {
  readonly ids: WrittenIds;
  /** The changed fields; `undefined`: any may have changed. */
  readonly fields?: WrittenFields | undefined;
}

export interface RawMutation {
  /** The position of the options among the arguments. */
  readonly optionsAt: number;
  /** Whether the write concerns at most one document, so that the server's refusal means nothing was written. */
  readonly isSingle: boolean;
  /** Called when the driver has been called: it adds the id to a document without one. */
  read(args: readonly unknown[]): readonly RawOperation[];
  /**
   * Called when the database acknowledges writes.
   *
   * @returns the written ids by the result, and an empty list when nothing was written; `undefined`: it does not say
   */
  idsOfResult?(result: unknown, options: unknown): WrittenIds | undefined;
}

/** Any document of the collection may have been written. */
export const ANYTHING: RawOperation = { ids: 'all' };

const insertOne: RawMutation = {
  optionsAt: 1,
  isSingle: true,
  read: ([document]) => [readInsert(document)],
  idsOfResult(result) {
    const id = property(result, 'insertedId');
    return id === undefined ? undefined : [id];
  },
};

function update(isSingle: boolean): RawMutation {
  return {
    optionsAt: 2,
    isSingle,
    read: ([filter, modifier, options]) => [readUpdate(filter, modifier, options)],
    idsOfResult: idsOfUpdate,
  };
}

function remove(isSingle: boolean): RawMutation {
  return {
    optionsAt: 1,
    isSingle,
    read: ([filter, options]) => [readRemove(filter, options)],
    idsOfResult: (result) => (property(result, 'deletedCount') === 0 ? [] : undefined),
  };
}

const findOneAndUpdate: RawMutation = { ...update(true), idsOfResult: idsOfFound };

/** The methods that write documents. */
export const DOCUMENT_MUTATIONS: Readonly<Record<string, RawMutation>> = {
  insertOne,
  updateOne: update(true),
  updateMany: update(false),
  // A replacement has no operators, so that any field may change.
  replaceOne: update(true),
  deleteOne: remove(true),
  deleteMany: remove(false),
  findOneAndUpdate,
  findOneAndReplace: findOneAndUpdate,
  findOneAndDelete: { ...remove(true), idsOfResult: idsOfFound },
};

/** Returns what an insert says. The server adds an id that the driver has not added. */
export function readInsert(document: unknown): RawOperation {
  const id = property(document, '_id');
  const known = fieldsOfInsert(document);
  const fields = known && { ...known, fields: new Map(known.fields) };
  if (id === undefined) fields?.fields.set('_id', undefined);
  return { ids: id === undefined ? 'all' : [id], fields };
}

/** Returns what an update or a replacement says. */
export function readUpdate(filter: unknown, modifier: unknown, options: unknown): RawOperation {
  const ids = idsOfFilter(filter, options);
  // From `$in` and the like an upsert creates a new id.
  const isNewId =
    Boolean(property(options, 'upsert')) && (ids.length !== 1 || property(filter, '_id') !== ids[0]);
  return bySelector(isNewId ? 'all' : ids, fieldsOfUpdate(modifier, options), filter, options);
}

/** Returns what a remove says. */
export function readRemove(filter: unknown, options: unknown): RawOperation {
  return bySelector(idsOfFilter(filter, options), REMOVED, filter, options);
}

function bySelector(
  ids: WrittenIds,
  fields: WrittenFields | undefined,
  filter: unknown,
  options: unknown,
): RawOperation {
  return { ids, fields: ids === 'all' ? withSelected(fields, filter, options) : fields };
}

/** Returns the ids that a filter names: in the driver's types, which Meteor's reader of selectors does not know. */
function idsOfFilter(filter: unknown, options: unknown): WrittenIds {
  // By a collation an id may stand for others too.
  if (property(options, 'collation')) return 'all';
  const id = property(filter, '_id');
  const listed = property(id, '$in');
  const ids: readonly unknown[] = Array.isArray(listed) ? listed : [id];
  return ids.every(isDocumentId) ? ids : 'all';
}

function isDocumentId(value: unknown): boolean {
  return typeof value === 'string' || typeof property(value, 'toHexString') === 'function';
}

function idsOfUpdate(result: unknown): WrittenIds | undefined {
  const inserted = property(result, 'upsertedId');
  if (inserted !== undefined && inserted !== null) return [inserted];
  return property(result, 'matchedCount') === 0 ? [] : undefined;
}

/** The result is the document, or with `includeResultMetadata` what the server says of it. */
function idsOfFound(result: unknown, options: unknown): WrittenIds | undefined {
  const metadata = property(result, 'lastErrorObject');
  const document = metadata === undefined ? result : property(result, 'value');
  const id = property(document, '_id') ?? property(metadata, 'upserted');
  if (id !== undefined) return [id];
  const isMissing = document === null && !property(options, 'upsert');
  return isMissing ? [] : undefined;
}
