/**
 * What has been touched and still has to be told: of each collection a set of ids or, when there are too many,
 * the whole collection.
 *
 * Used in both directions: `cluster.ts` keeps here what this node has to announce, a strategy what other nodes
 * announced. Pure. Its size is bounded by the number of synced collections times `maxIds`, whatever happens to
 * Redis or the database meanwhile.
 */

import { type IdString, MAX_IDS, type TouchedIds } from './message';

export class DirtySet {
  readonly #touched = new Map<string, Set<IdString> | null>();
  readonly #maxIds: number;

  /** @param maxIds ids kept of one collection; one more, and it is the whole collection */
  constructor(maxIds = MAX_IDS) {
    this.#maxIds = maxIds;
  }

  /** Adds to what is known; nothing already in the set is ever narrowed. */
  add(collection: string, ids: TouchedIds): void {
    const known = this.#touched.get(collection);
    if (known === null) return;
    if (ids === null) {
      this.#touched.set(collection, null);
      return;
    }
    const union = known ?? new Set();
    for (const id of ids) union.add(id);
    this.#touched.set(collection, union.size > this.#maxIds ? null : union);
  }

  /** Takes out what is known of one collection; `undefined`: nothing is. */
  take(collection: string): TouchedIds | undefined {
    const known = this.#touched.get(collection);
    if (known === undefined) return undefined;
    this.#touched.delete(collection);
    return known && [...known];
  }

  /** The collections of which something is known, as of now. */
  get collections(): string[] {
    return [...this.#touched.keys()];
  }

  clear(): void {
    this.#touched.clear();
  }
}
