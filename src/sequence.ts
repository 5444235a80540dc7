/**
 * Notices what a node did not hear.
 *
 * Every node counts its announcements, collection by collection, and repeats the counts in its heartbeats. Kept here
 * is how far this node has heard each of the others; `session.ts` passes on what arrives and resyncs the collections that
 * come back. Pure: the time is handed in.
 */

import type { Counts } from './message';

interface Peer {
  readonly heard: Map<string, number>;
  lastHeardAt: number;
}

/** More nodes than this are not remembered: what such a one says counts as a gap, and memory stays bounded. */
const MAX_PEERS = 1000;

export class Sequence {
  readonly #peers = new Map<string, Peer>();

  /** The nodes heard of, this one not among them. */
  get peers(): number {
    return this.#peers.size;
  }

  /**
   * An announcement has arrived.
   *
   * @param now in ms, on any clock that never goes back
   * @returns whether announcements of that node for that collection were missed before it
   */
  announced(node: string, collection: string, seq: number, now: number): boolean {
    const { heard } = this.peer(node, now);
    const last = heard.get(collection);
    // Late or doubled: what it tells is told anyway, and nothing was missed that was not noticed then.
    if (last !== undefined && seq <= last) return false;
    heard.set(collection, seq);
    return last === undefined || seq !== last + 1;
  }

  /**
   * A heartbeat has arrived, with all the counts of its node.
   *
   * @returns the collections of which announcements were missed
   */
  beaten(node: string, counts: Counts, now: number): string[] {
    const { heard } = this.peer(node, now);
    const missed: string[] = [];
    for (const [collection, count] of counts) {
      // A count below what was heard is no node's own: what it hides is unknown.
      if (count !== heard.get(collection)) missed.push(collection);
      heard.set(collection, count);
    }
    return missed;
  }

  /** A node has said goodbye: its silence from now on means nothing. */
  left(node: string): void {
    this.#peers.delete(node);
  }

  /** This node did not hear until now: the silence of the others has meant nothing so far. */
  excuse(now: number): void {
    for (const peer of this.#peers.values()) peer.lastHeardAt = now;
  }

  /**
   * Forgets the nodes that have not been heard since a time: they are dead, or cut off.
   *
   * @returns the collections they may have written without announcing it
   */
  vanished(since: number): string[] {
    const collections = new Set<string>();
    for (const [node, { heard, lastHeardAt }] of this.#peers) {
      if (lastHeardAt >= since) continue;
      this.#peers.delete(node);
      for (const collection of heard.keys()) collections.add(collection);
    }
    return [...collections];
  }

  /**
   * What is heard for the first time of a node and a collection counts as a gap, whatever the number: the node may have
   * written before it joined, or before it synced the collection.
   */
  private peer(node: string, now: number): Peer {
    const known = this.#peers.get(node);
    if (known) {
      known.lastHeardAt = now;
      return known;
    }
    const peer = { heard: new Map(), lastHeardAt: now };
    if (this.#peers.size < MAX_PEERS) this.#peers.set(node, peer);
    return peer;
  }
}
