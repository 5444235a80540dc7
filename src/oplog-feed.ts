/**
 * Feeds Meteor's oplog observe drivers of one MongoDB connection without an oplog: what was touched is read in batches
 * and handed to them as replacements and removals.
 *
 * Created and installed by `meteor/live-queries.ts`, called by Meteor's drivers and by `oplog-strategy.ts`. Pure: how
 * documents are read is handed in. It is both things that Meteor asks of a connection with an oplog, the handle and the
 * document fetcher.
 *
 * Order is what keeps views right, and it rests on three rules:
 * 1. Of a collection, one read is in flight at a time, and its documents are dispatched before the next one starts: no
 *    document ever goes back in time.
 * 2. `waitUntilCaughtUp` covers reads that are in flight. A driver awaits it after each query of its own, still querying;
 *    so a document read before that query reaches the driver while it queries, and is read again afterwards.
 * 3. Those who wait go on in a turn of their own, when a driver's loop over fetched documents has seen that the driver
 *    was sent to query meanwhile. Were it to see the phase after that, it would clear what the driver has to fetch then.
 *
 * And one that lets drivers come to rest: a driver that is told of a document while it fetches it fetches it again. So what
 * drivers ask for is answered first, and what is being asked for is told with the next read; each second time at the latest.
 */

import { DirtySet } from './dirty-set';
import type { IdString, TouchedIds } from './message';
import { type Report, reasonOf } from './report';

/** A document, its `_id` included. */
export type StoredDocument = Readonly<Record<string, unknown>>;

/** What the feed needs to know of documents and ids. */
export interface DocumentSource {
  /** Reads documents, of those ids that exist, in one query. */
  read(collection: string, ids: readonly IdString[]): Promise<Map<IdString, StoredDocument>>;
  stringifyId(id: unknown): IdString;
  parseId(id: IdString): unknown;
  clone(document: StoredDocument): StoredDocument;
  /** Whether a driver of the collection is running its query. */
  isQuerying(collection: string): boolean;
}

interface Trigger {
  readonly collection?: string;
  readonly id?: unknown;
  readonly dropCollection?: boolean;
}

type Listener = (notification: object) => void;
type FetchCallback = (error: unknown, document?: StoredDocument | null) => void;

/** Pause between two collection-wide notifications, in ms: that of Meteor's polling driver between two queries. */
const REQUERY_THROTTLE = 50;
/** Longest time for drivers to finish a query before they are sent to query again, in ms. */
const REQUERY_PATIENCE = 1000;
/** How often it is looked whether they have, in ms. */
const REQUERY_STEP = 5;
/** A driver that is sent to query more often than its query takes never comes to rest. In ms. */
export const SHORTEST_POLLING_INTERVAL = 1000;
/** Longest time between two looks at whose turn it is to poll, in ms. */
const LONGEST_POLLING_STEP = 1000;

export class OplogFeed {
  readonly #source: DocumentSource;
  readonly #report: Report;
  readonly #collections = new Map<string, CollectionFeed>();
  #pollingInterval: number | undefined;
  #polling: NodeJS.Timeout | undefined;

  constructor(source: DocumentSource, report: Report) {
    this.#source = source;
    this.#report = report;
  }

  /**
   * Documents were written and are to be seen.
   *
   * @param told called when the drivers have been told; they may still have to query
   */
  touched(collection: string, ids: TouchedIds, told?: () => void): void {
    const feed = this.#collections.get(collection);
    if (feed) feed.touched(ids, told);
    else told?.();
  }

  /**
   * From now on, has every driver query once in an interval by itself, each at a time of its own: what nobody announces
   * is found in the end.
   *
   * @param wanted in ms
   */
  pollEvery(wanted: number): void {
    const interval = Math.max(wanted, SHORTEST_POLLING_INTERVAL);
    if (interval === this.#pollingInterval) return;
    this.#pollingInterval = interval;
    clearInterval(this.#polling);
    let polledAt = performance.now();
    const poll = () => {
      const now = performance.now();
      for (const feed of this.#collections.values()) feed.poll(polledAt / interval, now / interval);
      polledAt = now;
    };
    this.#polling = setInterval(poll, Math.min(interval / 10, LONGEST_POLLING_STEP)).unref();
  }

  /** The collections that drivers listen to. */
  get collections(): string[] {
    return [...this.#collections].filter(([, feed]) => feed.isHeard).map(([name]) => name);
  }

  /** Meteor's: calls back for entries of the oplog that match. */
  async onOplogEntry(trigger: Trigger, listener: Listener): Promise<{ stop(): void }> {
    const { collection, id, dropCollection } = trigger;
    // The drop of the whole database is not announced: nobody does that to a live application.
    if (collection === undefined) return { stop() {} };
    const feed =
      this.#collections.get(collection) ?? new CollectionFeed(collection, this.#source, this.#report);
    this.#collections.set(collection, feed);
    const key = dropCollection ? DROP : id === undefined ? ANY : this.#source.stringifyId(id);
    return { stop: feed.listen(key, listener) };
  }

  /** Meteor's: would call back when entries were skipped; here that is told as a drop of the collection. */
  onSkippedEntries(): { stop(): void } {
    return { stop() {} };
  }

  /** Meteor's: settles when what is being read is dispatched, and what drivers have asked for is answered. */
  async waitUntilCaughtUp(): Promise<void> {
    await Promise.all([...this.#collections.values()].map((feed) => feed.caughtUp()));
  }

  /** Meteor's: the connection closes. */
  async stop(): Promise<void> {
    clearInterval(this.#polling);
  }

  /** Meteor's document fetcher: reads one document for a driver; never calls back synchronously. */
  async fetch(collection: string, id: unknown, _op: object, callback: FetchCallback): Promise<void> {
    const feed = this.#collections.get(collection);
    // A driver that has stopped listening no longer needs the document, but waits for the call.
    if (feed) feed.fetch(this.#source.stringifyId(id), callback);
    else setImmediate(callback, null, null);
  }
}

/** Listens to every document of the collection. */
const ANY: unique symbol = Symbol('any document');
/** Listens to what is told of the whole collection only. */
const DROP: unique symbol = Symbol('drop');

type ListenerKey = IdString | typeof ANY | typeof DROP;

/** What is touched, read and listened to of one collection. */
class CollectionFeed {
  readonly #name: string;
  readonly #source: DocumentSource;
  readonly #report: Report;
  /** Each with its phase, 0 to 1: where in a polling interval its turn is. */
  readonly #listeners = new Map<ListenerKey, Map<Listener, number>>();
  readonly #dirty = new DirtySet();
  #fetches = new Map<IdString, FetchCallback[]>();
  #told: (() => void)[] = [];
  /** What the last read found and left to the next one to tell, and those who wait for that. */
  #postponed: ReadonlySet<IdString> = new Set();
  #toldLate: (() => void)[] = [];
  /** Whether a document was found that can only be told by having drivers query. */
  #isUnreadable = false;
  /** Those who wait for the read in flight. */
  #waiting: (() => void)[] = [];
  /** Those who wait for the next one, which is to answer what drivers have asked for since. */
  #waitingForNext: (() => void)[] = [];
  #working = false;
  #reading = false;
  #requeriedAt = Number.NEGATIVE_INFINITY;

  constructor(name: string, source: DocumentSource, report: Report) {
    this.#name = name;
    this.#source = source;
    this.#report = report;
  }

  get isHeard(): boolean {
    return this.#listeners.size > 0;
  }

  listen(key: ListenerKey, listener: Listener): () => void {
    const listeners = this.#listeners.get(key) ?? new Map();
    this.#listeners.set(key, listeners.set(listener, Math.random()));
    return () => {
      if (listeners.delete(listener) && listeners.size === 0) this.#listeners.delete(key);
    };
  }

  touched(ids: TouchedIds, told?: () => void): void {
    const heard =
      ids === null || this.#listeners.has(ANY) ? ids : ids.filter((id) => this.#listeners.has(id));
    if (heard?.length === 0 || this.#listeners.size === 0) {
      told?.();
      return;
    }
    this.#dirty.add(this.#name, heard);
    if (told) this.#told.push(told);
    this.work();
  }

  fetch(id: IdString, callback: FetchCallback): void {
    const callbacks = this.#fetches.get(id) ?? [];
    this.#fetches.set(id, callbacks);
    callbacks.push(callback);
    this.work();
  }

  /**
   * Settles when the read in flight is dispatched and what drivers have asked for is answered. Nothing later is waited for:
   * under a stream of announcements there is always more, and a driver that waits here tells its clients nothing.
   */
  async caughtUp(): Promise<void> {
    if (!this.#reading && this.#fetches.size === 0) return;
    await new Promise<void>((resolve) => {
      (this.#fetches.size > 0 ? this.#waitingForNext : this.#waiting).push(resolve);
    });
    await nextTurn();
  }

  private work(): void {
    if (this.#working) return;
    this.#working = true;
    void this.workOff();
  }

  private async workOff(): Promise<void> {
    // What is touched in one turn is read at once.
    await nextTurn();
    while (this.#dirty.collections.length > 0 || this.#fetches.size > 0) {
      const told = this.#told;
      this.#told = [];
      const touched = this.#dirty.take(this.#name);
      await this.readAndDispatch(touched ?? []);
      if (touched === null || this.#isUnreadable) await this.requery();
      for (const tell of this.#toldLate.splice(0)) tell();
      if (this.#postponed.size > 0) this.#toldLate = told;
      else for (const tell of told) tell();
    }
    // In the same turn as the loop's last look: who comes next starts anew.
    this.#working = false;
  }

  /**
   * Has every driver query again; not so often that they do nothing else, and not while they are at it: one that is sent
   * again and again never comes to rest, and those who wait for it to see their own writes would wait for good.
   */
  private async requery(): Promise<void> {
    this.#isUnreadable = false;
    const now = performance.now();
    const earliest = this.#requeriedAt + REQUERY_THROTTLE;
    const latest = now + REQUERY_PATIENCE;
    for (let time = now; time < earliest || (time < latest && this.#source.isQuerying(this.#name)); ) {
      await new Promise((resolve) => setTimeout(resolve, REQUERY_STEP));
      // Drivers may be waiting for these to come to rest.
      await this.readAndDispatch([]);
      time = performance.now();
    }
    this.#requeriedAt = performance.now();
    this.notifyAll();
  }

  private async readAndDispatch(touched: readonly IdString[]): Promise<void> {
    this.#reading = true;
    await this.read(touched);
    this.#reading = false;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const go of waiting) go();
  }

  private async read(touched: readonly IdString[]): Promise<void> {
    const fetches = this.#fetches;
    this.#fetches = new Map();
    this.#waiting.push(...this.#waitingForNext.splice(0));
    const before = this.#postponed;
    this.#postponed = new Set();
    const ids = [...new Set([...touched, ...fetches.keys()])];
    if (ids.length === 0) return;
    let documents: Map<IdString, StoredDocument>;
    try {
      documents = await this.#source.read(this.#name, ids);
      this.#report.settle(`read ${this.#name}`);
    } catch (error) {
      this.#report.warn(
        `read ${this.#name}`,
        `reading collection "${this.#name}" failed (${reasonOf(error)}); its live queries are run again`,
      );
      this.notifyAll();
      for (const callback of [...fetches.values()].flat()) this.guarded(() => callback(error));
      return;
    }
    for (const [id, callbacks] of fetches) {
      const document = documents.get(id);
      // Drivers keep and change what they fetch: each gets a document of its own.
      for (const callback of callbacks) {
        this.guarded(() => callback(null, document ? this.#source.clone(document) : null));
      }
    }
    // The drivers take a turn to be done with what they have got, or to ask for the next.
    if (fetches.size > 0) await nextTurn();
    const postponed = touched.filter((id) => this.#fetches.has(id) && !before.has(id));
    this.#postponed = new Set(postponed);
    this.#dirty.add(this.#name, postponed);
    for (const id of touched) if (!this.#postponed.has(id)) this.dispatch(id, documents.get(id));
  }

  private dispatch(id: IdString, document: StoredDocument | undefined): void {
    // A driver would read a field of this name as an update of MongoDB 5's oplog.
    if (document && 'diff' in document) {
      this.#isUnreadable = true;
      return;
    }
    const _id = this.#source.parseId(id);
    const op = document ? { op: 'u', o: document, o2: { _id } } : { op: 'd', o: { _id } };
    const notification = { collection: this.#name, id: _id, op };
    for (const key of [ANY, id] as const) {
      for (const listener of this.#listeners.get(key)?.keys() ?? []) this.notify(listener, notification);
    }
  }

  /** Has the drivers query whose turn has come between two times, counted in polling intervals. */
  poll(from: number, to: number): void {
    this.requeryThose((phase) => Math.floor(to + phase) > Math.floor(from + phase));
  }

  /** Has every driver query again. */
  private notifyAll(): void {
    this.requeryThose(() => true);
  }

  private requeryThose(matches: (phase: number) => boolean): void {
    for (const key of [ANY, DROP] as const) {
      for (const [listener, phase] of this.#listeners.get(key) ?? []) {
        if (matches(phase)) this.notify(listener, this.dropNotification());
      }
    }
  }

  private notify(listener: Listener, notification: object): void {
    try {
      listener(notification);
    } catch {
      // A driver that stumbles over a document is set right by a query of its own.
      this.guarded(() => listener(this.dropNotification()));
    }
  }

  private guarded(run: () => void): void {
    try {
      run();
    } catch (error) {
      this.#report.warn(`driver ${this.#name}`, `a live query of "${this.#name}" failed: ${reasonOf(error)}`);
    }
  }

  private dropNotification(): object {
    return { collection: this.#name, id: null, dropCollection: true };
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
