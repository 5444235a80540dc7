/**
 * The other nodes of the cluster: which messages of each have arrived, and when the last one did.
 *
 * Every node numbers its changes, collection by collection, and repeats the counts in its heartbeats, which are numbered
 * too. A difference is a gap: messages were lost. A message that has arrived before is old, and changes nothing. The
 * receiver passes in what arrives, the heartbeat expires silent peers. The time is passed in. No Meteor or Redis imports.
 */

import type { Counts, ReceivedPeers } from '../protocol/message';
import { FormerPeers } from './former-peers';
import { collectionOf, isOvertaken, newPeer, noteMissing, type Peer, takeCounts } from './peer';

/**
 * The order of a change: the next one, one after a gap, one that fills a gap, or one that has arrived before. An old one
 * needs no handling: either it was handled, or a resync makes up for it.
 */
export type Receipt = 'next' | 'gap' | 'late' | 'old';

/** The most peers remembered. Each message of a further one may count as a gap, so memory stays bounded. */
const MAX_PEERS = 1000;
/** The most peers named in a heartbeat: 500 bytes. */
const MAX_NAMED = 32;

/** A heartbeat's counts, as they have arrived. */
export interface ReceivedCounts {
  readonly node: string;
  /** The number of the heartbeat. */
  readonly heartbeat: number;
  readonly counts: Counts;
  /** When they arrived, in ms, on any clock that never goes back. */
  readonly at: number;
  /** Whether these are all counts of the node, or all of those that are synced here. */
  readonly isComplete: boolean;
  /** How much longer than others the node may be silent, in ms. @default 0 */
  readonly graceMs?: number;
}

/** Called when a node has become a peer, and when it no longer is one. */
export type OnMembership = (event: 'peerJoin' | 'peerLeave' | 'peerExpire', node: string) => void;

export class Peers {
  readonly #onMembership: OnMembership;
  readonly #peers = new Map<string, Peer>();
  readonly #former = new FormerPeers();
  #namedUntil = 0;

  constructor(onMembership: OnMembership = () => {}) {
    this.#onMembership = onMembership;
  }

  get count(): number {
    return this.#peers.size;
  }

  /**
   * Called when a change of a peer has arrived.
   *
   * @param now in ms, on any clock that never goes back
   * @param graceMs how much longer than others it may be silent, until its first heartbeat
   */
  receiveChange(node: string, collection: string, seq: number, now: number, graceMs = 0): Receipt {
    const peer = this.find(node);
    if (peer.lastHeartbeat === 0) peer.graceMs = graceMs;
    const known = collectionOf(peer, collection);
    if (seq <= known.last) {
      // The resync of its leave message makes up for what is late.
      if (this.#former.hasLeft(node) || !known.missing?.delete(seq)) return 'old';
      this.see(node, peer, now);
      return 'late';
    }
    this.see(node, peer, now);
    const isNext = seq === known.last + 1;
    noteMissing(known, known.last + 1, seq);
    known.last = seq;
    return isNext ? 'next' : 'gap';
  }

  /**
   * Called when a heartbeat has arrived, with counts of its node.
   *
   * @returns the collections with a gap
   */
  receiveCounts({ node, heartbeat, counts, at, isComplete, graceMs = 0 }: ReceivedCounts): string[] {
    const peer = this.find(node);
    // Counts only grow, so those of a late heartbeat do no harm. But it does not show that its node is alive.
    if (heartbeat <= peer.lastHeartbeat && !this.#peers.has(node)) return [];
    if (heartbeat > peer.lastHeartbeat) {
      this.see(node, peer, at);
      peer.lastHeartbeat = heartbeat;
      peer.announcesAll = isComplete;
      peer.graceMs = graceMs;
    }
    return takeCounts(peer, counts);
  }

  /**
   * Called when a peer has published its leave message: its silence from now on means nothing. A newer message shows that it
   * has written once more, and takes it back.
   *
   * @returns the collections with a gap
   */
  receiveLeave(node: string, heartbeat: number, counts: Counts, now: number): string[] {
    const peer = this.find(node);
    if (heartbeat <= peer.lastHeartbeat) return [];
    if (isOvertaken(peer, counts)) {
      const { announcesAll: isComplete, graceMs } = peer;
      return this.receiveCounts({ node, heartbeat, counts, at: now, isComplete, graceMs });
    }
    peer.lastHeartbeat = heartbeat;
    this.#former.addLeft(node, peer, now);
    if (this.#peers.delete(node)) this.#onMembership('peerLeave', node);
    return takeCounts(peer, counts);
  }

  /** Called when a heartbeat names peers that its node receives. */
  receiveNamed(
    node: string,
    heartbeat: number,
    { total, nodes }: ReceivedPeers,
    self: string,
    now: number,
  ): void {
    const peer = this.#peers.get(node);
    if (!peer || heartbeat <= peer.lastNamedHeartbeat) return;
    peer.lastNamedHeartbeat = heartbeat;
    peer.heartbeatsPerRound = Math.max(1, Math.ceil(total / MAX_NAMED));
    if (nodes.includes(self)) peer.receivesThisAt = now;
  }

  /** Returns the peers to name in the next heartbeat: all have their turn. */
  nextNamed(): ReceivedPeers | undefined {
    // Peers beyond these are received too, but not remembered: their absence would mislead them.
    if (this.#peers.size >= MAX_PEERS) return undefined;
    const names = [...this.#peers.keys()];
    const start = this.#namedUntil < names.length ? this.#namedUntil : 0;
    const nodes = names.slice(start, start + MAX_NAMED);
    this.#namedUntil = start + nodes.length;
    return { total: names.length, nodes };
  }

  /**
   * Returns how many peers this node receives that do not receive this node.
   *
   * @param timeoutMs how long a peer may be silent
   * @param intervalMs the time between two heartbeats
   */
  countOneWay(now: number, timeoutMs: number, intervalMs: number): number {
    let count = 0;
    for (const { receivesThisAt, heartbeatsPerRound, graceMs } of this.#peers.values()) {
      // Two rounds: peers that come and go move the others.
      const limitMs = (1 + graceMs / timeoutMs) * (timeoutMs + 2 * (heartbeatsPerRound ?? 0) * intervalMs);
      if (heartbeatsPerRound !== undefined && now - receivesThisAt > limitMs) count += 1;
    }
    return count;
  }

  /** Returns the number of the last heartbeat or leave message of a node, or of a former one; 0 when none is known. */
  lastHeartbeatOf(node: string): number {
    return this.find(node).lastHeartbeat;
  }

  /** Returns whether a node is known to have left. */
  hasLeft(node: string): boolean {
    return this.#former.hasLeft(node);
  }

  /** Called when this node could not receive until now: the silence of its peers meant nothing. */
  restartTimeouts(now: number): void {
    for (const peer of this.#peers.values()) peer.lastSeenAt = peer.receivesThisAt = now;
  }

  /**
   * Removes the peers that were last seen before a time: they are dead or disconnected.
   *
   * @param synced the collections synced here
   * @returns the collections that they may have written without publishing
   */
  expire(before: number, now: number, synced: Iterable<string>): string[] {
    const collections = new Set<string>();
    for (const [node, peer] of this.#peers) {
      if (peer.lastSeenAt + peer.graceMs >= before) continue;
      this.#peers.delete(node);
      this.#former.addExpired(node, peer, now);
      for (const collection of peer.announcesAll ? peer.collections.keys() : synced)
        collections.add(collection);
      this.#onMembership('peerExpire', node);
    }
    this.#former.forget(now);
    return [...collections];
  }

  /**
   * A peer that is not known has published nothing that was missed if its first number is 1, or its first count 0. Any
   * other first number counts as a gap: messages may have been lost before it.
   */
  private find(node: string): Peer {
    return this.#peers.get(node) ?? this.#former.find(node) ?? newPeer();
  }

  /** A former peer returns with what was received of it before. */
  private see(node: string, peer: Peer, now: number): void {
    peer.lastSeenAt = now;
    if (this.#peers.has(node) || this.#peers.size >= MAX_PEERS) return;
    this.#peers.set(node, peer);
    peer.receivesThisAt = now;
    this.#former.takeBack(node);
    this.#onMembership('peerJoin', node);
  }
}
