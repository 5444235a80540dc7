/**
 * One collection of one MongoDB connection. All instances (`new Mongo.Collection(name)`) share it.
 *
 * Created by `collections.ts`; `cluster.ts` observes its writes. It holds no reference to an instance, so instances
 * that the application drops are collected.
 */

import type { WriteInProgress } from '../writes/write-watcher';
import type { MeteorConnection } from './connection';

/** Called when a write begins, within the application's call. */
export type WriteObserver = () => WriteInProgress;

export class OpenedCollection {
  readonly name: string;
  readonly connection: MeteorConnection;
  readonly #observers = new Set<WriteObserver>();
  #hasUnobservedWrites = false;

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

  /** Returns whether there were writes that nobody observed, and forgets them. */
  takeUnobservedWrites(): boolean {
    const had = this.#hasUnobservedWrites;
    this.#hasUnobservedWrites = false;
    return had;
  }

  /** Called when an instance is about to write. Returns `undefined` when nobody observes. */
  beginWrite(): WriteInProgress | undefined {
    if (this.#observers.size === 0) {
      this.#hasUnobservedWrites = true;
      return undefined;
    }
    const writes = [...this.#observers].map((begin) => begin());
    return {
      findIds: writes.find(({ findIds }) => findIds)?.findIds,
      end: (...result) => {
        for (const write of writes) write.end(...result);
      },
    };
  }
}
