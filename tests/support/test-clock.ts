/**
 * A clock that the test advances, for tests of components that get theirs.
 *
 * Not `simulation/virtual-time.ts`, which replaces globals and needs npm `tinyqueue`: unit tests also run under Meteor, where
 * neither is possible. A turn of the event loop is a real one, as it takes no time.
 */

import type { CancelTimer, Clock } from '../../src/base/time';

interface Timer {
  readonly at: number;
  readonly run: () => void;
}

/** The time at the start, in ms. Not 0: a time that was never set differs from it. */
const START_MS = 10_000_000;
const START_DATE = 1_700_000_000_000;
/** More timers than any test has to run until a condition holds. */
const MAX_TIMERS = 10_000;

export class TestClock implements Clock {
  /** `random` returns it. */
  chance = 0.5;
  #now = START_MS;
  readonly #timers = new Set<Timer>();
  /** The turns that are awaited. */
  #turns = 0;

  now(): number {
    return this.#now;
  }

  date(): number {
    return START_DATE + this.#now - START_MS;
  }

  random(): number {
    return this.chance;
  }

  after(ms: number, run: () => void): CancelTimer {
    // As Node.js does: a time below 1 ms is 1 ms.
    const timer = { at: this.#now + Math.max(1, ms), run };
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  }

  async nextTurn(): Promise<void> {
    this.#turns += 1;
    await new Promise(setImmediate);
    this.#turns -= 1;
  }

  /** How many timers have neither run nor been cancelled. */
  get timers(): number {
    return this.#timers.size;
  }

  /** Resolves when everything has happened that takes no time. */
  async settle(): Promise<void> {
    do await new Promise(setImmediate);
    while (this.#turns > 0);
  }

  /** Lets a time pass, in ms. Runs the timers that are due, and lets everything settle after each. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    await this.settle();
    for (let next = this.next(); next && next.at <= end; next = this.next()) await this.run(next);
    this.#now = Math.max(this.#now, end);
  }

  /** Lets a time pass in which this process does nothing, in ms. Then the due timers run, before any socket is read. */
  stall(ms: number): void {
    this.#now += ms;
    for (const timer of [...this.#timers].filter(({ at }) => at <= this.#now)) {
      this.#timers.delete(timer);
      timer.run();
    }
  }

  /**
   * Runs timers until a condition holds.
   *
   * @param what the condition, for the error
   */
  async until(what: string, condition: () => boolean): Promise<void> {
    await this.settle();
    for (let count = 0; !condition(); count += 1) {
      const next = this.next();
      if (!next || count === MAX_TIMERS) throw new Error(`no timer brings ${what}`);
      await this.run(next);
    }
  }

  private next(): Timer | undefined {
    // Of equal times, the first that was set.
    return [...this.#timers].reduce<Timer | undefined>(
      (first, timer) => (first && first.at <= timer.at ? first : timer),
      undefined,
    );
  }

  private async run(timer: Timer): Promise<void> {
    this.#timers.delete(timer);
    this.#now = Math.max(this.#now, timer.at);
    timer.run();
    await this.settle();
  }
}
