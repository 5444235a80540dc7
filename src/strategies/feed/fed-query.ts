/**
 * One fed live query: the handle that its oplog observe driver uses, and the way to notify that driver.
 *
 * Created by `connection-feed.ts` when a live query is being opened. The driver calls the handle; the collection feed notifies.
 */

import type { IdString } from '../../base/values';
import type { Hasher } from '../../matching/hint';
import { entryOf } from '../../matching/query-entry';
import type { QueryIndex } from '../../matching/query-index';
import { mayBeSelected, mayEnter, type Scope } from '../../matching/scope';
import { topField } from '../../matching/selector-conditions';
import type {
  FedDriver,
  FetchCallback,
  Listener,
  QueryDescription,
  QueryHandle,
  StoredDocument,
  Trigger,
} from '../../meteor/feed-contract';
import type { Projection, Projections } from './projections';
import { showsSome, showsWhole } from './shown-fields';

/** A driver listens to one document, to every document, or to notifications about the whole collection only. */
export type ListenerKey = IdString | typeof ANY | typeof DROP;

export const ANY: unique symbol = Symbol('any document');
export const DROP: unique symbol = Symbol('drop');

/** The part of its collection's feed that a live query needs. */
export interface QueryOwner {
  readonly name: string;
  readonly listeners: {
    readonly index: QueryIndex<FedQuery>;
    readonly projections: Projections;
    add(key: ListenerKey, query: FedQuery): void;
    remove(key: ListenerKey, query: FedQuery): void;
  };
  keyOf(trigger: Trigger): ListenerKey;
  caughtUp(): Promise<void>;
  fetch(id: unknown, callback: FetchCallback): void;
  onPhase(query: FedQuery, isSteady: boolean, last?: StoredDocument): void;
  onDifference(query: FedQuery, id: IdString): void;
  /** Called when the state of a driver will not be reported. */
  onUnfollowed(query: FedQuery): void;
}

export class FedQuery implements QueryHandle {
  readonly description: QueryDescription;
  readonly stopHandles = new Set<unknown>();
  /** 0 to 1: when within a polling interval this query is due. */
  readonly pollPhase = Math.random();
  /** When it was re-queried last, in ms by `performance.now()`. */
  requeriedAt = Number.NEGATIVE_INFINITY;
  readonly #feed: QueryOwner;
  readonly #listeners = new Map<ListenerKey, Listener>();
  /** Known when the live query is open. */
  #driver: FedDriver | undefined;
  #hasFailed = false;
  /** The fields that its driver needs; `undefined`: all fields, as long as it is being opened. */
  #projection: Projection | undefined;

  constructor(feed: QueryOwner, description: QueryDescription) {
    this.#feed = feed;
    this.description = description;
  }

  /** Whether its driver is STEADY: neither QUERYING nor FETCHING. */
  get isSteady(): boolean {
    return this.#driver?.isSteady() ?? false;
  }

  /** Returns whether its driver holds a document. */
  holds(id: IdString): boolean {
    return this.#feed.listeners.index.holds(this, id);
  }

  /** Returns whether what its driver holds of a document differs from how it is stored, as far as that is known. */
  differs(id: IdString, document: StoredDocument | undefined): boolean {
    return this.#driver?.differs(id, document) ?? false;
  }

  /** Returns whether writes without named documents can concern it. A driver that is not STEADY may have queried before them. */
  isConcernedBy(scopes: readonly Scope[], hash: Hasher): boolean {
    if (!this.isSteady) return true;
    const entry = this.#feed.listeners.index.entryOf(this) ?? entryOf(this.description);
    return scopes.some(({ hint, selected }) => {
      if (mayEnter(entry, hint, hash)) return true;
      // Of a remove, the driver learns by the document that is gone.
      if (hint.kind === 'update' && !showsSome(this.#projection, hint.fields.keys())) return false;
      const isKnown = selected?.every(({ path }) => showsWhole(this.#projection, topField(path)));
      const isSelected = (document: object) => !isKnown || mayBeSelected(document, selected, hash);
      return this.#driver?.holdsSome(isSelected) ?? true;
    });
  }

  /** Whether its driver listens no more. */
  get isStopped(): boolean {
    return this.#hasFailed || this.#listeners.size === 0;
  }

  /**
   * Notifies the driver of an oplog entry.
   *
   * @throws what the driver throws
   */
  notify(key: ListenerKey, entry: object): void {
    this.#listeners.get(key)?.(entry);
  }

  /**
   * Makes the driver query again.
   *
   * @throws what the driver throws
   */
  requery(): void {
    const listener = this.#listeners.get(ANY) ?? this.#listeners.get(DROP);
    listener?.({ collection: this.#feed.name, id: null, dropCollection: true });
  }

  /** Resolves when the clients of the live query have been sent what its driver knows. */
  async flush(): Promise<void> {
    if (!this.isStopped) await this.#driver?.flush?.();
  }

  /** Called by Meteor: registers a listener to entries of the oplog. */
  async onOplogEntry(trigger: Trigger, listener: Listener): Promise<{ stop(): void }> {
    // Dropping the whole database is not published: nobody does that to a live application.
    if (trigger.collection === undefined) return this.stopHandle(() => {});
    const key = this.#feed.keyOf(trigger);
    if (this.#listeners.size === 0) this.#feed.listeners.projections.add(this.#projection);
    this.#listeners.set(key, listener);
    this.#feed.listeners.add(key, this);
    return this.stopHandle(() => {
      this.#listeners.delete(key);
      this.#feed.listeners.remove(key, this);
      if (this.#listeners.size === 0) this.#feed.listeners.projections.remove(this.#projection);
    });
  }

  /** Called by Meteor: would notify of skipped entries. Here a re-query does. */
  onSkippedEntries(): { stop(): void } {
    return this.stopHandle(() => {});
  }

  /** Called by Meteor: resolves when the collection's read in flight is dispatched and its fetches are answered. */
  waitUntilCaughtUp(): Promise<void> {
    return this.#feed.caughtUp();
  }

  /** Called by Meteor: reads one document for the driver. Never calls back synchronously. */
  async fetch(_collection: string, id: unknown, _op: object, callback: FetchCallback): Promise<void> {
    this.#feed.fetch(id, callback);
  }

  onOpened(driver: FedDriver | undefined): void {
    this.#driver = driver;
    this.#hasFailed = driver === undefined;
    if (!driver || this.isStopped) return;
    const { projections } = this.#feed.listeners;
    projections.remove(this.#projection);
    this.#projection = driver.projection;
    projections.add(this.#projection);
    if (!driver.isFollowed) this.#feed.onUnfollowed(this);
  }

  onPhase(isSteady: boolean, last?: StoredDocument): void {
    this.#feed.onPhase(this, isSteady, last);
  }

  onHold(id: IdString): void {
    this.#feed.listeners.index.hold(this, id);
  }

  onRelease(id: IdString): void {
    this.#feed.listeners.index.release(this, id);
  }

  onDifference(id: IdString): void {
    this.#feed.onDifference(this, id);
  }

  private stopHandle(stop: () => void): { stop(): void } {
    const handle = { stop };
    this.stopHandles.add(handle);
    return handle;
  }
}
