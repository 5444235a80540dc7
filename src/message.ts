/**
 * The wire format: one JSON text on the channel is an announcement or a heartbeat.
 *
 * Called by `session.ts`. Pure: no Meteor, no Redis. What comes in is untrusted: `decode` gives back a validated
 * message or the reason why there is none, and never throws. Nothing of a message is ever executed or used as a
 * selector; it names collections, the ids of documents, and numbers.
 */

/**
 * The id of a document as DDP writes it (Meteor's `MongoID.idStringify`): a string id stands for itself, an
 * ObjectID is its 24 hex digits, and a string that looks like something else has a `-` in front.
 */
export type IdString = string;

/** The ids that were touched in a collection; `null`: any document of it may have been. */
export type TouchedIds = readonly IdString[] | null;

/** How many announcements of each synced collection a node has made, by the collection's name. */
export type Counts = ReadonlyMap<string, number>;

/** A node has written. */
export interface Announcement {
  /** The node that wrote. A node takes a new random name whenever it starts. */
  readonly node: string;
  /** Counts the announcements of this node for this collection, from 1. */
  readonly seq: number;
  readonly collection: string;
  readonly ids: TouchedIds;
}

/** A node lives, and has announced so much. */
export interface Heartbeat {
  readonly node: string;
  readonly counts: Counts;
  /** The node says goodbye: nothing comes after this. */
  readonly leaving: boolean;
}

export type Decoded =
  | { readonly announcement: Announcement; readonly heartbeat?: undefined; readonly refused?: undefined }
  | { readonly announcement?: undefined; readonly heartbeat: Heartbeat; readonly refused?: undefined }
  | { readonly announcement?: undefined; readonly heartbeat?: undefined; readonly refused: string };

export const VERSION = 1;
/** More ids than this in one announcement are told as "the whole collection": one query costs less than they do. */
export const MAX_IDS = 1000;
/** Length of a message in characters: 1000 ids of Meteor's 17 characters take 20,000. */
export const MAX_LENGTH = 128 * 1024;
const MAX_NAME = 256;

/** The text to publish. Ids that would make it too long are told as "the whole collection". */
export function encode({ node, seq, collection, ids }: Announcement): string {
  const text = JSON.stringify({ v: VERSION, node, seq, collection, ids });
  if (ids === null || (ids.length <= MAX_IDS && text.length <= MAX_LENGTH)) return text;
  return JSON.stringify({ v: VERSION, node, seq, collection, ids: null });
}

export function encodeHeartbeat({ node, counts, leaving }: Heartbeat): string {
  return JSON.stringify({ v: VERSION, node, counts: [...counts], ...(leaving && { leaving }) });
}

/** @param text what came from the channel, from whomever */
export function decode(text: string): Decoded {
  if (text.length > MAX_LENGTH) return { refused: `longer than ${MAX_LENGTH} characters` };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { refused: 'not JSON' };
  }
  if (!isRecord(value)) return { refused: 'not a JSON object' };
  const { v, node, seq, collection, ids, counts, leaving } = value;
  if (v !== VERSION) return { refused: `not of version ${VERSION}` };
  if (!isName(node)) return { refused: 'without the name of a node' };
  if (counts !== undefined) {
    if (!Array.isArray(counts) || !counts.every(isCount))
      return { refused: 'without counts that are numbers' };
    return { heartbeat: { node, counts: new Map(counts), leaving: leaving === true } };
  }
  if (!isCounter(seq) || seq === 0) return { refused: 'without a sequence number' };
  if (!isName(collection)) return { refused: 'without the name of a collection' };
  if (ids === null) return { announcement: { node, seq, collection, ids } };
  if (!Array.isArray(ids) || ids.length === 0 || ids.length > MAX_IDS || !ids.every(isIdString)) {
    return { refused: `without a list of 1 to ${MAX_IDS} document ids` };
  }
  return { announcement: { node, seq, collection, ids } };
}

/**
 * Whether DDP's reading of the text is a string or an ObjectID. A leading `~` would have it parsed as JSON, into
 * whatever the sender likes, and a lone `-` is `undefined`.
 */
export function isIdString(value: unknown): value is IdString {
  return typeof value === 'string' && value !== '' && value !== '-' && !value.startsWith('~');
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= MAX_NAME;
}

function isCounter(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function isCount(value: unknown): value is [string, number] {
  return Array.isArray(value) && value.length === 2 && isName(value[0]) && isCounter(value[1]);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
