/**
 * The polling policy: how often a live query runs again by itself, so that staleness is bounded without any message.
 *
 * Meteor's polling driver follows Meteor's own interval. Fed live queries follow the interval computed here: the session
 * passes it to the strategy, the feed applies it. No Meteor or Redis imports.
 */

/** How often Meteor's polling driver runs a query again, in ms (`METEOR_POLLING_INTERVAL_MS` is Meteor's variable). */
const METEOR_POLLING_INTERVAL_MS = Number(process.env.METEOR_POLLING_INTERVAL_MS) || 10_000;
/** Fed live queries need polling only for outside writes that nobody published, so they poll less often. */
const CONNECTED_FACTOR = 6;
/** The shortest interval, in ms: a driver re-queried faster than its query runs never reaches STEADY. */
export const MIN_POLLING_INTERVAL_MS = 1000;
/** The interval of fed live queries while the node is connected, unless the option `pollingInterval` sets one. In ms. */
export const DEFAULT_POLLING_INTERVAL_MS = CONNECTED_FACTOR * METEOR_POLLING_INTERVAL_MS;
/** The interval of fed live queries that receive no messages, in ms: that of Meteor's polling driver. */
export const DISCONNECTED_POLLING_INTERVAL_MS = Math.max(METEOR_POLLING_INTERVAL_MS, MIN_POLLING_INTERVAL_MS);

/**
 * Returns the polling interval of fed live queries, in ms.
 *
 * @param configured the option `pollingInterval`, in ms
 * @param isConnected whether the node receives what other nodes publish
 */
export function pollingIntervalMs(configured: number, isConnected: boolean): number {
  return isConnected ? configured : Math.min(configured, DISCONNECTED_POLLING_INTERVAL_MS);
}
