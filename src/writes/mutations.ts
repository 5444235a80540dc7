/**
 * The write methods of a collection and, for each, which ids its arguments name.
 *
 * Called by `write-watcher.ts`. Meteor's knowledge about selectors is passed in. No Meteor or Redis imports.
 */

import { property } from '../base/values';
import type { WrittenFields } from '../matching/hint';
import { storedDocument } from './inserted-document';
import { fieldsOfInsert, fieldsOfUpdate, keepsMatching, REMOVED } from './written-fields';

/** Ids as they stand in documents, unchecked; `'all'`: any document of the collection may have been written. */
export type WrittenIds = readonly unknown[] | 'all';

/** Returns the ids that a selector names, or `'all'` when it may match any document. */
export type IdsOfSelector = (selector: unknown) => WrittenIds;

export interface Mutation {
  /** Returns whether the write concerns at most one document, so that the server's refusal means nothing was written. */
  isSingle(options: unknown): boolean;
  /** Returns the ids that the arguments name. */
  ids(args: readonly unknown[], idsOfSelector: IdsOfSelector): WrittenIds;
  /** Returns the written ids where the result is more exact than the arguments. */
  idsOfResult?(result: unknown, named: WrittenIds, isInnermost: boolean): WrittenIds;
  /** Returns which fields the write changes, by its arguments; `undefined` when any may change. */
  fields?(args: readonly unknown[]): WrittenFields | undefined;
  /** Returns the document that the write leaves of a single id: as it is stored, or `null`; `undefined` when it is unknown. */
  document?(args: readonly unknown[]): Readonly<Record<string, unknown>> | null | undefined;
  /** Returns whether the written documents still match the selector after the write. */
  keepsMatching?(args: readonly unknown[]): boolean;
}

const upsert: Mutation = {
  isSingle: (options) => !property(options, 'multi'),
  ids([selector, , options], idsOfSelector) {
    if (isCollated(options)) return 'all';
    // An upsert takes the id of its selector only where that is one plain value. From `$in` and the like the database
    // creates a new id.
    const ids = idsOfSelector(selector);
    return ids.length === 1 && property(selector, '_id') === ids[0] ? ids : 'all';
  },
  idsOfResult(result, named) {
    const insertedId = property(result, 'insertedId');
    return insertedId === undefined ? named : [insertedId];
  },
};

export const MUTATIONS: Readonly<Record<string, Mutation>> = {
  insertAsync: {
    isSingle: () => true,
    ids([document]) {
      const id = property(document, '_id');
      return id === undefined ? 'all' : [id];
    },
    fields: ([document]) => fieldsOfInsert(document),
    document: ([document]) => storedDocument(document),
    // A hook inside the method may have replaced the id of the document.
    idsOfResult: (result, named, isInnermost) =>
      isInnermost || named === 'all' || result === undefined ? named : [...named, result],
  },
  updateAsync: {
    isSingle: upsert.isSingle,
    ids(args, idsOfSelector) {
      const [selector, , options] = args;
      if (property(options, 'upsert')) return upsert.ids(args, idsOfSelector);
      return isCollated(options) ? 'all' : idsOfSelector(selector);
    },
    idsOfResult: upsert.idsOfResult,
    fields: ([, modifier, options]) => fieldsOfUpdate(modifier, options),
    keepsMatching,
  },
  upsertAsync: upsert,
  removeAsync: {
    isSingle: () => false,
    ids: ([selector], idsOfSelector) => idsOfSelector(selector),
    fields: () => REMOVED,
    document: () => null,
  },
  dropCollectionAsync: {
    isSingle: () => false,
    ids: () => 'all',
  },
};

/** By a collation an id may stand for others too. */
function isCollated(options: unknown): boolean {
  return Boolean(property(options, 'collation'));
}
