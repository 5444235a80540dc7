/**
 * The other nodes of the cluster: which messages of each have arrived, and when the last one did.
 *
 * Every node numbers its changes, collection by collection, and repeats the counts in its heartbeats. A difference is a
 * gap: messages were lost. The receiver passes in what arrives, the heartbeat expires silent peers. The time is passed
 * in. No Meteor or Redis imports.
 */

import type { Counts } from '../protocol/message';

interface Peer {
  /** The number of the last change received, by collection. */
  readonly received: Map<string, number>;
  lastSeenAt: number;
}

/** The most peers remembered. Each message of a further one may count as a gap, so memory stays bounded. */
const MAX_PEERS = 1000;
/** The most peers remembered that have expired. */
const MAX_EXPIRED = 1000;
/** How long the counts of an expired peer are kept, in ms: longer than stalls and outages that a process survives. */
const EXPIRED_KEPT_MS = 600_000;

export class Peers {
  readonly #peers = new Map<string, Peer>();
  /** In the order in which they have expired. */
  readonly #expired = new Map<string, Peer>();

  get count(): number {
    return this.#peers.size;
  }

  /**
   * Called when a change of a peer has arrived.
   *
   * @param now in ms, on any clock that never goes back
   * @returns whether there is a gap before it
   */
  receiveChange(node: string, collection: string, seq: number, now: number): boolean {
    const { received } = this.peer(node, now);
    const last = received.get(collection) ?? 0;
    // Late or doubled: the change is handled anyway, and its gap was noticed when a later one arrived.
    if (seq <= last) return false;
    received.set(collection, seq);
    return seq !== last + 1;
  }

  /**
   * Called when a heartbeat has arrived, with counts of its node.
   *
   * @returns the collections with a gap
   */
  receiveCounts(node: string, counts: Counts, now: number): string[] {
    const { received } = this.peer(node, now);
    const gaps: string[] = [];
    for (const [collection, count] of counts) {
      const last = received.get(collection);
      // A lower count is late: a node's counts never fall, and a node takes a new name at every start.
      if (last !== undefined && count <= last) continue;
      received.set(collection, count);
      if (count > 0) gaps.push(collection);
    }
    return gaps;
  }

  /** Called when a peer has published its leave message: its silence from now on means nothing. */
  remove(node: string): void {
    this.#peers.delete(node);
  }

  /** Called when this node could not receive until now: the silence of its peers meant nothing. */
  restartTimeouts(now: number): void {
    for (const peer of this.#peers.values()) peer.lastSeenAt = now;
  }

  /**
   * Removes the peers that were last seen before a time: they are dead or disconnected.
   *
   * @returns the collections that they may have written without publishing
   */
  expire(before: number): string[] {
    const collections = new Set<string>();
    for (const [node, peer] of this.#peers) {
      if (peer.lastSeenAt >= before) continue;
      this.#peers.delete(node);
      this.#expired.set(node, peer);
      for (const collection of peer.received.keys()) collections.add(collection);
    }
    for (const [node, { lastSeenAt }] of this.#expired) {
      const isKept = this.#expired.size <= MAX_EXPIRED && lastSeenAt >= before - EXPIRED_KEPT_MS;
      if (isKept) break;
      this.#expired.delete(node);
    }
    return [...collections];
  }

  /**
   * A peer that is not known has published nothing that was missed if its first number is 1, or its first count 0. Any
   * other first number counts as a gap: messages may have been lost before it. A peer that has expired, and returns with
   * the same counts, has missed nobody.
   */
  private peer(node: string, now: number): Peer {
    const known = this.#peers.get(node);
    if (known) {
      known.lastSeenAt = now;
      return known;
    }
    const peer = this.#expired.get(node) ?? { received: new Map(), lastSeenAt: now };
    this.#expired.delete(node);
    peer.lastSeenAt = now;
    if (this.#peers.size < MAX_PEERS) this.#peers.set(node, peer);
    return peer;
  }
}
