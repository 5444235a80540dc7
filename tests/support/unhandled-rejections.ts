/** Rejections that nobody has handled. */

const EVENT = 'unhandledRejection';

/**
 * Returns those during a function, which waits until they can have been reported. Nobody else gets them: a runner of tests
 * would take them for failures.
 */
export async function unhandledDuring(run: () => Promise<void>): Promise<readonly unknown[]> {
  const unhandled: unknown[] = [];
  const others = process.listeners(EVENT);
  process.removeAllListeners(EVENT);
  process.on(EVENT, (error) => unhandled.push(error));
  try {
    await run();
    return unhandled;
  } finally {
    process.removeAllListeners(EVENT);
    for (const listener of others) process.on(EVENT, listener);
  }
}
