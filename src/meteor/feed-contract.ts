/** The contract between this folder, which installs a feed, and the strategy `oplog`, which implements it. Types only. */

import type { Change, IdString } from '../writes/change';
import type { ObserveDriver } from './connection';

/** A document, its `_id` included. */
export type StoredDocument = Readonly<Record<string, unknown>>;

export interface Trigger {
  readonly collection?: string;
  readonly id?: unknown;
  readonly dropCollection?: boolean;
}

export type Listener = (notification: object) => void;
export type FetchCallback = (error: unknown, document?: StoredDocument | null) => void;

/** What the observe driver of one live query uses in the place of Meteor's oplog handle and document fetcher. */
export interface QueryHandle {
  onOplogEntry(trigger: Trigger, listener: Listener): Promise<{ stop(): void }>;
  onSkippedEntries(): { stop(): void };
  waitUntilCaughtUp(): Promise<void>;
  fetch(collection: string, id: unknown, op: object, callback: FetchCallback): Promise<void>;
  /** Called when the live query is open, or has failed to open: then without a driver. */
  onOpened(driver: ObserveDriver | undefined): void;
}

export interface Feed {
  /** The collections that have fed live queries. */
  readonly collections: string[];
  /** Returns the handle for a live query that is being opened. */
  open(collection: string): QueryHandle;
  /** Resolves when the drivers have the change, or have been re-queried. */
  handleChange(change: Change): Promise<void>;
  setPollingInterval(ms: number): void;
  stop(): void;
}

/** What a feed needs to know of documents and ids. */
export interface DocumentSource {
  /** Reads the documents of those ids that exist, in one query. */
  read(collection: string, ids: readonly IdString[]): Promise<Map<IdString, StoredDocument>>;
  stringifyId(id: unknown): IdString;
  parseId(id: IdString): unknown;
  clone(document: StoredDocument): StoredDocument;
}
