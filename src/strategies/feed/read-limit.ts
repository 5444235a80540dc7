/**
 * How many reads of a connection are in flight.
 *
 * Shared by the readers of its collections. No Meteor or Redis imports.
 */

/** The most reads of one collection. Users of FerretDB 1 limit the pool to five connections: one is left for the application. */
const MAX_PER_COLLECTION = 4;
/**
 * The most reads beyond the first one of each collection. FerretDB 1.24 waits for itself for good at about 100 operations,
 * and the application has operations of its own.
 */
const MAX_READS = 24;

export class ReadLimit {
  #reads = 0;

  /**
   * Returns whether a collection may start another read. It always may start its first one: no collection waits for others.
   *
   * @param own how many reads of the collection are in flight
   */
  allows(own: number): boolean {
    return own === 0 || (own < MAX_PER_COLLECTION && this.#reads < MAX_READS);
  }

  begin(): void {
    this.#reads += 1;
  }

  end(): void {
    this.#reads -= 1;
  }
}
