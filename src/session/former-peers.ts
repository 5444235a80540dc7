/**
 * Peers that have expired, with what was received of them, and the names of those that have left. A peer that returns with
 * the same counts causes no resync, and recorded messages of a former node change nothing.
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
  /** `undefined`: it has left. */
  readonly peer: Peer | undefined;
  readonly since: number;
}

export class FormerPeers {
  /** In the order in which they became former peers. */
  readonly #former = new Map<string, Former>();

  hasLeft(node: string): boolean {
    const former = this.#former.get(node);
    return former !== undefined && former.peer === undefined;
  }

  /** Returns what was received of a peer that has expired. */
  expired(node: string): Peer | undefined {
    return this.#former.get(node)?.peer;
  }

  /** @param peer what was received of it; `undefined`: it has left */
  add(node: string, peer: Peer | undefined, now: number): void {
    this.#former.set(node, { peer, since: now });
    this.forget(now);
  }

  /** Called when an expired peer has returned. */
  takeBack(node: string): void {
    this.#former.delete(node);
  }

  forget(now: number): void {
    for (const [node, { since }] of this.#former) {
      if (this.#former.size <= MAX_FORMER && now - since <= KEPT_MS) break;
      this.#former.delete(node);
    }
  }
}
