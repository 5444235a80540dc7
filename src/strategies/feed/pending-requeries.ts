/**
 * The live queries of a connection that wait to be re-queried, and which of them is next.
 *
 * Owned by the re-query queue. Requests that a change has led to come before resyncs, and resyncs before polls. Among equal
 * ones the collection of which the fewest run comes first, so that queries that hang delay no other collection. Of a collection
 * the oldest request comes first. No Meteor or Redis imports.
 */

import { Deferred } from '../../base/time';
import type { RequeryReason } from '../../observability/metrics';
import type { FedQuery } from './fed-query';

/** The lower, the sooner. */
const RANKS: Readonly<Record<RequeryReason, number>> = {
  collection: 0,
  driver: 0,
  readFailed: 0,
  skipped: 0,
  resync: 1,
  poll: 2,
};

/**
 * How long the method of a write waits until it is shown, and a change until the query of a driver begins, in ms. A read that is
 * given up takes 30 s, and a query follows it. A driver whose query hangs would keep each later change in memory, with 3 KB.
 */
export const MAX_WAIT_MS = 60_000;

export interface Request {
  readonly query: FedQuery;
  /** The first reason of those with the lowest rank. */
  readonly reason: RequeryReason;
  /** Resolves when the query has begun, the driver has stopped, or the first one has waited for too long. */
  begun: Deferred;
  /** When `begun` was made, in ms by `performance.now()`. */
  since: number;
}

/** The requests of one rank, by collection. Each collection has its oldest request first. */
type Requests = Map<string, Map<FedQuery, Request>>;

export class PendingRequeries {
  readonly #byQuery = new Map<FedQuery, Request>();
  /** By rank. */
  readonly #requests: readonly Requests[] = [new Map(), new Map(), new Map()];

  get size(): number {
    return this.#byQuery.size;
  }

  /**
   * Adds a request, or finds the pending one of the driver, which keeps its place.
   *
   * @param now in ms by `performance.now()`
   */
  add(query: FedQuery, reason: RequeryReason, now: number): Request {
    const known = this.#byQuery.get(query);
    if (known && now - known.since > MAX_WAIT_MS) {
      known.begun.resolve();
      known.begun = new Deferred();
      known.since = now;
    }
    if (known && RANKS[known.reason] <= RANKS[reason]) return known;
    if (known) this.remove(known);
    const { begun, since } = known ?? { begun: new Deferred(), since: now };
    const request = { query, reason, begun, since };
    const requests = this.requestsOf(request);
    this.#byQuery.set(query, request);
    requests.set(query, request);
    return request;
  }

  remove(request: Request): void {
    const { query, reason } = request;
    const { collection } = query.description;
    const requests = this.requestsOf(request);
    this.#byQuery.delete(query);
    requests.delete(query);
    if (requests.size === 0) this.#requests[RANKS[reason]]?.delete(collection);
  }

  /**
   * Returns the request that is next.
   *
   * @param running returns how many queries of a collection run
   * @param isReady returns whether the driver of a request may begin now
   */
  next(running: (collection: string) => number, isReady: (query: FedQuery) => boolean): Request | undefined {
    for (const requests of this.#requests) {
      const collections = [...requests.keys()].sort((one, two) => running(one) - running(two));
      for (const collection of collections) {
        for (const request of requests.get(collection)?.values() ?? []) {
          if (isReady(request.query)) return request;
        }
      }
    }
    return undefined;
  }

  /** Removes all. @returns these */
  clear(): Request[] {
    const all = [...this.#byQuery.values()];
    this.#byQuery.clear();
    for (const requests of this.#requests) requests.clear();
    return all;
  }

  private requestsOf({ query, reason }: Request): Map<FedQuery, Request> {
    const { collection } = query.description;
    const ofRank = this.#requests[RANKS[reason]];
    const requests = ofRank?.get(collection) ?? new Map<FedQuery, Request>();
    ofRank?.set(collection, requests);
    return requests;
  }
}
