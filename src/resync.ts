/**
 * Resyncs: this node's live queries of whole collections look at the database again, because something may have been
 * missed.
 *
 * Called by `session.ts`. Requests are gathered for a random while, so that a burst of them is one look, and a hundred
 * nodes that lost the same Redis do not all look at the same moment.
 */

export class Resync {
  readonly #jitter: number;
  readonly #act: (collection: string) => void;
  readonly #requested = new Set<string>();
  #timer: NodeJS.Timeout | undefined;

  /** @param jitter longest time to gather requests, in ms */
  constructor(jitter: number, act: (collection: string) => void) {
    this.#jitter = jitter;
    this.#act = act;
  }

  request(collections: Iterable<string>): void {
    for (const collection of collections) this.#requested.add(collection);
    if (this.#requested.size === 0) return;
    this.#timer ??= setTimeout(() => this.run(), Math.random() * this.#jitter).unref();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#requested.clear();
  }

  private run(): void {
    this.#timer = undefined;
    const collections = [...this.#requested];
    this.#requested.clear();
    for (const collection of collections) this.#act(collection);
  }
}
