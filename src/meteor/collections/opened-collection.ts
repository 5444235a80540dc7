/**
 * One collection of one MongoDB connection. All instances (`new Mongo.Collection(name)`) share it.
 *
 * Created by `collections.ts`; `cluster.ts` observes its writes. It holds no reference to an instance, so instances
 * that the application drops are collected.
 */

import type { WriteOutcome } from '../../writes/write-outcome';
import type { WriteInProgress } from '../../writes/write-watcher';
import type { MeteorConnection } from '../connection';

/**
 * The wrapper that reports a write: the innermost one of a Meteor collection, that of an adopted collection, or that of the
 * driver. The last one sees raw writes, and those of adopted collections too.
 */
export type Reporter = 'collection' | 'adopted collection' | 'driver';

/** Called when a write begins, within the application's call. */
export type WriteObserver = (reporter: Reporter) => WriteInProgress;

export class OpenedCollection {
  readonly name: string;
  readonly connection: MeteorConnection;
  readonly #observers = new Set<WriteObserver>();
  #hasUnpublishedWrites = false;
  /** Called when the application is about to write with MongoDB's driver. */
  readonly beginRawWrite = () => this.beginWrite('driver');

  constructor(name: string, connection: MeteorConnection) {
    this.name = name;
    this.connection = connection;
  }

  get database(): string {
    return this.connection.db.databaseName;
  }

  /**
   * Observes the writes of all instances.
   *
   * @returns stops it
   */
  observeWrites(observer: WriteObserver): () => void {
    this.#observers.add(observer);
    return () => this.#observers.delete(observer);
  }

  /** Called when a write has ended that no session publishes. */
  noteUnpublishedWrite(): void {
    this.#hasUnpublishedWrites = true;
  }

  /** Returns whether there were writes that no session has published, and forgets them. */
  takeUnpublishedWrites(): boolean {
    const had = this.#hasUnpublishedWrites;
    this.#hasUnpublishedWrites = false;
    return had;
  }

  /** Called when an instance is about to write. */
  beginWrite(reporter: Reporter): WriteInProgress {
    if (this.#observers.size === 0) {
      return { isUnread: true, end: (outcome) => this.endUnobserved(outcome, reporter) };
    }
    const writes = [...this.#observers].map((begin) => begin(reporter));
    return {
      isDocumentOfUse: writes.some(({ isDocumentOfUse }) => isDocumentOfUse),
      findIds: writes.find(({ findIds }) => findIds)?.findIds,
      end: (...result) => {
        for (const write of writes) write.end(...result);
      },
    };
  }

  /** The collection may have been synced during the write. */
  private endUnobserved(outcome: WriteOutcome, reporter: Reporter): void {
    if (outcome === 'unchanged') return;
    if (this.#observers.size === 0) this.noteUnpublishedWrite();
    for (const begin of this.#observers) begin(reporter).end('committed', 'all');
  }
}
