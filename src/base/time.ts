/**
 * The clock: time, timers and random numbers, and the one way to limit how long something is waited for.
 *
 * `create-session.ts` passes the system's clock to the session, which passes it to its components and to the channel. Their
 * tests, and the simulation, pass a virtual one. These use `systemClock` or Node's timers themselves:
 *
 * - `strategies/feed/` and `meteor/`: they run within Meteor's observe drivers, whose timers and queries follow no other clock.
 * - `redis/client.ts`: the Redis client calls it, and waits by timers of its own.
 * - `cluster.ts`, `session-owner.ts` and what they call outside a session, such as the end of the process by a signal.
 *
 * So times by `now` and by `performance.now()` are compared with each other: in one process all come from one source. No
 * imports.
 */

/** Ends a timer that has not run. Idempotent. */
export type CancelTimer = () => void;

export interface Clock {
  /** Returns milliseconds on a clock that never goes back. */
  now(): number;
  /** Returns milliseconds since the epoch. */
  date(): number;
  /** Returns a random number, from 0 to below 1. */
  random(): number;
  /**
   * Calls something after a time. The timer does not keep the process running.
   *
   * @param ms the time, in ms
   */
  after(ms: number, run: () => void): CancelTimer;
  /** Resolves after the current turn of the event loop, when the sockets have been read. */
  nextTurn(): Promise<void>;
}

export const systemClock: Clock = {
  now: () => performance.now(),
  date: () => Date.now(),
  random: () => Math.random(),
  after: (ms, run) => {
    const timer = setTimeout(run, ms).unref();
    return () => clearTimeout(timer);
  },
  nextTurn: () => new Promise((resolve) => setImmediate(resolve)),
};

/** Thrown when Redis or the database has not answered in time. */
export class TimeoutError extends Error {
  override readonly name = 'TimeoutError';
}

/**
 * Waits for a promise, but not longer than a limit. The timer does not keep the process running.
 *
 * @param ms the limit, in ms
 * @throws TimeoutError when the limit is over first; otherwise what the promise rejects with
 */
export async function withTimeout<Value>(
  clock: Clock,
  ms: number,
  promise: PromiseLike<Value>,
): Promise<Value> {
  let cancel: CancelTimer = () => {};
  const limit = new Promise<never>((_resolve, reject) => {
    cancel = clock.after(ms, () => reject(new TimeoutError(`no answer within ${ms} ms`)));
  });
  try {
    return await Promise.race([promise, limit]);
  } finally {
    cancel();
  }
}

export class Deferred {
  readonly promise: Promise<void>;
  resolve = (): void => {};

  constructor() {
    this.promise = new Promise((resolve) => {
      this.resolve = resolve;
    });
  }
}
