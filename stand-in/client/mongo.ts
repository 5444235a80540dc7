/** Stands in for `meteor/mongo` in a page: a collection holds what the node has sent, all of which `find` finds. */

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
