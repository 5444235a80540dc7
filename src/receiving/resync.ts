/**
 * Resyncs: this node's live queries of whole collections run again, because messages may have been lost.
 *
 * The receiver, the heartbeat and the session request them. Each runs after a random time, so that a burst of requests is
 * one resync. Nodes that lost the same Redis then do not query the database all at once. The requests of a node that has
 * connected are gathered for longer. A collection that is requested again and again is resynced once in each
 * `heartbeatTimeout`, and no more. No Meteor or Redis imports.
 */

import type { CancelTimer, Clock } from '../base/time';
import type { Log } from '../observability/log';

/** Up to so many peers resyncs are spread over `resyncJitter`; over more time in proportion, with more peers. */
const PEERS_PER_JITTER = 8;
/** So many resyncs of a collection may follow each other at once: faults come in bursts. */
const BURST = 4;

/** How many more resyncs of a collection may run at once: as of `at`, one more in each `intervalMs`. */
interface Allowance {
  resyncs: number;
  at: number;
}

export interface ResyncContext {
  readonly clock: Clock;
  /** The option `resyncJitter`. */
  readonly jitterMs: number;
  /**
   * The option `heartbeatTimeout`: the longest time to spread resyncs over, and the time between two of a collection that
   * is requested all the time.
   */
  readonly intervalMs: number;
  readonly log: Log;
  /** Returns how many peers there are. */
  peerCount(): number;
  /** Called for each collection to resync. */
  run(collection: string): void;
}

export class Resync {
  readonly #context: ResyncContext;
  readonly #requested = new Map<string, CancelTimer>();
  readonly #allowances = new Map<string, Allowance>();
  #gatheringUntil = Number.NEGATIVE_INFINITY;
  #count = 0;

  constructor(context: ResyncContext) {
    this.#context = context;
  }

  /** How many collections were resynced so far. */
  get count(): number {
    return this.#count;
  }

  request(collections: Iterable<string>): void {
    for (const collection of collections) {
      if (this.#requested.has(collection)) continue;
      const run = () => this.runRequested(collection);
      this.#requested.set(collection, this.#context.clock.after(this.delayOf(collection), run));
    }
  }

  /** Called when requests of the next time have one cause: a resync at the end of that time answers them all. */
  gather(ms: number): void {
    this.#gatheringUntil = this.#context.clock.now() + ms;
  }

  stop(): void {
    for (const cancel of this.#requested.values()) cancel();
    this.#requested.clear();
  }

  private runRequested(collection: string): void {
    this.#requested.delete(collection);
    this.#count += 1;
    this.#context.run(collection);
  }

  /** Returns how long to wait, and uses up one resync of the collection's allowance. */
  private delayOf(collection: string): number {
    const { clock, jitterMs, intervalMs, log, peerCount } = this.#context;
    const at = clock.now();
    const known = this.#allowances.get(collection) ?? { resyncs: BURST, at };
    const resyncs = Math.min(BURST, known.resyncs + (at - known.at) / intervalMs) - 1;
    this.#allowances.set(collection, { resyncs, at });
    const spread = Math.min(
      jitterMs * Math.max(1, peerCount() / PEERS_PER_JITTER),
      Math.max(intervalMs, jitterMs),
    );
    if (resyncs === BURST - 1) log.resolve(`resync ${collection}`);
    if (resyncs >= 0) return Math.max(0, this.#gatheringUntil - at) + clock.random() * spread;
    log.warn(
      `resync ${collection}`,
      `resyncs of collection "${collection}" are requested all the time: messages are lost, or strangers publish. ` +
        `They now run every ${intervalMs / 1000} s at most`,
    );
    return -resyncs * intervalMs;
  }
}
