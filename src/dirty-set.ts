/**
 * What has been touched and still has to be told: of each collection a set of ids or, when there are too many,
 * the whole collection; when all sets together grow too large, every collection.
 *
 * Used in both directions: `session.ts` keeps here what this node has to announce, a strategy what other nodes
 * announced. Pure. Its size is bounded whatever happens to Redis or the database meanwhile.
 */

import { type IdString, MAX_IDS, type TouchedIds } from './message';

/** Bytes that the ids of one set may take, all collections together: half of the 16 MB that README promises. */
const MAX_BYTES = 8 * 1024 * 1024;
/** What an entry of a `Set` takes beside its characters, rounded up (V8, 64 bit). */
const BYTES_PER_ENTRY = 64;

export class DirtySet {
  readonly #touched = new Map<string, Set<IdString> | null>();
  readonly #maxIds: number;
  readonly #maxBytes: number;
  #bytes = 0;

  /**
   * @param maxIds ids kept of one collection; one more, and it is the whole collection
   * @param maxBytes of all ids; beyond it, it is the whole of each collection
   */
  constructor(maxIds = MAX_IDS, maxBytes = MAX_BYTES) {
    this.#maxIds = maxIds;
    this.#maxBytes = maxBytes;
  }

  /** Adds to what is known; nothing already in the set is ever narrowed. */
  add(collection: string, ids: TouchedIds): void {
    const known = this.#touched.get(collection);
    if (known === null) return;
    if (ids === null) {
      this.widen(collection);
      return;
    }
    if (ids.length === 0) return;
    const union = known ?? new Set();
    this.#touched.set(collection, union);
    for (const id of ids) {
      if (union.has(id)) continue;
      union.add(id);
      this.#bytes += bytesOf(id);
      if (union.size > this.#maxIds) {
        this.widen(collection);
        break;
      }
    }
    if (this.#bytes > this.#maxBytes) this.collections.forEach((name) => void this.widen(name));
  }

  /** Takes out what is known of one collection; `undefined`: nothing is. */
  take(collection: string): TouchedIds | undefined {
    const known = this.#touched.get(collection);
    if (known === undefined) return undefined;
    this.forgetIds(collection);
    this.#touched.delete(collection);
    return known && [...known];
  }

  /** The collections of which something is known, as of now. */
  get collections(): string[] {
    return [...this.#touched.keys()];
  }

  clear(): void {
    this.#touched.clear();
    this.#bytes = 0;
  }

  private widen(collection: string): void {
    this.forgetIds(collection);
    this.#touched.set(collection, null);
  }

  private forgetIds(collection: string): void {
    for (const id of this.#touched.get(collection) ?? []) this.#bytes -= bytesOf(id);
  }
}

function bytesOf(id: IdString): number {
  return BYTES_PER_ENTRY + 2 * id.length;
}
