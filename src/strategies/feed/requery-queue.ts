/**
 * Re-queries drivers, each only when it is STEADY, with one pending request per driver.
 *
 * Owned by a collection feed. A driver that is re-queried while it is QUERYING queries once more. Re-queried faster than its
 * query runs, it would never reach STEADY, and clients would wait for `updated` for ever. No Meteor or Redis imports.
 */

import { Deferred } from '../../base/time';
import type { RequeryReason } from '../../observability/metrics';
import type { FedQuery } from './fed-query';

/** Pause between two queries of one driver, in ms: that of Meteor's polling driver. */
const THROTTLE_MS = 50;
/** How often pending drivers are checked, in ms. */
const STEP_MS = 5;

interface Request {
  /** The reason of the first request. */
  readonly reason: RequeryReason;
  /** Resolves when the query has begun, or the driver has stopped. */
  readonly begun: Deferred;
}

export class RequeryQueue {
  readonly #requery: (query: FedQuery, reason: RequeryReason) => void;
  readonly #pending = new Map<FedQuery, Request>();
  #isScheduled = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(requery: (query: FedQuery, reason: RequeryReason) => void) {
    this.#requery = requery;
  }

  /** Requests a re-query of each. Resolves when every driver has begun its query, or has stopped. */
  async request(queries: Iterable<FedQuery>, reason: RequeryReason): Promise<void> {
    const begun = [...queries].map((query) => this.requestOne(query, reason));
    await Promise.all(begun);
  }

  stop(): void {
    clearTimeout(this.#timer);
    for (const { begun } of this.#pending.values()) begun.resolve();
    this.#pending.clear();
  }

  private requestOne(query: FedQuery, reason: RequeryReason): Promise<void> {
    const pending = this.#pending.get(query) ?? { reason, begun: new Deferred() };
    this.#pending.set(query, pending);
    // The requests of one turn are one query.
    if (!this.#isScheduled) setImmediate(() => this.beginPending());
    this.#isScheduled = true;
    return pending.begun.promise;
  }

  private beginPending(): void {
    const now = performance.now();
    for (const [query, { reason, begun }] of this.#pending) {
      if (!this.beginIfPossible(query, reason, now)) continue;
      this.#pending.delete(query);
      begun.resolve();
    }
    this.#isScheduled = this.#pending.size > 0;
    if (this.#isScheduled) this.#timer = setTimeout(() => this.beginPending(), STEP_MS).unref();
  }

  /** Returns whether there is nothing more to wait for. */
  private beginIfPossible(query: FedQuery, reason: RequeryReason, now: number): boolean {
    if (query.isStopped) return true;
    if (!query.isSteady || now < query.requeriedAt + THROTTLE_MS) return false;
    query.requeriedAt = now;
    this.#requery(query, reason);
    return true;
  }
}
