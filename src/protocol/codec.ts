/**
 * Encodes messages as text and decodes text from the channel.
 *
 * Called by the publisher and the receiver. The channel is untrusted: `decode` returns a validated message or the reason
 * why there is none, and never throws. Unknown kinds and unknown fields are allowed, for rolling upgrades.
 * No Meteor or Redis imports.
 */

import type { Clock } from '../base/time';
import { type IdString, isIdString, isRecord } from '../base/values';
import { type Change, type ChangedIds, MAX_IDS, withoutHints } from '../changes/change';
import { decodeHint, encodeHint, type Hint, isNameable } from '../matching/hint';
import type { LookedUp } from '../matching/looked-up';
import { decodeScopes, encodeScopes } from '../matching/scope';
import type { Authenticator } from './authenticator';
import type { Counts, Decoded, Message, ReceivedPeers } from './message';

export const VERSION = 1;
/** The longest message, in characters: 1000 ids of Meteor's 17 characters take 20,000. */
export const MAX_LENGTH = 128 * 1024;
/** The longest name of a node, database, collection or topic. */
export const MAX_NAME = 256;
/** The longest payload of a broadcast, in characters. JSON in JSON takes twice that at most, so it fits into a message. */
export const MAX_PAYLOAD = 60_000;

/** Returns the text to publish, signed where the nodes share a secret. */
export function textOf(message: Message, authenticator: Authenticator | undefined, clock: Clock): string {
  const text = encode(message);
  return authenticator?.sign(text, clock.date()) ?? text;
}

/** Returns the text of a message. When it would be too long, hints are left out first; then ids become `'all'`. */
export function encode(message: Message): string {
  if (message.kind === 'broadcast') return JSON.stringify({ v: VERSION, ...message });
  if (message.kind !== 'change') {
    const { kind, node, heartbeat, counts } = message;
    const { interval, peers } = message.kind === 'heartbeat' ? message : {};
    return JSON.stringify({ v: VERSION, kind, node, heartbeat, interval, counts: [...counts], peers });
  }
  const { kind, node, seq, database, collection, ids, hints, lookedUp, scopes } = message;
  const text = JSON.stringify({
    v: VERSION,
    kind,
    node,
    seq,
    database,
    collection,
    ids,
    hints: ids !== 'all' && hints ? ids.map((id) => encodeHint(hints.get(id))) : undefined,
    lookedUp: ids !== 'all' && lookedUp ? encodeLookedUp(lookedUp) : undefined,
    scopes: ids === 'all' && scopes ? encodeScopes(scopes) : undefined,
  });
  if (ids === 'all' || (ids.length <= MAX_IDS && text.length <= MAX_LENGTH)) return text;
  return encode(hints ? withoutHints(message) : { ...message, ids: 'all' });
}

/** @param text from the channel, published by anybody */
export function decode(text: string): Decoded {
  if (text.length > MAX_LENGTH) return malformed(`longer than ${MAX_LENGTH} characters`);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return malformed('that is not JSON');
  }
  if (!isRecord(value)) return malformed('that is not a JSON object');
  if (value.v !== VERSION) return malformed(`of a version other than ${VERSION}`);
  switch (value.kind) {
    case 'change':
      return decodeChange(value);
    case 'heartbeat':
    case 'leave':
      return decodeCounts(value.kind, value);
    case 'broadcast':
      return decodeBroadcast(value);
    default:
      return typeof value.kind === 'string' ? { kind: 'unknown' } : malformed('without a kind');
  }
}

type Fields = Readonly<Record<string, unknown>>;

function decodeChange(fields: Fields): Decoded {
  const { node, seq, database, collection, ids, hints, lookedUp, scopes } = fields;
  if (!isName(node)) return malformed('without the name of a node');
  if (!isCounter(seq) || seq === 0) return malformed('without a sequence number');
  if (database !== undefined && !isName(database)) return malformed('without the name of a database');
  if (!isName(collection)) return malformed('without the name of a collection');
  if (!isChangedIds(ids)) return malformed(`without a list of 1 to ${MAX_IDS} document ids`);
  return {
    kind: 'change',
    node,
    seq,
    database,
    collection,
    ids,
    hints: decodeHints(ids, hints),
    lookedUp: ids !== 'all' && lookedUp !== undefined ? decodeLookedUp(lookedUp) : undefined,
    scopes: ids === 'all' ? decodeScopes(scopes) : undefined,
  };
}

function decodeCounts(kind: 'heartbeat' | 'leave', fields: Fields): Decoded {
  const { node, heartbeat, interval, counts, peers } = fields;
  if (!isName(node)) return malformed('without the name of a node');
  if (!isCounter(heartbeat) || heartbeat === 0) return malformed('without the number of a heartbeat');
  if (!Array.isArray(counts) || !counts.every(isCount)) return malformed('without counts that are numbers');
  const decoded = { node, heartbeat, counts: new Map(counts) as Counts };
  if (kind === 'leave') return { kind, ...decoded };
  // Optional: an invalid value is ignored.
  return {
    kind,
    ...decoded,
    interval: isCounter(interval) ? interval : undefined,
    peers: decodePeers(peers),
  };
}

function decodeBroadcast({ node, seq, topic, payload }: Fields): Decoded {
  if (!isName(node)) return malformed('without the name of a node');
  if (!isCounter(seq) || seq === 0) return malformed('without a sequence number');
  if (!isName(topic)) return malformed('without the topic of a broadcast');
  if (payload !== undefined && !isPayload(payload)) {
    return malformed(`with a payload that is no text of at most ${MAX_PAYLOAD} characters`);
  }
  return { kind: 'broadcast', node, seq, topic, payload };
}

/** Optional: an invalid value is ignored. */
function decodePeers(value: unknown): ReceivedPeers | undefined {
  if (!isRecord(value)) return undefined;
  const { total, nodes } = value;
  if (!isCounter(total) || !Array.isArray(nodes) || !nodes.every(isName)) return undefined;
  return { total, nodes };
}

function decodeHints(ids: ChangedIds, values: unknown): Change['hints'] {
  if (ids === 'all' || !Array.isArray(values) || values.length !== ids.length) return undefined;
  const hints = new Map<IdString, Hint>();
  for (const [n, id] of ids.entries()) {
    // Of a doubled id, the other hint may say more.
    if (hints.has(id)) return undefined;
    const hint = decodeHint(values[n]);
    if (hint) hints.set(id, hint);
  }
  return hints;
}

function encodeLookedUp({ selected, hint }: LookedUp): unknown {
  return [selected ?? 0, encodeHint(hint)];
}

/** Not optional: of an invalid value, any document may have been missed, and anything changed. */
function decodeLookedUp(value: unknown): LookedUp {
  const [selected, hint]: unknown[] = Array.isArray(value) ? value : [];
  return { selected: isFieldList(selected) ? selected : undefined, hint: decodeHint(hint) };
}

function isFieldList(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((name) => typeof name === 'string') && isNameable(value);
}

function malformed(reason: string): Decoded {
  return { kind: 'malformed', reason };
}

function isChangedIds(value: unknown): value is ChangedIds {
  if (value === 'all') return true;
  return Array.isArray(value) && value.length > 0 && value.length <= MAX_IDS && value.every(isIdString);
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= MAX_NAME;
}

function isPayload(value: unknown): value is string {
  return typeof value === 'string' && value.length <= MAX_PAYLOAD;
}

function isCounter(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function isCount(value: unknown): value is [string, number] {
  return Array.isArray(value) && value.length === 2 && isName(value[0]) && isCounter(value[1]);
}
