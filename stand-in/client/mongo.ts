/**
 * Stands in for `meteor/mongo` in a page: a collection has the documents that the node sent, and `find` returns all.
 *
 * Called by the client of an application. Touches the page's connection, or the one that a collection was given.
 */

import type { CollectionListener } from '../ddp-client';
import type { Connection } from '../packages/ddp';
import { connection } from './connection';

class Collection {
  readonly #name: string;
  readonly #connection: Connection | undefined;

  constructor(name: string, options: { connection?: Connection } = {}) {
    this.#name = name;
    this.#connection = options.connection;
  }

  find() {
    const observe = (listener: CollectionListener) =>
      this.#connection?._observe(this.#name, listener) ?? connection.observe(this.#name, listener);
    return { observeChanges: (listener: CollectionListener) => ({ stop: observe(listener) }) };
  }
}

export const Mongo = { Collection };
