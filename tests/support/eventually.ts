/** Waiting: tests wait on conditions, not on sleeps. */

/** Far below the hour after which a node of the tests polls. In ms. */
const DEFAULT_TIMEOUT_MS = 15_000;
const STEP_MS = 10;
/** The longest pause: shorter than any state that tests wait for. In ms. */
const LONGEST_STEP_MS = 100;

/**
 * A condition that takes long, such as one that queries the database, is checked for half of the time at most. The longer
 * it takes to become true, the less often it is checked: the wait ends a tenth too late at most.
 */
function pauseAfter(checkedMs: number, waitedMs: number): number {
  return Math.max(STEP_MS, checkedMs, Math.min(LONGEST_STEP_MS, waitedMs / 10));
}

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
  const begun = Date.now();
  const isTrue = async () => {
    try {
      return await condition();
    } catch (error) {
      throw new Error(`failed while waiting for ${named()}: ${String(error)}`, { cause: error });
    }
  };
  for (let start = Date.now(); !(await isTrue()); start = Date.now()) {
    const waitedMs = Date.now() - begun;
    if (waitedMs > timeoutMs) throw new Error(`waited ${timeoutMs} ms for ${named()}`);
    await pause(pauseAfter(Date.now() - start, waitedMs));
  }
}

/** Waits for a fixed time: only to see that something does *not* happen. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
