/**
 * The fed live queries of one collection. Some listen to any document, by way of an index, others to some documents by id.
 *
 * Owned by a collection feed, filled by `fed-query.ts`. No Meteor or Redis imports.
 */

import type { IdString } from '../../base/values';
import type { Hasher } from '../../matching/hint';
import { QueryIndex } from '../../matching/query-index';
import type { StoredDocument } from '../../meteor/feed-contract';
import type { FedQuery } from './fed-query';
import { ANY, DROP, type ListenerKey } from './fed-query';
import { Projections } from './projections';
import { Skips } from './skips';

export class Listeners {
  readonly index: QueryIndex<FedQuery>;
  readonly projections = new Projections();
  readonly skips: Skips<FedQuery>;
  readonly #any = new Set<FedQuery>();
  /** Live queries that listen to some documents. */
  readonly #byId = new Map<IdString, Set<FedQuery>>();
  readonly #drops = new Set<FedQuery>();

  /** @param receivedUntil see `Skips` */
  constructor(hash: Hasher, receivedUntil: () => number) {
    this.index = new QueryIndex(hash);
    this.skips = new Skips(this.index, receivedUntil);
  }

  get isEmpty(): boolean {
    return this.#any.size === 0 && this.#drops.size === 0;
  }

  /** How many live queries there are. */
  get count(): number {
    return this.#any.size + this.#drops.size;
  }

  add(key: ListenerKey, query: FedQuery): void {
    if (key === ANY) {
      this.#any.add(query);
      this.index.add(query, query.description);
      this.skips.unsettle(query);
    } else if (key === DROP) {
      this.#drops.add(query);
    } else {
      const queries = this.#byId.get(key) ?? new Set();
      this.#byId.set(key, queries.add(query));
    }
  }

  remove(key: ListenerKey, query: FedQuery): void {
    if (key === ANY) {
      this.#any.delete(query);
      this.index.remove(query);
      this.skips.remove(query);
    } else if (key === DROP) {
      this.#drops.delete(query);
    } else {
      const queries = this.#byId.get(key);
      if (queries?.delete(query) && queries.size === 0) this.#byId.delete(key);
    }
  }

  /** Every live query once. */
  all(): FedQuery[] {
    return [...this.#any, ...this.#drops];
  }

  /** Returns whether a live query listens to the document by its id. */
  listensTo(id: IdString): boolean {
    return this.#byId.has(id);
  }

  /**
   * Returns the live queries that a document can concern, with the key to notify each by.
   *
   * @param document `undefined`: it does not exist
   */
  concerned(id: IdString, document: StoredDocument | undefined): [ListenerKey, FedQuery][] {
    const byId = [...(this.#byId.get(id) ?? [])].map((query): [ListenerKey, FedQuery] => [id, query]);
    const byIndex = [...this.index.concerned(id, document)].map((query): [ListenerKey, FedQuery] => [
      ANY,
      query,
    ]);
    return [...byId, ...byIndex];
  }
}
