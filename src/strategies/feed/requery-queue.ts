/**
 * Re-queries drivers, each only when it is STEADY, with one pending request per driver, and a few at once.
 *
 * Owned by a connection feed, as the collections of a connection share its database. A driver that is re-queried while it is
 * QUERYING queries once more. Re-queried faster than its query runs, it would never reach STEADY, and clients would wait for
 * `updated` for ever. Hundreds of drivers that query at once would keep a change from being shown until the last of them has
 * ended. `pending-requeries.ts` has the order, `requery-limit.ts` the number. No Meteor or Redis imports.
 */

import type { RequeryReason } from '../../observability/metrics';
import type { FedQuery } from './fed-query';
import { PendingRequeries, type Request } from './pending-requeries';
import { RequeryLimit } from './requery-limit';

/** Pause between two queries of one driver, in ms: that of Meteor's polling driver. */
const PAUSE_MS = 50;
/** How often pending drivers are checked, in ms. */
const STEP_MS = 5;
/**
 * How long a query counts as running, in ms: one that hangs must not hold back the others for ever. That is 200 times the
 * mean of the resync that `requery-limit.ts` describes, 24 ms with 4 at once.
 */
const PLACE_MS = 5000;

/** A re-query that has begun, and is not over. */
interface Running {
  readonly reason: RequeryReason;
  readonly begunAt: number;
}

export interface RequeryQueueContext {
  /** Makes a driver query. */
  begin(query: FedQuery, reason: RequeryReason): void;
  /** Called when a re-query is over, with its duration. */
  onEnd?(reason: RequeryReason, ms: number): void;
  /** @default PLACE_MS */
  readonly placeMs?: number;
  /** @default PAUSE_MS */
  readonly pauseMs?: number | undefined;
}

export class RequeryQueue {
  readonly #context: RequeryQueueContext;
  readonly #pending = new PendingRequeries();
  readonly #running = new Map<FedQuery, Running>();
  readonly #limit = new RequeryLimit();
  #isScheduled = false;
  #isStopped = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(context: RequeryQueueContext) {
    this.#context = context;
  }

  /** How many drivers wait to be re-queried. */
  get pending(): number {
    return this.#pending.size;
  }

  /**
   * Requests a re-query of each. Resolves when every driver has begun its query, or it or the queue has stopped. Where drivers
   * hang, later requests let the older ones wait no longer.
   */
  async request(queries: Iterable<FedQuery>, reason: RequeryReason): Promise<void> {
    // A read of a feed that has stopped may still fail. Nothing would ever end its request.
    if (this.#isStopped) return;
    const now = performance.now();
    const begun = [...queries].map((query) => this.#pending.add(query, reason, now).begun.promise);
    // The requests of one turn are one query.
    if (begun.length > 0) this.schedule();
    await Promise.all(begun);
  }

  /** Returns why a driver queries; `undefined`: it was not re-queried, or is STEADY again. */
  reasonOf(query: FedQuery): RequeryReason | undefined {
    return this.#running.get(query)?.reason;
  }

  /** Called when a driver has become STEADY. */
  onSteady(query: FedQuery): void {
    const running = this.#running.get(query);
    if (!running) return;
    this.end(query, running, performance.now() - running.begunAt);
    if (this.pending > 0) this.schedule();
  }

  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    for (const { begun } of this.#pending.clear()) begun.resolve();
    this.#running.clear();
  }

  private schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => this.step());
  }

  private step(): void {
    this.#isScheduled = false;
    clearTimeout(this.#timer);
    const now = performance.now();
    this.endUnreported(now);
    while (this.#running.size < this.#limit.limit) {
      const request = this.next(now);
      if (!request) break;
      this.begin(request, now);
    }
    if (this.pending > 0) this.#timer = setTimeout(() => this.step(), STEP_MS).unref();
  }

  private next(now: number): Request | undefined {
    const running = new Map<string, number>();
    for (const { description } of this.#running.keys()) {
      const { collection } = description;
      running.set(collection, (running.get(collection) ?? 0) + 1);
    }
    const { pauseMs = PAUSE_MS } = this.#context;
    const isReady = (query: FedQuery) =>
      query.isStopped || (query.isSteady && now >= query.requeriedAt + pauseMs);
    return this.#pending.next((collection) => running.get(collection) ?? 0, isReady);
  }

  private begin(request: Request, now: number): void {
    const { query, reason, begun } = request;
    this.#pending.remove(request);
    if (!query.isStopped) {
      query.requeriedAt = now;
      this.#running.set(query, { reason, begunAt: now });
      this.#context.begin(query, reason);
    }
    begun.resolve();
  }

  /** Ends what reports no end: drivers that have stopped or failed, that are not followed, or that hang. */
  private endUnreported(now: number): void {
    const { placeMs = PLACE_MS } = this.#context;
    for (const [query, running] of this.#running) {
      const ms = now - running.begunAt;
      if (query.isStopped) this.#running.delete(query);
      else if (query.isSteady || ms > placeMs) this.end(query, running, ms);
    }
  }

  private end(query: FedQuery, { reason }: Running, ms: number): void {
    this.#limit.record(ms, this.pending > 0);
    this.#running.delete(query);
    this.#context.onEnd?.(reason, ms);
  }
}
