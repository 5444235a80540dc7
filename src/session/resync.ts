/**
 * Resyncs: this node's live queries of whole collections run again, because messages may have been lost.
 *
 * The receiver, the heartbeat and the session request them. Requests are gathered for a random time, so that a burst of
 * them is one resync, and a hundred nodes that lost the same Redis do not query the database all at once. No Meteor
 * or Redis imports.
 */

export class Resync {
  readonly #jitterMs: number;
  readonly #run: (collection: string) => void;
  readonly #requested = new Set<string>();
  #timer: NodeJS.Timeout | undefined;
  #count = 0;

  /**
   * @param jitterMs the longest time to gather requests
   * @param run called for each collection to resync
   */
  constructor(jitterMs: number, run: (collection: string) => void) {
    this.#jitterMs = jitterMs;
    this.#run = run;
  }

  /** How many collections were resynced so far. */
  get count(): number {
    return this.#count;
  }

  request(collections: Iterable<string>): void {
    for (const collection of collections) this.#requested.add(collection);
    if (this.#requested.size === 0) return;
    this.#timer ??= setTimeout(() => this.runRequested(), Math.random() * this.#jitterMs).unref();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#requested.clear();
  }

  private runRequested(): void {
    this.#timer = undefined;
    const collections = [...this.#requested];
    this.#requested.clear();
    for (const collection of collections) {
      this.#count += 1;
      this.#run(collection);
    }
  }
}
