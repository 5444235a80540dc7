/**
 * The polling policy: how often a live query runs again by itself, so that staleness is bounded without any message.
 *
 * Meteor's polling driver follows Meteor's own interval. Fed live queries follow the interval computed here: the session
 * passes it to the strategy, the feed applies it. No Meteor or Redis imports.
 */

/** Fed live queries need polling only for outside writes that nobody published, so they poll less often. */
const CONNECTED_FACTOR = 6;
/** The shortest interval, in ms: a driver re-queried faster than its query runs never reaches STEADY. */
export const MIN_POLLING_INTERVAL_MS = 1000;

/** Returns how often Meteor's polling driver runs a query again, in ms. The variable is Meteor's, and so is its default. */
function meteorPollingIntervalMs(env: NodeJS.ProcessEnv): number {
  return Number(env.METEOR_POLLING_INTERVAL_MS) || 10_000;
}

/** Returns the interval of connected fed live queries without the option `pollingInterval`, in ms. */
export function defaultPollingIntervalMs(env: NodeJS.ProcessEnv): number {
  return CONNECTED_FACTOR * meteorPollingIntervalMs(env);
}

/**
 * Returns the interval of connected fed live queries without the option `pollingInterval`, where settings start Cluster and no
 * program announces its writes, in ms. It is that of Meteor's polling driver, so outside writes are shown as soon as without
 * Cluster. The share of the time that polls get, and the growth of the interval, keep this cheap: see `poll-pace.ts`.
 */
export function settingsPollingIntervalMs(env: NodeJS.ProcessEnv): number {
  return disconnectedPollingIntervalMs(env);
}

/** Returns the interval of fed live queries that receive no messages, in ms: that of Meteor's polling driver. */
export function disconnectedPollingIntervalMs(env = process.env): number {
  return Math.max(meteorPollingIntervalMs(env), MIN_POLLING_INTERVAL_MS);
}

/** How often fed live queries poll. */
export interface PollingPolicy {
  /** The interval, in ms; of an adaptive one the shortest. */
  readonly intervalMs: number;
  /** Whether the interval grows where polls find nothing, or take too much time: messages keep live queries up to date. */
  readonly isAdaptive: boolean;
}

/** Returns the policy of fed live queries that nothing but polls keeps up to date. */
export function fixedPolling(intervalMs: number): PollingPolicy {
  return { intervalMs, isAdaptive: false };
}

/**
 * Returns how often fed live queries poll.
 *
 * @param configured the option `pollingInterval`, in ms
 * @param isConnected whether the node receives what other nodes publish
 */
export function pollingPolicy(configured: number, isConnected: boolean): PollingPolicy {
  if (!isConnected) return fixedPolling(Math.min(configured, disconnectedPollingIntervalMs()));
  return { intervalMs: configured, isAdaptive: true };
}
