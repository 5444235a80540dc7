/** The times of nodes under faults, and what tests wait at most. All in ms. */

/** When set, tests run with the package's default times, and log how long recoveries took: README's table. */
const IS_MEASURING = Boolean(process.env.CLUSTER_TEST_MEASURE);

/** Short, so that dead connections and dead nodes are noticed while a test waits. */
export const TIMING = IS_MEASURING
  ? { heartbeatInterval: 2000, heartbeatTimeout: 7000, resyncJitter: 500 }
  : { heartbeatInterval: 200, heartbeatTimeout: 700, resyncJitter: 50 };
/** For nodes whose log is counted: on a busy machine a connection must not look dead. */
export const CALM = { ...TIMING, heartbeatTimeout: IS_MEASURING ? TIMING.heartbeatTimeout : 2000 };
/** The longest pause between two attempts to connect, a heartbeat's time-out, and a slow machine. */
export const HEALED_WITHIN_MS = 9000 + 1.5 * TIMING.heartbeatTimeout;
/**
 * A write that waited for Redis would not end before the fault; this is for one that waited for a time-out. A database may
 * be slow by itself.
 */
export const WRITTEN_WITHIN_MS = 5000;
/** For a slow machine. */
export const SLACK_MS = 1500;

/** Logs a measurement, when tests measure. */
export function logMeasured(what: string): void {
  if (IS_MEASURING) console.info(`measured: ${what}`);
}

/** @param start by `performance.now()` */
export function secondsSince(start: number): string {
  return `${((performance.now() - start) / 1000).toFixed(2)} s`;
}
