/**
 * Which live queries a MongoDB connection has, and which observe driver each of them uses.
 *
 * Filled by `live-queries.ts`. Meteor's own record is not enough: it gets a live query only when it has been opened,
 * and loses it when one of two that were opened at the same time is stopped.
 */

import type { Multiplexer } from './connection';

export class QueryRegistry {
  readonly #multiplexers = new Map<string, Set<Multiplexer>>();
  /** How many live queries of a collection are being opened. */
  readonly #opening = new Map<string, number>();

  add(collection: string, multiplexer: Multiplexer): void {
    const known = this.active(collection);
    this.#multiplexers.set(collection, new Set([...known, multiplexer]));
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
    return this.active(collection).some(({ _observeDriver: driver }) => !driver?._usesOplog);
  }

  /** Returns whether an oplog observe driver of the collection is QUERYING. */
  isQuerying(collection: string): boolean {
    return this.active(collection).some(
      ({ _observeDriver: driver }) => driver?._usesOplog && driver._phase === 'QUERYING',
    );
  }

  private active(collection: string): Multiplexer[] {
    return [...(this.#multiplexers.get(collection) ?? [])].filter(({ _handles }) => _handles !== null);
  }
}
