/** What the publication `node` says of the node that a page talks to: the one document of collection `nodes`. */

export interface NodeState {
  /** Its URL. */
  _id: string;
  name: string;
  /** The URLs of all nodes, itself included. */
  nodes: string[];
  /** Whether Cluster is on. */
  cluster: boolean;
}
