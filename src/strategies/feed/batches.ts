/**
 * The next read of a collection feed: changes, and documents that drivers fetch.
 *
 * Each batch has a promise in place of callbacks: every caller that has added to it awaits the same promise. No Meteor or
 * Redis imports.
 */

import { Deferred } from '../../base/time';
import type { IdString } from '../../base/values';
import type { Change, ChangedIds } from '../../changes/change';
import { type CollectionKey, PendingChanges } from '../../changes/pending-changes';
import type { FetchCallback } from '../../meteor/feed-contract';
import type { FedQuery } from './fed-query';

/** Changes of one collection that are read and dispatched together. */
export class ChangeBatch {
  readonly #pending = new PendingChanges();
  #key: CollectionKey | undefined;
  readonly #concerned = new Set<FedQuery>();
  /** Resolves when everything but what is postponed to the next batch has been dispatched. */
  readonly dispatched = new Deferred();
  /** Resolves when everything has been dispatched. */
  readonly done = new Deferred();

  get isEmpty(): boolean {
    return this.#pending.isEmpty;
  }

  /** The live queries that it has been dispatched to. */
  get concerned(): ReadonlySet<FedQuery> {
    return this.#concerned;
  }

  has(id: IdString): boolean {
    return this.#key !== undefined && this.#pending.has(this.#key, id);
  }

  add(change: Change): void {
    this.#key = this.#pending.add(change);
  }

  addConcerned(queries: Iterable<FedQuery>): void {
    for (const query of queries) this.#concerned.add(query);
  }

  /** Removes and returns the ids of what was added. */
  take(): ChangedIds {
    const [change] = this.#pending.takeAll();
    return change?.ids ?? [];
  }
}

/** Documents that drivers wait for, read together with the next changes. */
export class FetchBatch {
  readonly #callbacks = new Map<IdString, FetchCallback[]>();
  /** Resolves when the drivers have what they fetch. */
  readonly answered = new Deferred();

  get isEmpty(): boolean {
    return this.#callbacks.size === 0;
  }

  get ids(): IdString[] {
    return [...this.#callbacks.keys()];
  }

  add(id: IdString, callback: FetchCallback): void {
    const callbacks = this.#callbacks.get(id) ?? [];
    this.#callbacks.set(id, callbacks);
    callbacks.push(callback);
  }

  has(id: IdString): boolean {
    return this.#callbacks.has(id);
  }

  /** Removes and returns those who wait for a document. */
  take(id: IdString): FetchCallback[] {
    const callbacks = this.#callbacks.get(id) ?? [];
    this.#callbacks.delete(id);
    return callbacks;
  }
}
