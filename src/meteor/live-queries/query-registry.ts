/**
 * Which collections of a MongoDB connection have live queries that poll.
 *
 * Filled by `live-queries.ts`. Meteor's own record is not enough. It gets a live query only when it has been opened. It
 * loses the live query when one of two that were opened at the same time is stopped.
 */

import type { Multiplexer } from '../connection';

export class QueryRegistry {
  readonly #polling = new Map<string, Set<Multiplexer>>();
  /** How many live queries of a collection are being opened. */
  readonly #opening = new Map<string, number>();

  add(collection: string, multiplexer: Multiplexer): void {
    if (multiplexer._observeDriver?._usesOplog) return;
    const polling = this.#polling.get(collection) ?? new Set();
    this.#polling.set(collection, polling.add(multiplexer));
  }

  /**
   * Called when a live query is being opened.
   *
   * @returns call it when that has ended
   */
  beginOpening(collection: string): () => void {
    this.#opening.set(collection, (this.#opening.get(collection) ?? 0) + 1);
    return () => this.#opening.set(collection, (this.#opening.get(collection) ?? 1) - 1);
  }

  /** Returns whether a live query of the collection may be polling. One that is being opened has no driver yet. */
  mayPoll(collection: string): boolean {
    if (this.#opening.get(collection)) return true;
    const polling = this.#polling.get(collection);
    for (const multiplexer of polling ?? []) {
      if (multiplexer._handles !== null) return true;
      // Its last handle has stopped. Each is deleted once, so this takes constant time on average.
      polling?.delete(multiplexer);
    }
    return false;
  }
}
