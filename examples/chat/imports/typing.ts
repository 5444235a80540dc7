/** The names of users that are typing, for the server and the page. */

/** The page sends it to its node, and the node broadcasts it. */
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
