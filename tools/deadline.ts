/**
 * A deadline for asynchronous work.
 *
 * Called by the tools, the benchmark and the tests. The tests also run on Meteor, which loads no npm package but those of
 * `package.js`: hence Node's built-in modules instead of p-timeout. Where only a condition is polled, use p-wait-for.
 */

export class DeadlineError extends Error {}

/**
 * Returns the result of `work`.
 *
 * @param what completes the sentence "Waited 5 s for …"
 * @param work gets a signal that aborts when the deadline has passed or the work has settled
 * @throws DeadlineError when the work takes longer than `ms`
 */
export async function withDeadline<Value>(
  ms: number,
  what: string,
  work: (signal: AbortSignal) => Promise<Value>,
): Promise<Value> {
  const controller = new AbortController();
  const deadline = new Promise<never>((_, reject) => {
    const timer = setTimeout(() => reject(new DeadlineError(`Waited ${ms / 1000} s for ${what}`)), ms);
    controller.signal.addEventListener('abort', () => clearTimeout(timer));
  });
  try {
    return await Promise.race([work(controller.signal), deadline]);
  } finally {
    controller.abort();
  }
}
