/** The state of the node that a page is connected to: the document that publication `node` sends in `nodes`. */

export interface NodeState {
  /** The node's URL. */
  _id: string;
  name: string;
  /** The URLs of all nodes, itself included. */
  nodes: string[];
  /** Whether Cluster is on. */
  cluster: boolean;
}
