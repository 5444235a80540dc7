/** Errors of options: which option they name, and everything that a log line could show of them. */

import { ClusterConfigError } from '../../src/config/config-error';

/**
 * Runs something that must throw a `ClusterConfigError`.
 *
 * @throws Error when nothing or another error is thrown
 */
export function configErrorOf(run: () => unknown): ClusterConfigError {
  try {
    run();
  } catch (error) {
    if (error instanceof ClusterConfigError) return error;
    throw new Error(`not a ClusterConfigError: ${String(error)}`);
  }
  throw new Error('nothing was thrown');
}

/** Returns everything that an error can show. */
export function everythingShown(error: ClusterConfigError): string {
  return [error.stack, JSON.stringify(error), String(error.cause), String(error)].join('\n');
}
