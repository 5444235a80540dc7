/**
 * The fed live queries of one collection, by what they listen to.
 *
 * Owned by a collection feed, filled by `fed-query.ts`. No Meteor or Redis imports.
 */

import type { ChangedIds, IdString } from '../../writes/change';
import type { FedQuery } from './fed-query';
import { ANY, DROP, type ListenerKey } from './listener-key';

export class QueryIndex {
  readonly #byKey = new Map<ListenerKey, Set<FedQuery>>();

  get isEmpty(): boolean {
    return this.#byKey.size === 0;
  }

  add(key: ListenerKey, query: FedQuery): void {
    const queries = this.#byKey.get(key) ?? new Set();
    this.#byKey.set(key, queries.add(query));
  }

  remove(key: ListenerKey, query: FedQuery): void {
    const queries = this.#byKey.get(key);
    if (queries?.delete(query) && queries.size === 0) this.#byKey.delete(key);
  }

  /** Every live query once: each listens either to any document, or to some documents and to drops. */
  *all(): Iterable<FedQuery> {
    yield* this.#byKey.get(ANY) ?? [];
    yield* this.#byKey.get(DROP) ?? [];
  }

  /** The live queries that listen to a document, with the key to notify each by. */
  *listeningTo(id: IdString): Iterable<[ListenerKey, FedQuery]> {
    for (const key of [ANY, id] as const) {
      for (const query of this.#byKey.get(key) ?? []) yield [key, query];
    }
  }

  /** Returns the part of a change that a live query listens to. */
  concerned(ids: ChangedIds): ChangedIds {
    if (this.isEmpty) return [];
    return ids === 'all' || this.#byKey.has(ANY) ? ids : ids.filter((id) => this.#byKey.has(id));
  }
}
