/**
 * The feed of one collection: reads changed documents in batches and dispatches them to the drivers.
 *
 * Created by `oplog-feed.ts`. Collections do not wait for each other. Three rules keep views right:
 * 1. One read is in flight at a time, and its documents are dispatched before the next one starts: no document ever
 *    goes back in time. The answer to a read that was given up is discarded.
 * 2. `caughtUp` covers reads in flight. A driver awaits it after each query of its own, still QUERYING. So a document
 *    that was read before that query reaches the driver while it is QUERYING, and the driver fetches it again.
 * 3. Those who wait in `caughtUp` continue in a turn of their own, after a driver's loop over fetched documents has
 *    noticed that the driver was re-queried meanwhile. Otherwise that loop would clear what the driver has to fetch next.
 *
 * A fourth rule lets drivers become STEADY: a driver that gets a document while it fetches it fetches it again. So
 * fetches are answered first, and a document that is being fetched is postponed to the next read, once.
 */

import type { Hasher, Hint } from '../../matching/hint';
import type {
  DocumentSource,
  FetchCallback,
  Reporting,
  StoredDocument,
  Trigger,
} from '../../meteor/feed-contract';
import { reasonOf } from '../../observability/log';
import type { RequeryReason } from '../../observability/metrics';
import { nextTurn } from '../../timing/next-turn';
import { withTimeout } from '../../timing/timeout';
import type { IdString } from '../../values/id-string';
import type { Change, ChangedIds } from '../../writes/change';
import { ChangeBatch, FetchBatch } from './batches';
import { Dispatcher } from './dispatcher';
import type { FedQuery } from './fed-query';
import { ANY, DROP, type ListenerKey } from './listener-key';
import { Listeners } from './listeners';
import { PieceSize } from './piece-size';
import { RequeryQueue } from './requery-queue';

/**
 * How long a read of one piece may take, in ms. Live queries run again after it, which burdens the database more: so
 * it is far above what a busy database takes. With 10 s, FerretDB 1.24 and 500 live queries on a busy machine exceeded it.
 */
const READ_TIMEOUT_MS = 30_000;

/** What the feeds of all collections share. */
export interface FeedContext {
  readonly source: DocumentSource;
  readonly hash: Hasher;
  /** See `Skips`. */
  readonly receivedUntil: () => number;
  readonly reporting: Reporting;
}

/** The live queries that a change has been dispatched to, or that it has re-queried. */
type Concerned = Iterable<FedQuery>;

export class CollectionFeed {
  readonly name: string;
  readonly listeners: Listeners;
  readonly #source: DocumentSource;
  readonly #reporting: Reporting;
  readonly #dispatcher: Dispatcher;
  readonly #pieceSize = new PieceSize();
  readonly #requeries = new RequeryQueue((query, reason) => {
    this.#reporting.metrics.requeries[reason] += 1;
    this.#dispatcher.guarded(() => query.requery());
  });
  #changes = new ChangeBatch();
  #fetches = new FetchBatch();
  /** The read in flight. */
  #reading: Promise<unknown> | undefined;
  /** The ids of that read. */
  #inFlight: ReadonlySet<IdString> = new Set();
  /** The ids that the last read has postponed to the next one. */
  #postponed: ReadonlySet<IdString> = new Set();
  #isWorking = false;

  constructor(name: string, { source, hash, receivedUntil, reporting }: FeedContext) {
    this.name = name;
    this.listeners = new Listeners(hash, receivedUntil);
    this.#dispatcher = new Dispatcher({
      ...{ collection: name, source, reporting, listeners: this.listeners },
      onDriverError: (query) => void this.#requeries.request([query], 'driver'),
    });
    this.#source = source;
    this.#reporting = reporting;
  }

  keyOf({ id, dropCollection }: Trigger): ListenerKey {
    if (dropCollection) return DROP;
    return id === undefined ? ANY : this.#source.stringifyId(id);
  }

  /**
   * Resolves when the drivers that a change can concern have it, or have been re-queried.
   *
   * @returns the live queries that it was dispatched to
   */
  async handleChange({ ids, hints, lookedUp, at, isResync }: Change): Promise<Concerned> {
    const { metrics } = this.#reporting;
    const missed = lookedUp ? this.listeners.skips.missedBy(lookedUp) : [];
    if (ids === 'all' || missed === 'all') {
      const all = this.listeners.all();
      await this.#requeries.request(all, isResync ? 'resync' : 'collection');
      if (at !== undefined && all.length > 0) metrics.dispatchMs.record(performance.now() - at);
      return all;
    }
    const concerned = ids.filter((id) => !this.skip(id, hints?.get(id)));
    metrics.documentsSkipped += ids.length - concerned.length;
    const batch = this.read([...concerned, ...missed]);
    if (!batch) return [];
    await batch.done.promise;
    if (at !== undefined) metrics.dispatchMs.record(performance.now() - at);
    return batch.concerned;
  }

  /** Called when a driver has become STEADY, or has left that phase. */
  onPhase(query: FedQuery, isSteady: boolean): void {
    const { skips } = this.listeners;
    if (isSteady) this.readSkipped(query, skips.settle(query));
    else skips.unsettle(query);
  }

  /** Called when the phases of a driver will not be reported. From now on no change is skipped for it. */
  onUnfollowed(query: FedQuery): void {
    this.readSkipped(query, this.listeners.skips.giveUp(query));
  }

  /** Re-queries the drivers that are due between two times, counted in polling intervals. */
  poll(from: number, to: number): void {
    const isDue = ({ pollPhase }: FedQuery) => Math.floor(to + pollPhase) > Math.floor(from + pollPhase);
    void this.#requeries.request(this.listeners.all().filter(isDue), 'poll');
  }

  /** Reads one document for a driver. */
  fetch(id: unknown, callback: FetchCallback): void {
    this.#fetches.add(this.#source.stringifyId(id), callback);
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

  stop(): void {
    this.#requeries.stop();
  }

  /**
   * Returns whether a changed document need not be read. That is safe: a change was committed before its message, so any
   * later read sees it. It is not safe while an older read of the same document is in flight: that would be dispatched
   * after the skipped change.
   */
  private skip(id: IdString, hint: Hint | undefined): boolean {
    return !this.isInFlight(id) && !this.listeners.listensTo(id) && this.listeners.skips.skip(id, hint);
  }

  /** @returns the batch that reads the documents; `undefined` when there are none */
  private read(ids: readonly IdString[]): ChangeBatch | undefined {
    if (ids.length === 0) return undefined;
    const batch = this.#changes;
    batch.add({ collection: this.name, ids });
    for (const id of ids) this.listeners.skips.forget(id);
    this.startWork();
    return batch;
  }

  /** @param ids `'all'`: more was skipped than is remembered */
  private readSkipped(query: FedQuery, ids: ChangedIds): void {
    if (ids === 'all') void this.#requeries.request([query], 'skipped');
    else this.read(ids);
  }

  /** Returns whether a document is waiting to be read, is being read, or is not dispatched yet. */
  private isInFlight(id: IdString): boolean {
    return this.#inFlight.has(id) || this.#changes.has(id) || this.#fetches.has(id);
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
      const [batch, fetches] = [this.#changes, this.#fetches];
      this.#changes = new ChangeBatch();
      this.#fetches = new FetchBatch();
      const reading = this.readAndDispatch(batch, fetches);
      this.#reading = reading;
      const requery = await reading;
      this.#reading = undefined;
      this.#inFlight = new Set();
      fetches.answered.resolve();
      // What was postponed is in the next batch, which postpones none of it again.
      void this.finish(batch, requery, this.#postponed.size > 0 ? this.#changes : undefined);
    }
    // In the same turn as the loop's last check: the next change starts a new loop.
    this.#isWorking = false;
  }

  private async finish(
    batch: ChangeBatch,
    requery: RequeryReason | undefined,
    next?: ChangeBatch,
  ): Promise<void> {
    if (requery) {
      const all = this.listeners.all();
      batch.addConcerned(all);
      await this.#requeries.request(all, requery);
    }
    batch.dispatched.resolve();
    await next?.dispatched.promise;
    if (next) batch.addConcerned(next.concerned);
    batch.done.resolve();
  }

  /**
   * Reads and dispatches, piece by piece. Fetched documents come first.
   *
   * @returns why drivers have to query for what could not be dispatched; `undefined`: everything was
   */
  private async readAndDispatch(batch: ChangeBatch, fetches: FetchBatch): Promise<RequeryReason | undefined> {
    const changed = batch.take();
    const changedIds = new Set(changed === 'all' ? [] : changed);
    const ids = [...new Set([...fetches.ids, ...changedIds])];
    const postponedBefore = this.#postponed;
    const postponed = new Set<IdString>();
    this.#postponed = postponed;
    this.#inFlight = new Set(ids);
    let requery: RequeryReason | undefined = changed === 'all' ? 'collection' : undefined;
    try {
      for (let start = 0, end = 0; start < ids.length; start = end) {
        end = start + this.#pieceSize.documents;
        const piece = ids.slice(start, end);
        const documents = await withTimeout(READ_TIMEOUT_MS, this.readDocuments(piece));
        if (this.#dispatcher.answer(fetches, documents, piece)) await nextTurn();
        const dispatched: IdString[] = [];
        for (const id of piece.filter((each) => changedIds.has(each))) {
          if (this.#fetches.has(id) && !postponedBefore.has(id)) postponed.add(id);
          else dispatched.push(id);
        }
        if (await this.#dispatcher.dispatch(dispatched, documents, batch)) requery = 'driver';
      }
      this.#reporting.log.resolve(`read ${this.name}`);
    } catch (error) {
      this.#reporting.log.warn(
        `read ${this.name}`,
        `reading collection "${this.name}" failed (${reasonOf(error)}); its live queries run again`,
      );
      // A driver that gets an error for a fetch queries.
      this.#dispatcher.fail(fetches, error);
      requery = 'readFailed';
    }
    this.#changes.add({ collection: this.name, ids: [...postponed] });
    return requery;
  }

  private async readDocuments(ids: readonly IdString[]): Promise<Map<IdString, StoredDocument>> {
    const documents = await this.#source.read(this.name, ids, this.listeners.projections.union);
    const { metrics } = this.#reporting;
    metrics.reads += 1;
    metrics.documentsRead += documents.size;
    this.#pieceSize.adapt(documents.values());
    return documents;
  }
}
