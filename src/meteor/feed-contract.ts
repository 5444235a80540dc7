/** The contract between this folder, which installs a feed, and the strategy `oplog`, which implements it. Types only. */

import type { Change, IdString } from '../writes/change';

/** A document, its `_id` included. */
export type StoredDocument = Readonly<Record<string, unknown>>;

/** What is installed. Meteor's drivers call more of it: see `strategies/oplog/oplog-feed.ts`. */
export interface Feed {
  /** The collections that drivers listen to. */
  readonly collections: string[];
  /** Resolves when the drivers have the change. */
  handleChange(change: Change): Promise<void>;
  setPollingInterval(ms: number): void;
  stop(): Promise<void>;
}

/** What a feed needs to know of documents and ids. */
export interface DocumentSource {
  /** Reads the documents of those ids that exist, in one query. */
  read(collection: string, ids: readonly IdString[]): Promise<Map<IdString, StoredDocument>>;
  stringifyId(id: unknown): IdString;
  parseId(id: IdString): unknown;
  clone(document: StoredDocument): StoredDocument;
  /** Returns whether a driver of the collection is QUERYING. */
  isQuerying(collection: string): boolean;
}
