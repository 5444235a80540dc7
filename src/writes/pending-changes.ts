/**
 * Changes that wait to be published or handled: for each collection a set of ids, or `'all'`.
 *
 * The publisher keeps here what this node still has to publish, a strategy what it still has to handle. The size is bounded
 * whatever happens to Redis or the database: too many ids of a collection become `'all'` of it; when all sets
 * together grow too large, every collection becomes `'all'`. No Meteor or Redis imports.
 */

import { type Change, type ChangedIds, type IdString, MAX_IDS } from './change';

/** Bytes that the ids of all collections together may take: half of the 16 MB that `docs/guarantees.md` states. */
const MAX_BYTES = 8 * 1024 * 1024;
/** Bytes that an entry of a `Set` takes besides its characters, rounded up (V8, 64 bit). */
const BYTES_PER_ENTRY = 64;

export class PendingChanges {
  readonly #ids = new Map<string, Set<IdString> | 'all'>();
  readonly #maxIds: number;
  readonly #maxBytes: number;
  #bytes = 0;

  /**
   * @param maxIds the most ids kept of one collection; with one more it becomes `'all'`
   * @param maxBytes the most bytes of all ids; beyond it, every collection becomes `'all'`
   */
  constructor(maxIds = MAX_IDS, maxBytes = MAX_BYTES) {
    this.#maxIds = maxIds;
    this.#maxBytes = maxBytes;
  }

  /** Adds a change. Nothing already pending is ever narrowed. */
  add({ collection, ids }: Change): void {
    const known = this.#ids.get(collection);
    if (known === 'all') return;
    if (ids === 'all') {
      this.widen(collection);
      return;
    }
    if (ids.length === 0) return;
    const union = known ?? new Set();
    this.#ids.set(collection, union);
    for (const id of ids) {
      if (union.has(id)) continue;
      union.add(id);
      this.#bytes += bytesOf(id);
      if (union.size > this.#maxIds) {
        this.widen(collection);
        break;
      }
    }
    if (this.#bytes > this.#maxBytes) for (const name of this.collections) this.widen(name);
  }

  /**
   * Removes and returns the pending change of one collection.
   *
   * @returns `undefined` when nothing is pending
   */
  take(collection: string): Change | undefined {
    const known = this.#ids.get(collection);
    if (known === undefined) return undefined;
    this.removeIds(collection);
    this.#ids.delete(collection);
    const ids: ChangedIds = known === 'all' ? 'all' : [...known];
    return { collection, ids };
  }

  /** Removes and returns every pending change. */
  takeAll(): Change[] {
    return this.collections.flatMap((collection) => this.take(collection) ?? []);
  }

  /** The collections that have a pending change, as of now. */
  get collections(): string[] {
    return [...this.#ids.keys()];
  }

  get isEmpty(): boolean {
    return this.#ids.size === 0;
  }

  clear(): void {
    this.#ids.clear();
    this.#bytes = 0;
  }

  private widen(collection: string): void {
    this.removeIds(collection);
    this.#ids.set(collection, 'all');
  }

  private removeIds(collection: string): void {
    const known = this.#ids.get(collection);
    if (known === undefined || known === 'all') return;
    for (const id of known) this.#bytes -= bytesOf(id);
  }
}

function bytesOf(id: IdString): number {
  return BYTES_PER_ENTRY + 2 * id.length;
}
