/** What a node tells the status page once a second: the document that publication `status` sends in `statuses`. */

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
  resyncs: number;
  counters: Counters;
  /** The upper limits of the latency histogram's buckets, in ms. A last bucket, without a limit, follows. */
  limits: number[];
  /** The latest events, the newest last. */
  events: NodeEvent[];
}

export interface NodeEvent {
  /** In ms since the epoch. */
  at: number;
  /** Follows the name of the node in a sentence. */
  text: string;
}

/** Numbers that only grow, until the node starts anew. */
export interface Counters {
  /** Messages about changes that the node has published. */
  published: number;
  /** Messages about changes of other nodes that it has received. */
  received: number;
  /** Changes of other nodes that concerned no live query of this node, so that nothing was read. */
  skipped: number;
  /** The latency of received changes: how many fell into each bucket. */
  latency: number[];
}
