/**
 * A simulated database: the number of the last write to each document, with its writer. Writes and reads take time.
 *
 * Simulated nodes write to it, their strategies read from it, the check compares their views with it.
 */

import type { Random } from '../tools/random';
import type { VirtualProcess, VirtualTime } from './virtual-time';

/** The last write to a document. */
export interface Written<Writer> {
  /** Numbers all writes, in the order of their commits. */
  readonly write: number;
  readonly committedAt: number;
  readonly writer: Writer;
}

export class SimulatedDatabase<Writer> {
  /** The time of a query, in ms, both ways. */
  latencyMs: readonly [number, number] = [1, 5];
  writes = 0;
  /** Reads of documents by their ids, and queries of whole collections. */
  reads = 0;
  readonly #time: VirtualTime;
  readonly #process: VirtualProcess;
  readonly #random: Random;
  readonly #collections = new Map<string, Map<string, Written<Writer>>>();

  constructor(time: VirtualTime, process: VirtualProcess) {
    this.#time = time;
    this.#process = process;
    this.#random = time.random.fork('database');
  }

  /** Returns the documents of a collection, as of now. */
  documents(collection: string): ReadonlyMap<string, Written<Writer>> {
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
        documents.set(id, { write: this.writes, committedAt: this.#time.now, writer });
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

  /** @param onServer returns what to do in the process that asked, with the answer */
  private request(from: VirtualProcess, onServer: () => () => void): void {
    const oneWay = () => this.#random.between(...this.latencyMs) / 2;
    this.#process.post(() => from.post(onServer(), oneWay()), oneWay());
  }

  private documentsOf(collection: string): Map<string, Written<Writer>> {
    const documents = this.#collections.get(collection) ?? new Map();
    this.#collections.set(collection, documents);
    return documents;
  }
}
