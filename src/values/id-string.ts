/** The ids of documents as text. */

/**
 * The id of a document as DDP writes it (Meteor's `MongoID.idStringify`): a string id stands for itself, an
 * ObjectID is its 24 hex digits, and a string that looks like something else has a `-` in front.
 */
export type IdString = string;

/**
 * Returns whether DDP parses the text as a string or an ObjectID. A leading `~` would be parsed as JSON, into any
 * value the sender likes, and a lone `-` is `undefined`.
 */
export function isIdString(value: unknown): value is IdString {
  return typeof value === 'string' && value !== '' && value !== '-' && !value.startsWith('~');
}
