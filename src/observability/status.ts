/** The shape of `Cluster.status()`. The session fills it in, the facade adds the collections. No Meteor or Redis imports. */

import type { StrategyName } from '../config/options';
import type { DisconnectReason } from './events';

/** Everything is `null`, `false` or 0 before `init()`. */
export interface SessionStatus {
  /** Whether this node can publish and receives the channel, and most nodes that it receives receive it, and have its time. */
  connected: boolean;
  /** Why `connected` is `false`; `null`: it is `true`, or there is no session: before `init()` and after `close()`. */
  disconnectReason: DisconnectReason | null;
  /**
   * By how much the clocks of other nodes are ahead of this one's, in ms, by median. It counts nodes whose clocks differ by
   * more than ten minutes: with a secret, they drop each other's messages. `null`: there are no such nodes, or no secret.
   */
  clockDifferenceMs: number | null;
  /** The name of this node on the channel, new at every start. */
  nodeId: string | null;
  /** Nodes with equal namespaces form one cluster. */
  namespace: string | null;
  /** How this node updates its live queries when another node writes. */
  strategy: StrategyName | null;
  /** Messages about changes that Redis has accepted from this node since `init()`. */
  published: number;
  /** Messages about changes of other nodes that this node has handled since `init()`. */
  received: number;
  /** Messages dropped since `init()`: malformed, not authentic, or about a collection that is not synced. */
  dropped: number;
  /** The other nodes that this node has received messages from lately. */
  peers: number;
  /** How often a collection was resynced since `init()` because messages may have been lost. */
  resyncs: number;
}

/** How many live queries this node has open, by what updates them. Equal ones count once, as Meteor shares them. */
export interface LiveQueryCounts {
  /** Cluster feeds Meteor's oplog observe driver. */
  fed: number;
  /** Meteor tails a real oplog. */
  oplog: number;
  /** Meteor reads a change stream. */
  changeStreams: number;
  /** The query runs again, on a timer and when Meteor is notified. */
  polling: number;
}

export interface ClusterStatus extends SessionStatus {
  /** The names of the synced collections. */
  collections: string[];
  /** The open live queries of each synced collection. */
  liveQueries: Record<string, LiveQueryCounts>;
}

export const NO_SESSION: SessionStatus = {
  connected: false,
  disconnectReason: null,
  clockDifferenceMs: null,
  nodeId: null,
  namespace: null,
  strategy: null,
  published: 0,
  received: 0,
  dropped: 0,
  peers: 0,
  resyncs: 0,
};

/**
 * Returns whether a node is healthy. A node without Redis serves its users. Redis is away from all nodes at once, as a rule.
 * A load balancer that took them all out would turn late updates into an outage. So a disconnected node is healthy, once it
 * has started: it was connected, or `timeout` is over.
 *
 * @param session of now; `undefined`: before `init()` and after `close()`
 */
export function isHealthy(
  session: { readonly isStarting: boolean; readonly status: { readonly connected: boolean } } | undefined,
): boolean {
  return session !== undefined && (session.status.connected || !session.isStarting);
}
