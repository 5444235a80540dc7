/**
 * Hands documents to the drivers of one collection: to those that fetch them, and to those that a change can concern.
 *
 * Owned by a collection feed, which reads the documents. No Meteor or Redis imports.
 */

import { systemClock } from '../../base/time';
import type { IdString } from '../../base/values';
import type { DocumentSource, Reporting, StoredDocument } from '../../meteor/feed-contract';
import { reasonOf } from '../../observability/log';
import type { ChangeBatch, FetchBatch } from './batches';
import type { FedQuery } from './fed-query';
import type { Listeners } from './listeners';

/** How long documents are dispatched before the event loop gets a turn, in ms. */
const MAX_SLICE_MS = 10;

type Documents = ReadonlyMap<IdString, StoredDocument>;

export interface DispatcherContext {
  readonly collection: string;
  readonly source: DocumentSource;
  readonly listeners: Listeners;
  readonly reporting: Reporting;
  /** Called when a driver has thrown on a document. It recovers by querying. */
  onDriverError(query: FedQuery): void;
}

export class Dispatcher {
  readonly #context: DispatcherContext;

  constructor(context: DispatcherContext) {
    this.#context = context;
  }

  /**
   * Answers the drivers that fetch some of the documents.
   *
   * @returns whether there were any: they need a turn to finish with what they got, or to fetch the next
   */
  answer(fetches: FetchBatch, documents: Documents, ids: readonly IdString[]): boolean {
    let isAnswered = false;
    for (const id of ids) {
      const document = documents.get(id);
      for (const callback of fetches.take(id)) {
        isAnswered = true;
        // Drivers keep and change what they fetch: each gets a copy of its own.
        this.guarded(() => callback(null, document ? this.#context.source.clone(document) : null));
      }
    }
    return isAnswered;
  }

  /** Answers all drivers that fetch documents with an error: they query then. */
  fail(fetches: FetchBatch, error: unknown): void {
    for (const id of fetches.ids)
      for (const callback of fetches.take(id)) this.guarded(() => callback(error));
  }

  /** Dispatches documents. Returns whether drivers have to query for one of them. */
  async dispatch(ids: readonly IdString[], documents: Documents, batch: ChangeBatch): Promise<boolean> {
    let needsRequery = false;
    let sliceStart = performance.now();
    for (const id of ids) {
      const document = documents.get(id);
      // A driver would take a field of this name for an update in the format of MongoDB 5's oplog.
      if (document && 'diff' in document) needsRequery = true;
      else batch.addConcerned(this.dispatchOne(id, document));
      if (performance.now() - sliceStart < MAX_SLICE_MS) continue;
      await systemClock.nextTurn();
      sliceStart = performance.now();
    }
    return needsRequery;
  }

  /**
   * Dispatches a document to the live queries that it can concern.
   *
   * @param document `undefined`: it does not exist
   */
  private dispatchOne(id: IdString, document: StoredDocument | undefined): FedQuery[] {
    const _id = this.#context.source.parseId(id);
    // A whole document in a `u` entry is a replacement, which drivers evaluate at once.
    const op = document ? { op: 'u', o: document, o2: { _id } } : { op: 'd', o: { _id } };
    const entry = { collection: this.#context.collection, id: _id, op };
    const concerned = this.#context.listeners.concerned(id, document);
    if (concerned.length > 0) this.#context.reporting.metrics.documentsDispatched += 1;
    for (const [key, query] of concerned) {
      try {
        query.notify(key, entry);
      } catch {
        this.#context.onDriverError(query);
      }
    }
    return concerned.map(([, query]) => query);
  }

  /** Calls into a driver. Its failure is logged and does not reach other drivers. */
  guarded(call: () => void): void {
    try {
      call();
    } catch (error) {
      const { collection, reporting } = this.#context;
      reporting.log.warn(
        `driver ${collection}`,
        `a live query of "${collection}" failed: ${reasonOf(error)}`,
      );
    }
  }
}
