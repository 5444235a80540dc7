/** Rejections that nobody has handled. */

/** Returns those during a function, which waits until they can have been reported. */
export async function unhandledDuring(run: () => Promise<void>): Promise<readonly unknown[]> {
  const unhandled: unknown[] = [];
  const onUnhandled = (error: unknown) => unhandled.push(error);
  process.on('unhandledRejection', onUnhandled);
  try {
    await run();
    return unhandled;
  } finally {
    process.off('unhandledRejection', onUnhandled);
  }
}
