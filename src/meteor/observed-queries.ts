/**
 * Which live queries there are on a MongoDB connection, and how Meteor keeps each of them.
 *
 * Kept by `live-queries.ts`, which sees every live query being made. Meteor's own record of them is not enough: it gets
 * a live query only when it has been made, and loses it when one of two made at the same time is stopped.
 */

/** Meteor's `ObserveMultiplexer`, as far as it is used here. */
export interface Multiplexer {
  /** Null once the last one who observed has stopped. */
  readonly _handles?: object | null;
  readonly _observeDriver?: {
    readonly _usesOplog?: boolean;
    readonly _usesChangeStreams?: boolean;
    readonly _phase?: string;
    readonly _cursorDescription?: {
      readonly collectionName: string;
      readonly options?: { readonly readPreference?: string };
    };
  };
}

export class ObservedQueries {
  readonly #multiplexers = new Map<string, Set<Multiplexer>>();
  /** How many live queries of a collection are being made. */
  readonly #pending = new Map<string, number>();

  add(collection: string, multiplexer: Multiplexer): void {
    const known = this.alive(collection);
    this.#multiplexers.set(collection, new Set([...known, multiplexer]));
  }

  /** A live query is being made. @returns ends that */
  begin(collection: string): () => void {
    this.#pending.set(collection, (this.#pending.get(collection) ?? 0) + 1);
    return () => this.#pending.set(collection, (this.#pending.get(collection) ?? 1) - 1);
  }

  /** Whether a live query of the collection may be polling. One that is being made does not say yet what it will be. */
  mayPoll(collection: string): boolean {
    if (this.#pending.get(collection)) return true;
    return this.alive(collection).some(({ _observeDriver: driver }) => !driver?._usesOplog);
  }

  /** Whether an oplog observe driver of the collection is running its query. */
  isQuerying(collection: string): boolean {
    return this.alive(collection).some(
      ({ _observeDriver: driver }) => driver?._usesOplog && driver._phase === 'QUERYING',
    );
  }

  private alive(collection: string): Multiplexer[] {
    return [...(this.#multiplexers.get(collection) ?? [])].filter(({ _handles }) => _handles !== null);
  }
}
