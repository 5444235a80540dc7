/**
 * Time and waiting: the clock that never goes back, and the one way to limit how long something is waited for.
 *
 * Used wherever the package measures time, or waits for Redis or the database. No imports.
 */

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
export async function withTimeout<Value>(ms: number, promise: PromiseLike<Value>): Promise<Value> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new TimeoutError(`no answer within ${ms} ms`)), ms).unref();
  });
  try {
    return await Promise.race([promise, limit]);
  } finally {
    clearTimeout(timer);
  }
}

/** Returns milliseconds on a clock that never goes back. */
export function now(): number {
  return performance.now();
}

export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
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
