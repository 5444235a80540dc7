/** Waiting: tests wait on conditions, not on sleeps. */

/** Far below the hour after which a node of the tests polls. In ms. */
const DEFAULT_TIMEOUT_MS = 15_000;
const STEP_MS = 10;
/** A condition that takes long, such as one that queries the database, is checked for half of the time at most. */
const pauseAfter = (checkedMs: number) => Math.max(STEP_MS, checkedMs);

/**
 * Waits until a condition is true.
 *
 * @param what the condition, for the error; a function is called only then
 * @throws Error that names `what`, when the condition is not true in time or throws
 */
export async function eventually(
  what: string | (() => string),
  condition: () => boolean | Promise<boolean>,
  timeoutMs = DEFAULT_TIMEOUT_MS,
): Promise<void> {
  const named = () => (typeof what === 'string' ? what : what());
  const deadline = Date.now() + timeoutMs;
  const isTrue = async () => {
    try {
      return await condition();
    } catch (error) {
      throw new Error(`failed while waiting for ${named()}: ${String(error)}`, { cause: error });
    }
  };
  for (let start = Date.now(); !(await isTrue()); start = Date.now()) {
    if (Date.now() > deadline) throw new Error(`waited ${timeoutMs} ms for ${named()}`);
    await pause(pauseAfter(Date.now() - start));
  }
}

/** Waits for a fixed time: only to see that something does *not* happen. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
