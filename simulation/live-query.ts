/**
 * A live query of a simulated node, with the documents that a client of its publication would show.
 *
 * Opened and closed by `fed-application.ts`, which compares it with the database.
 */

import { inspect } from 'node:util';
import { equals } from 'mongodb-livedata-server/dist/meteor/ejson/ejson';
import { stringifyId } from '../src/meteor/ids';
import type { LiveQueryHandle, SimulatedConnection } from './connection';
import type { LiveQuery } from './grammar/queries';
import type { Fields } from './grammar/values';
import { JudgedQuery } from './judged-query';
import type { Documents } from './memory-database';

export class OpenQuery {
  readonly collection: string;
  readonly description: LiveQuery;
  readonly #judge: JudgedQuery;
  readonly #view = new Map<string, Fields>();
  #handle: LiveQueryHandle | undefined;
  #isClosed = false;

  /** @throws Error for a query that the matcher does not understand: Meteor polls it */
  constructor(collection: string, description: LiveQuery) {
    this.collection = collection;
    this.description = description;
    this.#judge = new JudgedQuery(description, false);
  }

  /** Whether the documents of its first query have arrived. */
  get isOpen(): boolean {
    return this.#handle !== undefined;
  }

  async open(connection: SimulatedConnection): Promise<void> {
    // The library calls a method of it.
    const selector = { ...this.description.selector };
    const { sort, limit, projection, collation } = this.description;
    const options = { sort, limit, projection, collation, comment: exactText(selector) };
    const description = { collectionName: this.collection, selector, options };
    this.#handle = await connection._observeChanges(description, false, this.callbacks, true);
    if (this.#isClosed) this.#handle.stop();
  }

  close(): void {
    this.#isClosed = true;
    this.#handle?.stop();
  }

  /** Returns the ids of the documents that are shown wrongly. See `JudgedQuery`. */
  wrongIds(documents: Documents): readonly string[] {
    return this.#judge.wrongIds(this.#view, documents, equals);
  }

  shown(id: string): Fields | undefined {
    return this.#view.get(id);
  }

  private get callbacks() {
    const set = (id: unknown, { _id, ...fields }: Fields) => {
      this.#view.set(stringifyId(id), fields);
    };
    return {
      initialAdds: (documents: ReadonlyMap<unknown, Fields>) => {
        for (const [id, fields] of documents) set(id, fields);
      },
      added: set,
      changed: (id: unknown, changes: Fields) => {
        const fields = { ...this.#view.get(stringifyId(id)), ...changes };
        const kept = Object.entries(fields).filter(([, value]) => value !== undefined);
        this.#view.set(stringifyId(id), Object.fromEntries(kept));
      },
      removed: (id: unknown) => void this.#view.delete(stringifyId(id)),
    };
  }
}

/**
 * Returns a text that differs where selectors differ. Meteor opens live queries of equal EJSON on the driver of the first one. EJSON
 * leaves out `undefined`, so `{ b: undefined }` would show the documents of `{}`.
 */
function exactText(selector: Fields): string {
  return inspect(selector, { depth: Number.POSITIVE_INFINITY });
}
