/**
 * Changes that wait to be published or handled: for each collection a set of ids, or `'all'`.
 *
 * The publisher keeps here what this node still has to publish, a strategy what it still has to handle. The size is bounded
 * whatever happens to Redis or the database: too many ids of a collection become `'all'` of it; when all sets
 * together grow too large, every collection becomes `'all'`. No Meteor or Redis imports.
 */

import { type Change, type IdString, MAX_IDS } from './change';

/** Bytes that the ids of all collections together may take: half of the 16 MB that `docs/guarantees.md` states. */
const MAX_BYTES = 8 * 1024 * 1024;
/** Bytes that an entry of a `Set` takes besides its characters, rounded up (V8, 64 bit). */
const BYTES_PER_ENTRY = 64;

/** A collection of a database, as a key. */
export type CollectionKey = string;

interface Pending {
  readonly database: string | undefined;
  readonly collection: string;
  ids: Set<IdString> | 'all';
}

export class PendingChanges {
  readonly #pending = new Map<CollectionKey, Pending>();
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

  /**
   * Adds a change. Nothing already pending is ever narrowed.
   *
   * @returns the key to `take` it by
   */
  add({ database, collection, ids }: Change): CollectionKey {
    const key = `${database ?? ''}\0${collection}`;
    const pending = this.#pending.get(key) ?? { database, collection, ids: new Set() };
    if (pending.ids === 'all' || ids.length === 0) return key;
    this.#pending.set(key, pending);
    if (ids === 'all') this.widen(pending);
    else this.addIds(pending, pending.ids, ids);
    return key;
  }

  /**
   * Removes and returns the pending change of one collection.
   *
   * @returns `undefined` when nothing is pending
   */
  take(key: CollectionKey): Change | undefined {
    const pending = this.#pending.get(key);
    if (pending === undefined) return undefined;
    this.#pending.delete(key);
    const { database, collection, ids } = pending;
    const change = { database, collection, ids: ids === 'all' ? ids : [...ids] };
    this.removeIds(pending);
    return change;
  }

  /** Removes and returns every pending change. */
  takeAll(): Change[] {
    return this.keys.flatMap((key) => this.take(key) ?? []);
  }

  /** The keys of the collections that have a pending change, as of now. */
  get keys(): CollectionKey[] {
    return [...this.#pending.keys()];
  }

  get isEmpty(): boolean {
    return this.#pending.size === 0;
  }

  clear(): void {
    this.#pending.clear();
    this.#bytes = 0;
  }

  private addIds(pending: Pending, known: Set<IdString>, ids: readonly IdString[]): void {
    for (const id of ids) {
      if (known.has(id)) continue;
      known.add(id);
      this.#bytes += bytesOf(id);
      if (known.size > this.#maxIds) {
        this.widen(pending);
        break;
      }
    }
    if (this.#bytes > this.#maxBytes) for (const each of this.#pending.values()) this.widen(each);
  }

  private widen(pending: Pending): void {
    this.removeIds(pending);
    pending.ids = 'all';
  }

  private removeIds({ ids }: Pending): void {
    if (ids === 'all') return;
    for (const id of ids) this.#bytes -= bytesOf(id);
  }
}

function bytesOf(id: IdString): number {
  return BYTES_PER_ENTRY + 2 * id.length;
}
