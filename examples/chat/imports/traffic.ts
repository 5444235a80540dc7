/** The documents that the status page writes over and over, for the server and the page. */

/** A write of the status page, through any node. */
export interface Write {
  /** The URL of the node whose pages watch the document. */
  readonly node: string;
  /** Which of the documents of that node, from 0 to below `SLOTS`. */
  readonly slot: number;
}

/** How many documents each node has: 200 with eight nodes. So FerretDB 1, which scans a collection, stays fast. */
export const SLOTS = 25;
