/**
 * The state of a peer, as its messages show it: which of them have arrived, and when the last one did.
 *
 * Kept by `peers.ts`, and by `former-peers.ts` after the peer has expired or left. No Meteor or Redis imports.
 */

import type { Counts } from '../protocol/message';

/** The most missing numbers remembered of a collection: more than messages overtake each other. */
const MAX_MISSING = 64;

interface Collection {
  /** The number of the last change received. */
  last: number;
  /**
   * The numbers below it that have not arrived; `undefined` until one is missing, as there is one of these for each peer and
   * collection. Forgotten when there are too many: a resync makes up for them.
   */
  missing: Set<number> | undefined;
}

export interface Peer {
  readonly collections: Map<string, Collection>;
  /** Whether its last heartbeat has carried all its counts. */
  announcesAll: boolean;
  /** The number of the last heartbeat or leave message received. */
  lastHeartbeat: number;
  /** The number of the last one that has named peers. */
  lastNamedHeartbeat: number;
  lastSeenAt: number;
  /** How much longer than others it may be silent, in ms. */
  graceMs: number;
  /** When this node was last among the peers that it receives, or when that was first to be expected. */
  receivesThisAt: number;
  /** In how many heartbeats it names all peers that it receives; `undefined`: it names none. */
  heartbeatsPerRound: number | undefined;
}

export function newPeer(): Peer {
  const times = { lastHeartbeat: 0, lastNamedHeartbeat: 0, lastSeenAt: 0, graceMs: 0, receivesThisAt: 0 };
  return { collections: new Map(), announcesAll: false, ...times, heartbeatsPerRound: undefined };
}

/** Returns what was received of a collection. */
export function collectionOf({ collections }: Peer, name: string): Collection {
  const known = collections.get(name) ?? { last: 0, missing: undefined };
  collections.set(name, known);
  return known;
}

/** Compares counts with what was received. @returns the collections with a gap */
export function takeCounts(peer: Peer, counts: Counts): string[] {
  const gaps: string[] = [];
  for (const [collection, count] of counts) {
    const known = collectionOf(peer, collection);
    // A lower count is late: a node's counts never fall, and a node takes a new name at every start.
    if (count <= known.last) continue;
    noteMissing(known, known.last + 1, count + 1);
    known.last = count;
    gaps.push(collection);
  }
  return gaps;
}

/** Returns whether a change has arrived that its node published after these counts. */
export function isOvertaken({ collections }: Peer, counts: Counts): boolean {
  return [...counts].some(([collection, count]) => count < (collections.get(collection)?.last ?? 0));
}

/** Notes that the numbers from `from` to one below `before` have not arrived. */
export function noteMissing(collection: Collection, from: number, before: number): void {
  if (from === before) return;
  const missing = collection.missing ?? new Set();
  collection.missing = missing;
  if (before - from + missing.size > MAX_MISSING) missing.clear();
  else for (let seq = from; seq < before; seq += 1) missing.add(seq);
}
