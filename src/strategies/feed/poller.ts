/**
 * The timer of the feed's polling: each live query runs again once per interval, at a time of its own.
 *
 * Owned by `connection-feed.ts`. `poll-pace.ts` has the length of the interval, which may change at any time. Time counts in
 * intervals, so each live query keeps its place among the others. No Meteor or Redis imports.
 */

import type { PollingPolicy } from '../../config/polling';
import { PollPace } from './poll-pace';

/** The longest time between two checks which live queries are due, in ms. Of 1,000 per minute, four are due at once. */
const MAX_STEP_MS = 250;
/** Checks per interval, so that live queries spread over it. */
const STEPS = 10;

export interface PollerContext {
  /** Called with the time since the last call, from and to, counted in polling intervals. */
  poll(from: number, to: number): void;
  /** Returns how many live queries there are. */
  queries(): number;
}

export class Poller {
  readonly pace = new PollPace();
  readonly #context: PollerContext;
  #timer: NodeJS.Timeout | undefined;
  /** The number of intervals so far. */
  #position = 0;
  #polledAt = 0;

  constructor(context: PollerContext) {
    this.#context = context;
  }

  /** The interval by now, in ms; 0 when nothing polls. */
  get intervalMs(): number {
    return this.pace.intervalMs(this.#context.queries()) ?? 0;
  }

  setPolicy(policy: PollingPolicy): void {
    if (!this.pace.setPolicy(policy)) return;
    clearInterval(this.#timer);
    this.#polledAt = performance.now();
    const stepMs = Math.min(policy.intervalMs / STEPS, MAX_STEP_MS);
    this.#timer = setInterval(() => this.step(), stepMs).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.pace.setPolicy(undefined);
  }

  private step(): void {
    const now = performance.now();
    const from = this.#position;
    const to = from + (now - this.#polledAt) / this.intervalMs;
    this.#polledAt = now;
    this.#position = to;
    this.#context.poll(from, to);
    if (Math.floor(to) > Math.floor(from)) this.pace.endRound();
  }
}
