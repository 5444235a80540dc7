/**
 * Remembers in which order the documents of a collection were touched: by changes, by the reads of drivers, and by queries.
 *
 * Owned by a collection feed. The document that an insert or a remove leaves stands for a read that began with that write. So it
 * is of use only if nothing else has touched the document since. No Meteor or Redis imports.
 */

import type { IdString } from '../../base/values';
import type { ChangedIds } from '../../changes/change';
import { MAX_ID } from './skips';

/** With more, or with longer ids, every document counts as touched. 10,000 changes a second are remembered for 100 ms. */
const MAX_REMEMBERED = 1000;

export class TouchedDocuments {
  #position = 0;
  /** When all documents were touched last. */
  #allAt = 0;
  readonly #touchedAt = new Map<IdString, number>();

  /** The number of touches so far. */
  get position(): number {
    return this.#position;
  }

  touch(ids: ChangedIds): void {
    this.#position += 1;
    if (ids !== 'all' && this.canRemember(ids)) {
      for (const id of ids) this.#touchedAt.set(id, this.#position);
    } else {
      this.#allAt = this.#position;
      this.#touchedAt.clear();
    }
  }

  /** Returns whether a document was touched after a position. */
  isTouchedSince(id: IdString, position: number): boolean {
    return Math.max(this.#allAt, this.#touchedAt.get(id) ?? 0) > position;
  }

  private canRemember(ids: readonly IdString[]): boolean {
    return this.#touchedAt.size + ids.length <= MAX_REMEMBERED && ids.every((id) => id.length <= MAX_ID);
  }
}
