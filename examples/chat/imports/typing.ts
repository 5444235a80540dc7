/** Who is typing, for the server and the page. */

/** What the page sends to its node, and a node broadcasts. */
export interface Typist {
  room: string;
  name: string;
}

/** A document of the collection `typists`, which exists in pages only. */
export interface ShownTypist {
  /** The name too. */
  _id: string;
  name: string;
}
