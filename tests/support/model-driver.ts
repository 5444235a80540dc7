/**
 * An observe driver for explored orders: the phases of Meteor's oplog observe driver, with queries that the test steps through.
 *
 * As Meteor's it fetches what arrives while it is QUERYING, and evaluates whole documents at once when it is STEADY. Live
 * queries ask for equality of scalars, and have no limit.
 */

import type { FetchCallback, QueryHandle, StoredDocument } from '../../src/meteor/feed-contract';

export type Document = Readonly<Record<string, unknown>> & { readonly _id: string };
export type Selector = Readonly<Record<string, unknown>>;

/** Runs a query in two steps of the test. */
export type RunQuery = (use: (results: readonly Document[]) => void) => void;

interface Entry {
  readonly dropCollection?: boolean;
  readonly id?: unknown;
  readonly op?: { readonly op: 'u' | 'd'; readonly o: Document };
}

export function matches(selector: Selector, document: Document | undefined): document is Document {
  return (
    document !== undefined && Object.entries(selector).every(([name, value]) => document[name] === value)
  );
}

export class ModelDriver {
  readonly published = new Map<string, Document>();
  readonly #selector: Selector;
  readonly #handle: QueryHandle;
  readonly #runQuery: RunQuery;
  readonly #toFetch = new Set<string>();
  readonly #fetching = new Set<string>();
  #phase: 'QUERYING' | 'FETCHING' | 'STEADY' = 'QUERYING';
  #queriesAgain = false;
  #isOpen = false;

  constructor(handle: QueryHandle, selector: Selector, runQuery: RunQuery) {
    this.#handle = handle;
    this.#selector = selector;
    this.#runQuery = runQuery;
  }

  get isSteady(): boolean {
    return this.#phase === 'STEADY';
  }

  open(): void {
    void this.#handle.onOplogEntry({ collection: 'items' }, (entry) => this.onEntry(entry as Entry));
    this.query();
  }

  private onEntry({ dropCollection, op }: Entry): void {
    if (dropCollection) {
      if (this.#phase === 'QUERYING') this.#queriesAgain = true;
      else this.query();
    } else if (op) {
      const id = op.o._id;
      const mustFetch = this.#phase === 'QUERYING' || this.#fetching.has(id) || this.#toFetch.has(id);
      if (mustFetch) this.#toFetch.add(id);
      else this.handle(id, op.op === 'u' ? op.o : undefined);
    }
  }

  private query(): void {
    this.#toFetch.clear();
    this.#fetching.clear();
    this.setPhase('QUERYING');
    this.#runQuery((results) => {
      for (const id of [...this.published.keys()]) if (!results.some(({ _id }) => _id === id)) this.drop(id);
      for (const document of results) this.keep(document);
      this.follow();
      void this.#handle.waitUntilCaughtUp().then(() => this.endQuery());
    });
  }

  private endQuery(): void {
    if (this.#queriesAgain) {
      this.#queriesAgain = false;
      this.query();
    } else {
      this.fetchNext();
    }
  }

  private fetchNext(): void {
    if (this.#toFetch.size === 0) {
      this.setPhase('STEADY');
      return;
    }
    this.setPhase('FETCHING');
    for (const id of this.#toFetch) this.#fetching.add(id);
    this.#toFetch.clear();
    for (const id of this.#fetching) {
      const callback: FetchCallback = (_error, document) => {
        // The driver has been sent to query meanwhile.
        if (!this.#fetching.delete(id)) return;
        this.handle(id, (document ?? undefined) as Document | undefined);
        if (this.#fetching.size === 0) void this.#handle.waitUntilCaughtUp().then(() => this.endFetch());
      };
      void this.#handle.fetch('items', id, {}, callback);
    }
  }

  private endFetch(): void {
    if (this.#phase === 'FETCHING' && this.#fetching.size === 0) this.fetchNext();
  }

  private handle(id: string, document: Document | undefined): void {
    if (matches(this.#selector, document)) this.keep(document);
    else this.drop(id);
  }

  private keep(document: Document): void {
    this.published.set(document._id, document);
    if (this.#isOpen) this.#handle.onHold(document._id);
  }

  private drop(id: string): void {
    this.published.delete(id);
    if (this.#isOpen) this.#handle.onRelease(id);
  }

  private setPhase(phase: 'QUERYING' | 'FETCHING' | 'STEADY'): void {
    this.#phase = phase;
    if (this.#isOpen) this.#handle.onPhase(phase === 'STEADY');
  }

  /** A driver is followed from the end of its first query on, as Meteor then has it ready. */
  private follow(): void {
    if (this.#isOpen) return;
    this.#isOpen = true;
    this.#handle.onOpened({
      projection: undefined,
      isFollowed: true,
      isSteady: () => this.isSteady,
      differs: (id, document: StoredDocument | undefined) =>
        this.published.get(id) !== document &&
        (this.published.has(id) || matches(this.#selector, document as Document)),
      holdsSome: (test) => [...this.published.values()].some(test),
      flush: undefined,
    });
    for (const id of this.published.keys()) this.#handle.onHold(id);
    this.#handle.onPhase(this.isSteady);
  }
}
