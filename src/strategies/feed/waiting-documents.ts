/**
 * The documents of one collection that wait to be read: changed ones, and those that drivers fetch.
 *
 * Owned by the collection's reader. One entry per document, whatever waits for it. A change awaits one promise for all of its
 * documents. No Meteor or Redis imports.
 */

import { Deferred } from '../../base/time';
import type { IdString } from '../../base/values';
import type { FetchCallback } from '../../meteor/feed-contract';
import type { FedQuery } from './fed-query';

/** The documents of one change. Ends when each is dispatched, or when live queries run again for it. */
export class ChangeBatch {
  readonly #concerned = new Set<FedQuery>();
  readonly #done = new Deferred();
  #open: number;

  /** @param documents how many `end` is called for, at least one */
  constructor(documents: number) {
    this.#open = documents;
  }

  /** The live queries that its documents were dispatched to, or that run again. */
  get concerned(): ReadonlySet<FedQuery> {
    return this.#concerned;
  }

  /** Resolves when it has ended. */
  get done(): Promise<void> {
    return this.#done.promise;
  }

  /** Called once for each document. */
  end(queries: Iterable<FedQuery>): void {
    for (const query of queries) this.#concerned.add(query);
    this.#open -= 1;
    if (this.#open === 0) this.#done.resolve();
  }
}

/** One document, and what waits for it. */
export class WaitingDocument {
  readonly id: IdString;
  /** The changes that it is part of. */
  readonly batches: ChangeBatch[] = [];
  /** The drivers that fetch it. */
  readonly callbacks: FetchCallback[] = [];
  /** Whether its changes were postponed already. */
  isPostponed = false;
  /** Resolves when it has been read, and the drivers have it. */
  readonly handled = new Deferred();

  constructor(id: IdString) {
    this.id = id;
  }
}

export class WaitingDocuments {
  readonly #byId = new Map<IdString, WaitingDocument>();

  /** The documents that drivers fetch. */
  get fetched(): WaitingDocument[] {
    return [...this.#byId.values()].filter(({ callbacks }) => callbacks.length > 0);
  }

  get size(): number {
    return this.#byId.size;
  }

  has(id: IdString): boolean {
    return this.#byId.has(id);
  }

  /** Returns whether drivers fetch a document. */
  isFetched(id: IdString): boolean {
    return (this.#byId.get(id)?.callbacks.length ?? 0) > 0;
  }

  addChange(id: IdString, batch: ChangeBatch): void {
    this.at(id).batches.push(batch);
  }

  addFetch(id: IdString, callback: FetchCallback): void {
    this.at(id).callbacks.push(callback);
  }

  /** Puts the changes of a document back, to be read once more. */
  postpone({ id, batches }: WaitingDocument): void {
    const waiting = this.at(id);
    waiting.batches.push(...batches);
    waiting.isPostponed = true;
  }

  /**
   * Returns documents that may be read now, those first that drivers fetch.
   *
   * @param count the most documents
   */
  next(count: number, mayRead: (id: IdString) => boolean): WaitingDocument[] {
    const next: WaitingDocument[] = [];
    for (const isFetched of [true, false]) {
      for (const waiting of this.#byId.values()) {
        if (next.length >= count) return next;
        if (waiting.callbacks.length > 0 === isFetched && mayRead(waiting.id)) next.push(waiting);
      }
    }
    return next;
  }

  remove({ id }: WaitingDocument): void {
    this.#byId.delete(id);
  }

  /** Returns whether more changed documents wait than a number. */
  hasMoreChanged(than: number): boolean {
    if (this.#byId.size <= than) return false;
    return [...this.#byId.values()].filter(({ batches }) => batches.length > 0).length > than;
  }

  /** Removes all changes. Fetches stay. @returns the batches, each once per document */
  takeChanges(): ChangeBatch[] {
    const batches: ChangeBatch[] = [];
    for (const waiting of this.#byId.values()) {
      batches.push(...waiting.batches.splice(0));
      if (waiting.callbacks.length === 0) this.remove(waiting);
    }
    return batches;
  }

  private at(id: IdString): WaitingDocument {
    const waiting = this.#byId.get(id) ?? new WaitingDocument(id);
    this.#byId.set(id, waiting);
    return waiting;
  }
}
