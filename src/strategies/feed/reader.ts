/**
 * Reads the changed documents of one collection, and what drivers fetch, and hands them to the dispatcher.
 *
 * Owned by a collection feed, which decides what has to be read. Reads of different documents overlap. Four rules keep views
 * right. A document that a write has left, which needs no read, keeps them too: see `CollectionFeed`.
 * 1. One read of a document is in flight at a time, and it is dispatched before the next one starts. So no document ever
 *    goes back in time. The answer to a read that was given up is discarded.
 * 2. `caughtUp` covers all reads in flight. A driver awaits it after each query of its own, still QUERYING. So a document
 *    that was read before that query reaches the driver while it is QUERYING, and the driver fetches it again.
 * 3. Callers of `caughtUp` continue in a turn of their own, after a driver's loop over fetched documents has
 *    noticed that the driver was re-queried meanwhile. Otherwise that loop would clear what the driver has to fetch next.
 * 4. A driver that gets a document while it fetches it fetches it again. So fetches are answered first, and the changes of a
 *    document that is being fetched are postponed to its next read, once. That lets drivers become STEADY.
 */

import { systemClock, withTimeout } from '../../base/time';
import type { IdString } from '../../base/values';
import { MAX_IDS } from '../../changes/change';
import type { DocumentSource, FetchCallback, Reporting } from '../../meteor/feed-contract';
import { reasonOf } from '../../observability/log';
import type { RequeryReason } from '../../observability/metrics';
import type { Dispatcher, Documents } from './dispatcher';
import type { FedQuery } from './fed-query';
import { PieceSize } from './piece-size';
import type { Projection } from './projections';
import { type ReadForm, ReadForms } from './read-form';
import type { ReadLimit } from './read-limit';
import { ChangeBatch, type WaitingDocument, WaitingDocuments } from './waiting-documents';

export interface ReaderContext {
  /** The name of the collection. */
  readonly name: string;
  readonly source: DocumentSource;
  readonly reporting: Reporting;
  readonly dispatcher: Dispatcher;
  readonly limit: ReadLimit;
  /** How long a read may take. Live queries run again after it. In ms. */
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
  readonly #forms = new ReadForms();
  readonly #waiting = new WaitingDocuments();
  /** The documents that are being read, or not dispatched yet. */
  readonly #inFlight = new Map<IdString, WaitingDocument>();
  /** How many reads are in flight. */
  #reads = 0;
  /** Whether one of them is a list. Meanwhile others wait: under load, the next list then holds many documents. */
  #isListing = false;
  #isScheduled = false;
  #catchingUp: Promise<void> | undefined;

  constructor(context: ReaderContext) {
    this.#context = context;
  }

  /** Reads changed documents. @returns the batch that they are */
  add(ids: readonly IdString[]): ChangeBatch {
    const unique = new Set(ids);
    const batch = new ChangeBatch(unique.size);
    for (const id of unique) this.#waiting.addChange(id, batch);
    if (this.#waiting.hasMoreChanged(MAX_IDS))
      void this.requeryFor(this.#waiting.takeChanges(), 'collection');
    this.schedule();
    return batch;
  }

  /** Reads one document for a driver. */
  fetch(id: IdString, callback: FetchCallback): void {
    this.#waiting.addFetch(id, callback);
    this.schedule();
  }

  /**
   * Resolves when the reads in flight are dispatched and outstanding fetches are answered. Later changes are not waited
   * for: in a stream of changes there is always a next one, and a driver that waits here publishes nothing.
   */
  caughtUp(): Promise<void> {
    if (this.#inFlight.size === 0 && this.#waiting.fetched.length === 0) return Promise.resolve();
    this.#catchingUp ??= this.catchUp();
    return this.#catchingUp;
  }

  /** The documents that are being read, or not dispatched yet. */
  get inFlight(): IdString[] {
    return [...this.#inFlight.keys()];
  }

  /** Returns whether a document is waiting to be read, is being read, or is not dispatched yet. */
  isInFlight(id: IdString): boolean {
    return this.#inFlight.has(id) || this.#waiting.has(id);
  }

  private async catchUp(): Promise<void> {
    // Callers of one turn share this.
    await systemClock.nextTurn();
    this.#catchingUp = undefined;
    const outstanding = [...this.#inFlight.values(), ...this.#waiting.fetched];
    await Promise.all(outstanding.map(({ handled }) => handled.promise));
    await systemClock.nextTurn();
  }

  private schedule(): void {
    // Everything that changes in one turn is read together.
    if (!this.#isScheduled) void systemClock.nextTurn().then(() => this.startReads());
    this.#isScheduled = true;
  }

  private startReads(): void {
    this.#isScheduled = false;
    while (!this.#isListing && this.#context.limit.allows(this.#reads)) {
      const room = this.#pieceSize.documents - this.#inFlight.size;
      const documents = this.#waiting.next(room, (id) => !this.#inFlight.has(id));
      if (documents.length === 0) return;
      // A list pays off by all documents that wait, also where this one holds few of them.
      const form = documents.length === 1 ? 'single' : this.#forms.choose(this.#waiting.size);
      void this.read(form === 'single' ? documents.slice(0, 1) : documents, form);
    }
  }

  /** Never rejects. */
  private async read(documents: readonly WaitingDocument[], form: ReadForm): Promise<void> {
    const { limit } = this.#context;
    for (const waiting of documents) {
      this.#waiting.remove(waiting);
      this.#inFlight.set(waiting.id, waiting);
    }
    this.#reads += 1;
    if (form === 'list') this.#isListing = true;
    limit.begin();
    await this.readAndDispatch(documents, form);
    limit.end();
    if (form === 'list') this.#isListing = false;
    this.#reads -= 1;
    for (const { id, handled } of documents) {
      this.#inFlight.delete(id);
      handled.resolve();
    }
    this.startReads();
  }

  private async readAndDispatch(documents: readonly WaitingDocument[], form: ReadForm): Promise<void> {
    const { dispatcher } = this.#context;
    const found = await this.tryReading(documents, form);
    if (!found) return;
    if (dispatcher.answer(documents, found)) await systemClock.nextTurn();
    const dispatched = documents.filter((waiting) => !this.isPostponed(waiting));
    await dispatcher.dispatch(dispatched, found);
  }

  /** @returns `undefined` when the read has failed: then live queries run again */
  private async tryReading(
    documents: readonly WaitingDocument[],
    form: ReadForm,
  ): Promise<Documents | undefined> {
    const { name, dispatcher, reporting, timeoutMs } = this.#context;
    try {
      const found = await withTimeout(systemClock, timeoutMs, this.readDocuments(documents, form));
      reporting.log.resolve(`read ${name}`);
      return found;
    } catch (error) {
      reporting.log.warn(
        `read ${name}`,
        `reading collection "${name}" failed (${reasonOf(error)}); its live queries run again`,
      );
      // A driver that gets an error for a fetch queries.
      dispatcher.fail(documents, error);
      const batches = documents.flatMap((waiting) => waiting.batches);
      void this.requeryFor(batches, 'readFailed');
      return undefined;
    }
  }

  /** Postpones the changes of a document that a driver fetches again. @returns whether it did */
  private isPostponed(waiting: WaitingDocument): boolean {
    const isPostponed = this.#waiting.isFetched(waiting.id) && !waiting.isPostponed;
    if (isPostponed) this.#waiting.postpone(waiting);
    return isPostponed;
  }

  private async requeryFor(batches: readonly ChangeBatch[], reason: RequeryReason): Promise<void> {
    const queries = await this.#context.requeryAll(reason);
    for (const batch of batches) batch.end(queries);
  }

  private async readDocuments(documents: readonly WaitingDocument[], form: ReadForm): Promise<Documents> {
    const { name, source, reporting, projection } = this.#context;
    const ids = documents.map(({ id }) => id);
    const [startedAt, parallel] = [performance.now(), this.#reads];
    const found = await source.read(name, ids, projection());
    this.#forms.note(form, performance.now() - startedAt, parallel);
    reporting.metrics.reads += 1;
    reporting.metrics.documentsRead += found.size;
    this.#pieceSize.adapt(found.values());
    return found;
  }
}
