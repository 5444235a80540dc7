/**
 * Peers that have expired or left, with what was received of them. A peer that returns with the same counts causes no resync,
 * and recorded messages of a former node change nothing: their numbers are not higher.
 *
 * Owned by `peers.ts`. The time is passed in. No Meteor or Redis imports.
 */

import { MAX_AGE_MS } from '../protocol/authenticator';
import type { Peer } from './peer';

/** How long they are remembered: longer than a recorded message is authentic, wherever clocks differ. */
const KEPT_MS = 2.5 * MAX_AGE_MS;
/** The most of them that are remembered. */
const MAX_FORMER = 1000;

interface Former {
  readonly peer: Peer;
  /** Whether its leave message has arrived; otherwise it has expired. */
  readonly hasLeft: boolean;
  readonly since: number;
}

export class FormerPeers {
  /** In the order in which they became former peers. */
  readonly #former = new Map<string, Former>();

  hasLeft(node: string): boolean {
    return this.#former.get(node)?.hasLeft ?? false;
  }

  /** Returns what was received of a former peer. */
  find(node: string): Peer | undefined {
    return this.#former.get(node)?.peer;
  }

  addExpired(node: string, peer: Peer, now: number): void {
    this.add(node, { peer, hasLeft: false, since: now });
  }

  addLeft(node: string, peer: Peer, now: number): void {
    this.add(node, { peer, hasLeft: true, since: now });
  }

  /** Called when a former peer has returned. */
  takeBack(node: string): void {
    this.#former.delete(node);
  }

  forget(now: number): void {
    for (const [node, { since }] of this.#former) {
      if (this.#former.size <= MAX_FORMER && now - since <= KEPT_MS) break;
      this.#former.delete(node);
    }
  }

  private add(node: string, former: Former): void {
    this.#former.delete(node);
    this.#former.set(node, former);
    this.forget(former.since);
  }
}
