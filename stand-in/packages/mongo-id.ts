/**
 * Stands in for `meteor/mongo-id`: ids of documents as strings, and back.
 *
 * Called by Cluster's `src/meteor/ids.ts` and by `mongo.ts`. Touches nothing.
 */

import { isHex, ObjectID, sharedObjectId } from '../object-id';

export const MongoID = {
  /** @throws Error for an object that is not a `Mongo.ObjectID`, such as the driver's ObjectId */
  idStringify(id: unknown): string {
    if (id instanceof ObjectID) return id.toHexString();
    if (typeof id === 'string') return /^[-~{]/.test(id) || isHex(id) ? `-${id}` : id;
    if (id === undefined) return '-';
    if (typeof id === 'object' && id !== null) {
      throw new Error(`Meteor does not support objects other than ObjectID as ids; got ${String(id)}`);
    }
    return `~${JSON.stringify(id)}`;
  },

  idParse(text: string): unknown {
    if (text === '-') return undefined;
    if (text.startsWith('-')) return text.slice(1);
    if (text.startsWith('~')) return JSON.parse(text.slice(1));
    return isHex(text) ? sharedObjectId(text) : text;
  },
};
