/** The session's clock. */

/** Returns milliseconds on a clock that never goes back. */
export function now(): number {
  return performance.now();
}
