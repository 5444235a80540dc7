/**
 * How often a node publishes heartbeats, and how long it may be silent.
 *
 * Every node receives every heartbeat, so their number grows with the square of the nodes: beyond some size the interval grows
 * too. Nodes publish their interval, as they may see different numbers of peers. Called by the heartbeat and the receiver. No
 * imports of Meteor or Redis.
 */

/** The options `heartbeatInterval` and `heartbeatTimeout`. */
export interface HeartbeatOptions {
  readonly heartbeatIntervalMs: number;
  readonly heartbeatTimeoutMs: number;
}

/**
 * With more peers, the interval grows in proportion. With 500 nodes and an interval of 2 s, heartbeats would take 720 Mbit/s
 * and 70 % of Redis' time. Now they take 210 Mbit/s and 18 %, by `npm run simulate` and a measurement of Redis.
 */
const PEERS_PER_INTERVAL = 128;
/** The longest that a published interval counts for, in intervals of this node: that of 1000 peers. */
const MAX_STRETCH = 8;

/** Returns by how much a node with so many peers stretches its interval and its time-out: 1 or more. */
export function stretchOf(peers: number): number {
  return Math.max(1, peers / PEERS_PER_INTERVAL);
}

/**
 * Returns by how much longer than `heartbeatTimeout` a peer may be silent, in ms.
 *
 * @param publishedMs the interval that it has published; `undefined`: none
 */
export function graceMs(options: HeartbeatOptions, publishedMs: number | undefined): number {
  if (publishedMs === undefined) return 0;
  const stretch = Math.min(MAX_STRETCH, publishedMs / options.heartbeatIntervalMs);
  return Math.max(0, stretch - 1) * options.heartbeatTimeoutMs;
}

/** Returns the same for a peer that has published no heartbeat yet: it stretches its interval as this node does. */
export function graceOfUnknownMs(options: HeartbeatOptions, peers: number): number {
  return graceMs(options, options.heartbeatIntervalMs * stretchOf(peers));
}
