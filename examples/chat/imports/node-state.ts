/** The state of the node that a page is connected to: the document that publication `node` sends in `nodes`. */

export interface NodeState {
  /** The node's URL. */
  _id: string;
  name: string;
  /** The URLs of all nodes, itself included. */
  nodes: string[];
  /** The URL of the launcher that starts and stops nodes; absent where there is none. */
  control?: string;
  /** Whether Cluster is on. */
  cluster: boolean;
  /** Whether it is connected to Redis, and so to its peers. */
  connected: boolean;
}
