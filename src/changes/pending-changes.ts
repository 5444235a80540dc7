/**
 * Changes that wait to be published or handled: for each collection a set of ids, or `'all'`.
 *
 * The publisher keeps here what this node still has to publish, a strategy what it still has to handle. The size is bounded
 * whatever happens to Redis or the database. Too many ids of a collection become `'all'` of it. When all sets together grow
 * too large, every collection becomes `'all'`. No Meteor or Redis imports.
 */

import type { IdString } from '../base/values';
import { type Hint, mergeHints } from '../matching/hint';
import { type LookedUp, mergeLookedUp } from '../matching/looked-up';
import { MAX_SCOPES, type Scope } from '../matching/scope';
import { type Change, MAX_IDS } from './change';

/** Bytes that the ids of all collections together may take: half of the 16 MB that `docs/guarantees.md` states. */
const MAX_BYTES = 8 * 1024 * 1024;
/** Bytes that an entry of a `Set` takes besides its characters, rounded up (V8, 64 bit). */
const BYTES_PER_ENTRY = 64;

/** A collection of a database, as a key. */
export type CollectionKey = string;

interface Pending {
  readonly database: string | undefined;
  readonly collection: string;
  ids: Map<IdString, Hint | undefined> | 'all';
  /** When the oldest of its changes was committed or received. */
  at: number | undefined;
  /** When the oldest of its writes began. */
  since: number | undefined;
  lookedUp: LookedUp | undefined;
  /** Of `'all'`: what is known of its writes. */
  scopes: readonly Scope[] | undefined;
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
  add({ database, collection, ids, hints, lookedUp, scopes, at, since }: Change): CollectionKey {
    const key = `${database ?? ''}\0${collection}`;
    const pending = this.#pending.get(key) ?? {
      database,
      collection,
      ids: new Map(),
      at,
      since,
      lookedUp: undefined,
      scopes: undefined,
    };
    pending.at = earlier(pending.at, at);
    pending.since = earlier(pending.since, since);
    if (ids.length === 0) return key;
    if (pending.ids === 'all') {
      pending.scopes = mergeScopes(pending.scopes, scopes);
      return key;
    }
    const isFirst = !this.#pending.has(key);
    this.#pending.set(key, pending);
    pending.lookedUp = mergeLookedUp(pending.lookedUp, lookedUp);
    if (ids === 'all') this.widen(pending, isFirst ? scopes : undefined);
    else this.addIds(pending, pending.ids, ids, hints);
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
    const { database, collection, ids, at, since, lookedUp, scopes } = pending;
    this.removeIds(pending);
    const times = { ...(at !== undefined && { at }), ...(since !== undefined && { since }) };
    if (ids === 'all') return { database, collection, ids, ...times, ...(scopes && { scopes }) };
    const hints = new Map([...ids].flatMap(([id, hint]) => (hint ? [[id, hint] as const] : [])));
    return {
      database,
      collection,
      ids: [...ids.keys()],
      ...times,
      ...(hints.size > 0 && { hints }),
      ...(lookedUp && { lookedUp }),
    };
  }

  /** Returns whether a document of a collection has a pending change. */
  has(key: CollectionKey, id: IdString): boolean {
    const ids = this.#pending.get(key)?.ids;
    return ids === 'all' || (ids?.has(id) ?? false);
  }

  /** Removes and returns every pending change. */
  takeAll(): Change[] {
    return this.keys.flatMap((key) => this.take(key) ?? []);
  }

  /** The keys of the collections that have a pending change, as of now. */
  get keys(): CollectionKey[] {
    return [...this.#pending.keys()];
  }

  /** How many ids are pending; `'all'` of a collection counts as one. */
  get size(): number {
    let size = 0;
    for (const { ids } of this.#pending.values()) size += ids === 'all' ? 1 : ids.size;
    return size;
  }

  get isEmpty(): boolean {
    return this.#pending.size === 0;
  }

  clear(): void {
    this.#pending.clear();
    this.#bytes = 0;
  }

  private addIds(
    pending: Pending,
    known: Map<IdString, Hint | undefined>,
    ids: readonly IdString[],
    hints: Change['hints'],
  ): void {
    for (const id of ids) {
      const hint = known.has(id) ? mergeHints(known.get(id), hints?.get(id)) : hints?.get(id);
      this.#bytes += bytesOf(id, hint) - (known.has(id) ? bytesOf(id, known.get(id)) : 0);
      known.set(id, hint);
      if (known.size > this.#maxIds) {
        this.widen(pending);
        break;
      }
    }
    if (this.#bytes > this.#maxBytes) for (const each of this.#pending.values()) this.widen(each);
  }

  private widen(pending: Pending, scopes?: readonly Scope[]): void {
    this.removeIds(pending);
    pending.ids = 'all';
    pending.lookedUp = undefined;
    pending.scopes = scopes;
  }

  private removeIds({ ids }: Pending): void {
    if (ids === 'all') return;
    for (const [id, hint] of ids) this.#bytes -= bytesOf(id, hint);
  }
}

/** Returns what describes the writes of two changes of `'all'`. */
function mergeScopes(a: Change['scopes'], b: Change['scopes']): Change['scopes'] {
  if (!a || !b || a.length + b.length > MAX_SCOPES) return undefined;
  return [...a, ...b];
}

function bytesOf(id: IdString, hint: Hint | undefined): number {
  let bytes = BYTES_PER_ENTRY + 2 * id.length;
  for (const [name, hash] of hint?.fields ?? [])
    bytes += BYTES_PER_ENTRY + 2 * (name.length + (hash?.length ?? 0));
  return bytes;
}

function earlier(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? (a ?? b) : Math.min(a, b);
}
