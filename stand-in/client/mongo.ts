/**
 * Stands in for `meteor/mongo` in a page: a collection has the documents that the node sent, and `find` returns all.
 *
 * Called by the client of an application. Touches the page's connection only.
 */

import type { CollectionListener } from '../ddp-client';
import { connection } from './connection';

class Collection {
  readonly #name: string;

  constructor(name: string) {
    this.#name = name;
  }

  find() {
    const observeChanges = (listener: CollectionListener) => ({
      stop: connection.observe(this.#name, listener),
    });
    return { observeChanges };
  }
}

export const Mongo = { Collection };
