/** Stands in for `meteor/mongo-id`: how DDP writes ids. */

import { ObjectId } from 'mongodb';

const looksLikeObjectId = (text: string) => /^[0-9a-f]{24}$/.test(text);

export const MongoID = {
  idStringify(id: unknown): string {
    if (id instanceof ObjectId) return id.toHexString();
    if (typeof id !== 'string') return `~${JSON.stringify(id)}`;
    return /^[-~{]/.test(id) || looksLikeObjectId(id) ? `-${id}` : id;
  },

  idParse(text: string): unknown {
    if (text.startsWith('-')) return text.slice(1);
    return looksLikeObjectId(text) ? new ObjectId(text) : text;
  },
};
