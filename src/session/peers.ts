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

/** The most peers remembered. Each message of a further one counts as a gap, so memory stays bounded. */
const MAX_PEERS = 1000;

export class Peers {
  readonly #peers = new Map<string, Peer>();

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
    const last = received.get(collection);
    // Late or doubled: the change is handled anyway, and its gap was noticed when a later one arrived.
    if (last !== undefined && seq <= last) return false;
    received.set(collection, seq);
    return last === undefined || seq !== last + 1;
  }

  /**
   * Called when a heartbeat has arrived, with all counts of its node.
   *
   * @returns the collections with a gap
   */
  receiveCounts(node: string, counts: Counts, now: number): string[] {
    const { received } = this.peer(node, now);
    const gaps: string[] = [];
    for (const [collection, count] of counts) {
      // A count below the last one received cannot be right, so anything may be missing.
      if (count !== received.get(collection)) gaps.push(collection);
      received.set(collection, count);
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
    for (const [node, { received, lastSeenAt }] of this.#peers) {
      if (lastSeenAt >= before) continue;
      this.#peers.delete(node);
      for (const collection of received.keys()) collections.add(collection);
    }
    return [...collections];
  }

  /**
   * The first message of a peer about a collection counts as a gap, whatever its number: the peer may have written
   * before it joined, or before it synced the collection.
   */
  private peer(node: string, now: number): Peer {
    const known = this.#peers.get(node);
    if (known) {
      known.lastSeenAt = now;
      return known;
    }
    const peer = { received: new Map(), lastSeenAt: now };
    if (this.#peers.size < MAX_PEERS) this.#peers.set(node, peer);
    return peer;
  }
}
