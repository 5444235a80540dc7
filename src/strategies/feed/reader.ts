/**
 * Reads the changed documents of one collection in batches, and what drivers fetch, and hands them to the dispatcher.
 *
 * Owned by a collection feed, which decides what has to be read. Three rules keep views right:
 * 1. One read is in flight at a time, and its documents are dispatched before the next one starts: no document ever
 *    goes back in time. The answer to a read that was given up is discarded.
 * 2. `caughtUp` covers reads in flight. A driver awaits it after each query of its own, still QUERYING. So a document
 *    that was read before that query reaches the driver while it is QUERYING, and the driver fetches it again.
 * 3. Callers of `caughtUp` continue in a turn of their own, after a driver's loop over fetched documents has
 *    noticed that the driver was re-queried meanwhile. Otherwise that loop would clear what the driver has to fetch next.
 *
 * A fourth rule lets drivers become STEADY: a driver that gets a document while it fetches it fetches it again. So
 * fetches are answered first, and a document that is being fetched is postponed to the next read, once.
 */

import { systemClock, withTimeout } from '../../base/time';
import type { IdString } from '../../base/values';
import type { DocumentSource, FetchCallback, Reporting, StoredDocument } from '../../meteor/feed-contract';
import { reasonOf } from '../../observability/log';
import type { RequeryReason } from '../../observability/metrics';
import { ChangeBatch, FetchBatch } from './batches';
import type { Dispatcher } from './dispatcher';
import type { FedQuery } from './fed-query';
import { PieceSize } from './piece-size';
import type { Projection } from './projections';

export interface ReaderContext {
  /** The name of the collection. */
  readonly name: string;
  readonly source: DocumentSource;
  readonly reporting: Reporting;
  readonly dispatcher: Dispatcher;
  /** How long a read of one piece may take. Live queries run again after it. In ms. */
  readonly timeoutMs: number;
  /** Returns the fields that live queries need. */
  projection(): Projection;
  /**
   * Makes every live query run again, for what could not be dispatched.
   *
   * @returns the live queries, when each has begun its query
   */
  requeryAll(reason: RequeryReason): Promise<readonly FedQuery[]>;
}

export class Reader {
  readonly #context: ReaderContext;
  readonly #pieceSize = new PieceSize();
  #changes = new ChangeBatch();
  #fetches = new FetchBatch();
  /** The read in flight. */
  #reading: Promise<unknown> | undefined;
  /** The ids of that read. */
  #inFlight: ReadonlySet<IdString> = new Set();
  /** The ids that the last read has postponed to the next one. */
  #postponed: ReadonlySet<IdString> = new Set();
  #isWorking = false;

  constructor(context: ReaderContext) {
    this.#context = context;
  }

  /** Reads changed documents. @returns the batch that they are part of */
  add(ids: readonly IdString[]): ChangeBatch {
    const batch = this.#changes;
    batch.add({ collection: this.#context.name, ids });
    this.startWork();
    return batch;
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
    await systemClock.nextTurn();
  }

  /** Returns whether a document is waiting to be read, is being read, or is not dispatched yet. */
  isInFlight(id: IdString): boolean {
    return this.#inFlight.has(id) || this.#changes.has(id) || this.#fetches.has(id);
  }

  private startWork(): void {
    if (this.#isWorking) return;
    this.#isWorking = true;
    void this.work();
  }

  private async work(): Promise<void> {
    // Everything that changes in one turn is read together.
    await systemClock.nextTurn();
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
      // The next batch has the postponed documents, and postpones none of them again.
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
      batch.addConcerned(await this.#context.requeryAll(requery));
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
    const { name, dispatcher, reporting, timeoutMs } = this.#context;
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
        const documents = await withTimeout(systemClock, timeoutMs, this.readDocuments(piece));
        if (dispatcher.answer(fetches, documents, piece)) await systemClock.nextTurn();
        const dispatched: IdString[] = [];
        for (const id of piece.filter((each) => changedIds.has(each))) {
          if (this.#fetches.has(id) && !postponedBefore.has(id)) postponed.add(id);
          else dispatched.push(id);
        }
        if (await dispatcher.dispatch(dispatched, documents, batch)) requery = 'driver';
      }
      reporting.log.resolve(`read ${name}`);
    } catch (error) {
      reporting.log.warn(
        `read ${name}`,
        `reading collection "${name}" failed (${reasonOf(error)}); its live queries run again`,
      );
      // A driver that gets an error for a fetch queries.
      dispatcher.fail(fetches, error);
      requery = 'readFailed';
    }
    this.#changes.add({ collection: name, ids: [...postponed] });
    return requery;
  }

  private async readDocuments(ids: readonly IdString[]): Promise<Map<IdString, StoredDocument>> {
    const { name, source, reporting, projection } = this.#context;
    const documents = await source.read(name, ids, projection());
    const { metrics } = reporting;
    metrics.reads += 1;
    metrics.documentsRead += documents.size;
    this.#pieceSize.adapt(documents.values());
    return documents;
  }
}
