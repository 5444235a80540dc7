/**
 * The observe drivers that listen to one collection, and how they are notified.
 *
 * Owned by a collection feed. A notification has the form of an oplog entry. No Meteor or Redis imports.
 */

import type { DocumentSource, StoredDocument } from '../../meteor/feed-contract';
import { type Log, reasonOf } from '../../observability/log';
import type { ChangedIds, IdString } from '../../writes/change';

export type Listener = (notification: object) => void;

/** Listens to every document of the collection. */
export const ANY: unique symbol = Symbol('any document');
/** Listens to notifications about the whole collection only. */
export const DROP: unique symbol = Symbol('drop');

export type ListenerKey = IdString | typeof ANY | typeof DROP;

export class DriverListeners {
  readonly #collection: string;
  readonly #source: DocumentSource;
  readonly #log: Log;
  /** Each with its phase, 0 to 1: when within a polling interval it is due. */
  readonly #listeners = new Map<ListenerKey, Map<Listener, number>>();

  constructor(collection: string, source: DocumentSource, log: Log) {
    this.#collection = collection;
    this.#source = source;
    this.#log = log;
  }

  get isEmpty(): boolean {
    return this.#listeners.size === 0;
  }

  /** @returns removes it */
  add(key: ListenerKey, listener: Listener): () => void {
    const listeners = this.#listeners.get(key) ?? new Map();
    this.#listeners.set(key, listeners.set(listener, Math.random()));
    return () => {
      if (listeners.delete(listener) && listeners.size === 0) this.#listeners.delete(key);
    };
  }

  /** Returns the part of a change that a driver listens to. */
  concerned(ids: ChangedIds): ChangedIds {
    if (this.isEmpty) return [];
    return ids === 'all' || this.#listeners.has(ANY) ? ids : ids.filter((id) => this.#listeners.has(id));
  }

  /**
   * Dispatches a document.
   *
   * @param document `undefined`: it does not exist
   * @returns whether drivers can process it; when not, they have to query
   */
  dispatch(id: IdString, document: StoredDocument | undefined): boolean {
    // A driver would take a field of this name for an update in the format of MongoDB 5's oplog.
    if (document && 'diff' in document) return false;
    const _id = this.#source.parseId(id);
    // A whole document in an `u` entry is a replacement, which drivers evaluate at once.
    const op = document ? { op: 'u', o: document, o2: { _id } } : { op: 'd', o: { _id } };
    const notification = { collection: this.#collection, id: _id, op };
    for (const key of [ANY, id] as const) {
      for (const listener of this.#listeners.get(key)?.keys() ?? []) this.notify(listener, notification);
    }
    return true;
  }

  /** Makes every driver query again. */
  requeryAll(): void {
    this.requery(() => true);
  }

  /** Makes the drivers query that are due between two times, counted in polling intervals. */
  requeryDue(from: number, to: number): void {
    this.requery((phase) => Math.floor(to + phase) > Math.floor(from + phase));
  }

  /** Calls into a driver. Its failure is logged and does not reach other drivers. */
  guarded(call: () => void): void {
    try {
      call();
    } catch (error) {
      const what = `a live query of "${this.#collection}" failed: ${reasonOf(error)}`;
      this.#log.warn(`driver ${this.#collection}`, what);
    }
  }

  private requery(matches: (phase: number) => boolean): void {
    for (const key of [ANY, DROP] as const) {
      for (const [listener, phase] of this.#listeners.get(key) ?? []) {
        if (matches(phase)) this.notify(listener, this.dropNotification());
      }
    }
  }

  private notify(listener: Listener, notification: object): void {
    try {
      listener(notification);
    } catch {
      // A driver that throws on a document recovers by querying.
      this.guarded(() => listener(this.dropNotification()));
    }
  }

  private dropNotification(): object {
    return { collection: this.#collection, id: null, dropCollection: true };
  }
}
