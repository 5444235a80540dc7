/**
 * Decodes redis-oplog's messages: `e` is the kind of write, `d` the document with its `_id`.
 *
 * Called by `source.ts`. The channels are untrusted: `decodeAnnouncement` returns a validated announcement or the reason why
 * there is none, and never throws. Other fields are ignored, `f` among them: after a replacement it lacks the fields
 * that are gone, and changestream-to-redis leaves it empty. No Meteor or Redis imports.
 */

import { type IdString, isIdString, isRecord, toIdString } from '../base/values';

/** The longest message that is parsed, in characters: documents may be in it, which MongoDB limits to 16 MB. */
export const MAX_ANNOUNCEMENT = 1024 * 1024;

export type Announcement =
  /** `ids`: the document, by every id that the text may stand for. */
  | { readonly kind: 'write'; readonly ids: readonly IdString[]; readonly isRemove: boolean }
  /** Any document may be meant: the text is too long to be parsed, or the id is neither a string nor an ObjectID. */
  | { readonly kind: 'any' }
  /** `reason`: one of a fixed set. */
  | { readonly kind: 'invalid'; readonly reason: string };

/** @param text from a channel, published by anybody */
export function decodeAnnouncement(text: string): Announcement {
  if (text.length > MAX_ANNOUNCEMENT) return { kind: 'any' };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return invalid('that is not JSON');
  }
  if (!isRecord(value)) return invalid('that is not a JSON object');
  const { e: event, d: document, s: isSynthetic } = value;
  if (isSynthetic) return invalid('of a synthetic mutation, which writes nothing: broadcast it instead');
  if (event !== 'i' && event !== 'u' && event !== 'r') return invalid('without the kind of a write');
  const id = isRecord(document) ? document._id : undefined;
  if (id === undefined || id === null) return invalid('without the id of a document');
  const ids = idsOf(id);
  if (ids.length === 0 || !ids.every(isIdString)) return { kind: 'any' };
  return { kind: 'write', ids, isRemove: event === 'r' };
}

const HEX_ID = /^[0-9a-f]{24}$/;

/** Returns every id that the value may stand for; none where it is a number, a UUID, a date or of another type. */
function idsOf(id: unknown): IdString[] {
  // Written by a driver's JSON, an ObjectID is a string.
  if (typeof id === 'string') return HEX_ID.test(id) ? [toIdString(id), id] : [toIdString(id)];
  const hex = objectIdOf(id)?.toLowerCase();
  return hex !== undefined && HEX_ID.test(hex) ? [hex] : [];
}

/** Returns the digits of an ObjectID in Meteor's EJSON, or in MongoDB's Extended JSON. */
function objectIdOf(id: unknown): string | undefined {
  if (!isRecord(id)) return undefined;
  const hex = id.$type === 'oid' ? id.$value : id.$oid;
  return typeof hex === 'string' ? hex : undefined;
}

function invalid(reason: string): Announcement {
  return { kind: 'invalid', reason };
}
