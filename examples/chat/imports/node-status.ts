/** The document that publication `status` sends in `statuses`, for the status page: one for each node. */

export interface NodeStatus {
  /** The node's URL. */
  _id: string;
  name: string;
  /** When its process started, in ms since the epoch. */
  startedAt: number;
  /** Whether Cluster is on. */
  cluster: boolean;
  /** Whether it is connected to the channel. */
  connected: boolean;
  strategy: string;
  peers: number;
  /** Changed documents that wait for Redis. */
  pending: number;
  /** Messages that it has dropped. */
  dropped: number;
  /** Its name on the channel. */
  nodeId: string;
  counters: Counters;
  /** The upper limits of the buckets of times, in ms. A last bucket, without a limit, follows. */
  limits: number[];
  /** The latest events, the newest last. */
  events: NodeEvent[];
  /** The names of the peers in `events`, by their names on the channel. */
  names: Record<string, string>;
}

export interface NodeEvent {
  /** In ms since the epoch. */
  at: number;
  text: string;
  /** The name on the channel of the peer that it is about. */
  peer?: string;
}

/** Numbers that only grow, until the node starts anew. */
export interface Counters {
  /** Messages about changes that the node has published. */
  published: number;
  /** Messages about changes of other nodes that it has received. */
  received: number;
  /** Changed documents that it has read, those of its own writes too. */
  read: number;
  /** Changed documents that no live query of this node could show, so that it read nothing. */
  skipped: number;
  /** Times from the end of a write to its message at Redis: how many fell into each bucket. */
  publishTimes: number[];
  /** Times from the receipt of a change, or an own write, to the live queries concerned: how many fell into each bucket. */
  dispatchTimes: number[];
}
