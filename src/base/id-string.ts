/** The ids of documents as text. */

/**
 * The id of a document as DDP writes it (Meteor's `MongoID.idStringify`): a string id stands for itself, an
 * ObjectID is its 24 hex digits, and a string that looks like something else has a `-` in front.
 */
export type IdString = string;

/** Returns the text of a string id: one that looks like an ObjectID, or like JSON, gets a `-` in front. */
export function toIdString(id: string): IdString {
  return /^([-~{]|[0-9a-f]{24}$)/.test(id) ? `-${id}` : id;
}

/**
 * Returns whether DDP parses the text as a string or an ObjectID. A leading `~` would be parsed as JSON, into any
 * value the sender likes, and a lone `-` is `undefined`.
 */
export function isIdString(value: unknown): value is IdString {
  return typeof value === 'string' && value !== '' && value !== '-' && !value.startsWith('~');
}
