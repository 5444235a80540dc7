/**
 * The feed of one collection: reads changed documents in batches and dispatches them to the drivers.
 *
 * Created by `oplog-feed.ts`. Three rules keep views right:
 * 1. One read is in flight at a time, and its documents are dispatched before the next one starts: no document ever
 *    goes back in time.
 * 2. `caughtUp` covers reads in flight. A driver awaits it after each query of its own, still QUERYING. So a document
 *    that was read before that query reaches the driver while it is QUERYING, and the driver fetches it again.
 * 3. Those who wait in `caughtUp` continue in a turn of their own, after a driver's loop over fetched documents has
 *    noticed that the driver was re-queried meanwhile. Otherwise that loop would clear what the driver has to fetch next.
 *
 * A fourth rule lets drivers become STEADY: a driver that gets a document while it fetches it fetches it again. So
 * fetches are answered first, and a document that is being fetched is postponed to the next read, once.
 */

import type { DocumentSource, StoredDocument } from '../../meteor/feed-contract';
import { type Log, reasonOf } from '../../observability/log';
import type { ChangedIds, IdString } from '../../writes/change';
import { ChangeBatch, FetchBatch, type FetchCallback } from './batches';
import { DriverListeners } from './driver-listeners';

/** Pause between two re-queries of the collection, in ms: that of Meteor's polling driver. */
const REQUERY_THROTTLE_MS = 50;
/** How long drivers get to finish a query before they are re-queried, in ms. */
const REQUERY_PATIENCE_MS = 1000;
/** How often it is checked whether they have, in ms. */
const REQUERY_STEP_MS = 5;

export class CollectionFeed {
  readonly listeners: DriverListeners;
  readonly #name: string;
  readonly #source: DocumentSource;
  readonly #log: Log;
  #changes: ChangeBatch;
  #fetches = new FetchBatch();
  /** The read in flight. */
  #reading: Promise<unknown> | undefined;
  /** The ids that the last read has postponed to the next one. */
  #postponed: ReadonlySet<IdString> = new Set();
  /** Whether a document was read that drivers can only see by querying. */
  #needsRequery = false;
  #isWorking = false;
  #requeriedAt = Number.NEGATIVE_INFINITY;

  constructor(name: string, source: DocumentSource, log: Log) {
    this.#name = name;
    this.#source = source;
    this.#log = log;
    this.#changes = new ChangeBatch(name);
    this.listeners = new DriverListeners(name, source, log);
  }

  /** Resolves when the drivers have the change; they may still have to query. */
  async handleChange(ids: ChangedIds): Promise<void> {
    const concerned = this.listeners.concerned(ids);
    if (concerned.length === 0) return;
    const { done } = this.#changes;
    this.#changes.add({ collection: this.#name, ids: concerned });
    this.startWork();
    await done.promise;
  }

  /** Reads one document for a driver. */
  fetch(id: IdString, callback: FetchCallback): void {
    this.#fetches.add(id, callback);
    this.startWork();
  }

  /**
   * Resolves when the read in flight is dispatched and outstanding fetches are answered. Later changes are not waited
   * for: in a stream of changes there is always a next one, and a driver that waits here publishes nothing.
   */
  async caughtUp(): Promise<void> {
    if (!this.#reading && this.#fetches.isEmpty) return;
    await (this.#fetches.isEmpty ? this.#reading : this.#fetches.answered.promise);
    await nextTurn();
  }

  private startWork(): void {
    if (this.#isWorking) return;
    this.#isWorking = true;
    void this.work();
  }

  private async work(): Promise<void> {
    // Everything that changes in one turn is read together.
    await nextTurn();
    while (!this.#changes.isEmpty || !this.#fetches.isEmpty) {
      const batch = this.#changes;
      this.#changes = new ChangeBatch(this.#name);
      const { ids } = batch.take();
      await this.readAndDispatch(ids === 'all' ? [] : ids);
      if (ids === 'all' || this.#needsRequery) await this.requery();
      batch.dispatched.resolve();
      // What was postponed is in the next batch, which postpones none of it again.
      if (this.#postponed.size === 0) batch.done.resolve();
      else void this.#changes.dispatched.promise.then(batch.done.resolve);
    }
    // In the same turn as the loop's last check: the next change starts a new loop.
    this.#isWorking = false;
  }

  /**
   * Makes every driver query again. Not so often that drivers do nothing else, and not while they query: a driver
   * re-queried faster than its query runs never reaches STEADY, and its clients never get `updated`.
   */
  private async requery(): Promise<void> {
    this.#needsRequery = false;
    const start = performance.now();
    const earliest = this.#requeriedAt + REQUERY_THROTTLE_MS;
    const latest = start + REQUERY_PATIENCE_MS;
    const mustWait = (now: number) => now < earliest || (now < latest && this.#source.isQuerying(this.#name));
    for (let now = start; mustWait(now); now = performance.now()) {
      await new Promise((resolve) => setTimeout(resolve, REQUERY_STEP_MS));
      // Drivers may need these to become STEADY.
      await this.readAndDispatch([]);
    }
    this.#requeriedAt = performance.now();
    this.listeners.requeryAll();
  }

  private async readAndDispatch(changed: readonly IdString[]): Promise<void> {
    const fetches = this.#fetches;
    this.#fetches = new FetchBatch();
    this.#reading = this.read(changed, fetches);
    await this.#reading;
    this.#reading = undefined;
    fetches.answered.resolve();
  }

  private async read(changed: readonly IdString[], fetches: FetchBatch): Promise<void> {
    const postponedBefore = this.#postponed;
    this.#postponed = new Set();
    const ids = [...new Set([...changed, ...fetches.ids])];
    if (ids.length === 0) return;
    let documents: Map<IdString, StoredDocument>;
    try {
      documents = await this.#source.read(this.#name, ids);
      this.#log.resolve(`read ${this.#name}`);
    } catch (error) {
      this.onReadError(error, fetches);
      return;
    }
    // Drivers keep and change what they fetch: each gets a copy of its own.
    for (const [id, callback] of fetches.waiting) {
      const document = documents.get(id);
      this.listeners.guarded(() => callback(null, document ? this.#source.clone(document) : null));
    }
    // The drivers need a turn to finish with what they got, or to fetch the next.
    if (!fetches.isEmpty) await nextTurn();
    const postponed = changed.filter((id) => this.#fetches.has(id) && !postponedBefore.has(id));
    this.#postponed = new Set(postponed);
    this.#changes.add({ collection: this.#name, ids: postponed });
    for (const id of changed) {
      if (this.#postponed.has(id)) continue;
      if (!this.listeners.dispatch(id, documents.get(id))) this.#needsRequery = true;
    }
  }

  private onReadError(error: unknown, fetches: FetchBatch): void {
    this.#log.warn(
      `read ${this.#name}`,
      `reading collection "${this.#name}" failed (${reasonOf(error)}); its live queries run again`,
    );
    this.listeners.requeryAll();
    // In the same turn: a fetch that is still open when the new query ends would clear what that query has to fetch.
    for (const [, callback] of fetches.waiting) this.listeners.guarded(() => callback(error));
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
