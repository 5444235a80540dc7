/**
 * A simulated database of documents: executes the writes of the grammar, and answers queries by the matcher and the sorter of
 * Meteor's observe drivers.
 *
 * The connections of simulated nodes use it; the check compares live queries with what it holds.
 */

import { MongoNetworkError, MongoServerError } from 'mongodb';
import { clone } from 'mongodb-livedata-server/dist/meteor/ejson/ejson';
import { DatabaseServer } from './database-server';
import { FoundDocuments, type QueryOptions } from './found-documents';
import type { Fields } from './grammar/values';
import type { WriteMethod } from './grammar/writes';
import { type Documents, execute, NO_DOCUMENTS } from './memory-database';
import type { VirtualProcess } from './virtual-time';
import type { Writer, Written } from './workload';

/** How probable it is that a write is executed, and its answer lost. */
const LOST_ANSWERS = 0.003;

export class DocumentDatabase extends DatabaseServer {
  readonly #collections = new Map<string, Documents>();
  /** The writes to each document since `forgetWrites`. */
  readonly #written = new Map<string, Written[]>();
  readonly #found = new FoundDocuments();

  documents(collection: string): Documents {
    return this.#collections.get(collection) ?? NO_DOCUMENTS;
  }

  /** Returns the writes to a document since `forgetWrites`. */
  writesTo(collection: string, id: string): readonly Written[] {
    return this.#written.get(`${collection} ${id}`) ?? [];
  }

  forgetWrites(): void {
    this.#written.clear();
  }

  /**
   * Executes a write, with the arguments of the method behind a collection.
   *
   * @throws MongoServerError when the write is refused; MongoNetworkError when its answer is lost
   */
  write(
    writer: Writer,
    from: VirtualProcess,
    collection: string,
    { method, args }: { readonly method: WriteMethod; readonly args: readonly unknown[] },
  ): Promise<unknown> {
    return new Promise((resolve, reject) =>
      this.request(from, () => {
        const executed = execute(this.documents(collection), method, args);
        if (!executed) return () => reject(new MongoServerError({ message: 'refused', code: 2 }));
        this.note(writer, collection, executed.after);
        if (this.random.chance(LOST_ANSWERS)) return () => reject(new MongoNetworkError('closed'));
        return () => resolve(executed.result);
      }),
    );
  }

  /** Returns copies of the documents that a selector matches. */
  find(from: VirtualProcess, collection: string, selector: object, options: QueryOptions): Promise<Fields[]> {
    this.reads += 1;
    return new Promise((resolve) =>
      this.request(from, () => {
        const found = this.#found
          .find(this.documents(collection), selector, options)
          .map((document) => clone(document) as Fields);
        return () => resolve(found);
      }),
    );
  }

  private note(writer: Writer, collection: string, after: Documents): void {
    const before = this.documents(collection);
    this.#collections.set(collection, after);
    const written = { committedAt: this.time.now, writer };
    for (const id of new Set([...before.keys(), ...after.keys()])) {
      if (before.get(id) === after.get(id)) continue;
      this.writes += 1;
      const key = `${collection} ${id}`;
      this.#written.set(key, [...(this.#written.get(key) ?? []), written]);
    }
  }
}
