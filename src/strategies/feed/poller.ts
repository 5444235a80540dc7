/**
 * The timer of the feed's polling: each live query runs again once per interval, at a time of its own.
 *
 * Owned by `connection-feed.ts`. No Meteor or Redis imports.
 */

/** The longest time between two checks which live queries are due, in ms. */
const MAX_STEP_MS = 1000;
/** Checks per interval, so that live queries spread over it. */
const STEPS = 10;

export class Poller {
  readonly #poll: (from: number, to: number) => void;
  #intervalMs: number | undefined;
  #timer: NodeJS.Timeout | undefined;

  /** @param poll called with the time since the last call, from and to, counted in polling intervals */
  constructor(poll: (from: number, to: number) => void) {
    this.#poll = poll;
  }

  setInterval(ms: number): void {
    if (ms === this.#intervalMs) return;
    this.stop();
    this.#intervalMs = ms;
    let polledAt = performance.now();
    const step = () => {
      const now = performance.now();
      this.#poll(polledAt / ms, now / ms);
      polledAt = now;
    };
    this.#timer = setInterval(step, Math.min(ms / STEPS, MAX_STEP_MS)).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#intervalMs = undefined;
  }
}
