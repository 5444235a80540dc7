/**
 * A simulated database without documents: the number of the last write to each, with its writer.
 *
 * Nodes without live queries write to it, their strategies read from it, the check compares their views with it.
 */

import { DatabaseServer } from './database-server';
import type { VirtualProcess } from './virtual-time';
import type { Writer, Written } from './workload';

/** The last write to a document. */
interface NumberedWrite extends Written {
  /** Numbers all writes, in the order of their commits. */
  readonly write: number;
}

export class SimulatedDatabase extends DatabaseServer {
  readonly #collections = new Map<string, Map<string, NumberedWrite>>();

  /** Returns the documents of a collection, as of now. */
  documents(collection: string): ReadonlyMap<string, NumberedWrite> {
    return this.documentsOf(collection);
  }

  /** Writes documents, then calls back in the process of the writer, if it is still alive. */
  write(
    writer: Writer,
    from: VirtualProcess,
    collection: string,
    ids: readonly string[],
    done: () => void,
  ): void {
    this.request(from, () => {
      const documents = this.documentsOf(collection);
      for (const id of ids) {
        this.writes += 1;
        documents.set(id, { write: this.writes, committedAt: this.time.now, writer });
      }
      return done;
    });
  }

  /** Returns the last writes to some documents. */
  read(from: VirtualProcess, collection: string, ids: readonly string[]): Promise<Map<string, number>> {
    return this.readAt(from, () => {
      const documents = this.documentsOf(collection);
      return new Map(ids.map((id) => [id, documents.get(id)?.write ?? 0]));
    });
  }

  /** Returns the last writes to all documents of a collection that a filter accepts. */
  query(
    from: VirtualProcess,
    collection: string,
    filter: (id: string) => boolean,
  ): Promise<Map<string, number>> {
    return this.readAt(from, () => {
      const found = [...this.documentsOf(collection)].filter(([id]) => filter(id));
      return new Map(found.map(([id, { write }]) => [id, write]));
    });
  }

  private readAt<Result>(from: VirtualProcess, find: () => Result): Promise<Result> {
    this.reads += 1;
    return new Promise((resolve) =>
      this.request(from, () => {
        const found = find();
        return () => resolve(found);
      }),
    );
  }

  private documentsOf(collection: string): Map<string, NumberedWrite> {
    const documents = this.#collections.get(collection) ?? new Map();
    this.#collections.set(collection, documents);
    return documents;
  }
}
