/** Tests wait on conditions, not on sleeps. */

/** Far below the hour after which a node of the tests would look at the database by itself. */
const DEFAULT_TIMEOUT = 15_000;

/**
 * @param what the condition, as it is named when it does not come true
 * @param timeout in ms
 * @throws Error when the condition has not come true in time; whatever the condition throws
 */
export async function eventually(
  what: string,
  condition: () => boolean | Promise<boolean>,
  timeout = DEFAULT_TIMEOUT,
): Promise<void> {
  const deadline = Date.now() + timeout;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`waited ${timeout} ms in vain for ${what}`);
    await pause(10);
  }
}

/** Only where nothing can be waited for: to see that something does *not* happen. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
