/**
 * Hands documents to the drivers of one collection: to those that fetch them, and to those that a change can concern.
 *
 * Owned by a collection feed, which reads the documents. No Meteor or Redis imports.
 */

import { systemClock } from '../../base/time';
import type { IdString } from '../../base/values';
import type { DocumentSource, Reporting, StoredDocument } from '../../meteor/feed-contract';
import { reasonOf } from '../../observability/log';
import type { FedQuery } from './fed-query';
import type { Listeners } from './listeners';
import type { WaitingDocument } from './waiting-documents';

/** How long documents are dispatched before the event loop gets a turn, in ms. */
const MAX_SLICE_MS = 10;

/** The documents that a read has found. */
export type Documents = ReadonlyMap<IdString, StoredDocument>;

/** A document, and the changes that it is part of. */
type ChangedDocument = Pick<WaitingDocument, 'id' | 'batches'>;

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
  answer(waiting: readonly WaitingDocument[], documents: Documents): boolean {
    const fetched = waiting.filter(({ callbacks }) => callbacks.length > 0);
    for (const { id, callbacks } of fetched) {
      const document = documents.get(id);
      for (const callback of callbacks) {
        // Drivers keep and change what they fetch: each gets a copy of its own.
        this.guarded(() => callback(null, document ? this.#context.source.clone(document) : null));
      }
    }
    return fetched.length > 0;
  }

  /** Answers the drivers that fetch some of the documents with an error: they query then. */
  fail(waiting: readonly WaitingDocument[], error: unknown): void {
    for (const { callbacks } of waiting)
      for (const callback of callbacks) this.guarded(() => callback(error));
  }

  /** Dispatches changed documents to the live queries that each can concern. */
  async dispatch(changed: readonly ChangedDocument[], documents: Documents): Promise<void> {
    let sliceStart = performance.now();
    for (const { id, batches } of changed) {
      if (batches.length === 0) continue;
      // Not after the last one: it would count as in flight for another turn.
      if (performance.now() - sliceStart >= MAX_SLICE_MS) {
        await systemClock.nextTurn();
        sliceStart = performance.now();
      }
      const queries = this.dispatchOne(id, documents.get(id));
      for (const batch of batches) batch.end(queries);
    }
  }

  /** @param document `undefined`: it does not exist */
  private dispatchOne(id: IdString, document: StoredDocument | undefined): FedQuery[] {
    const _id = this.#context.source.parseId(id);
    const op = document ? { op: 'u', o: updateOf(document), o2: { _id } } : { op: 'd', o: { _id } };
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

/** By the driver's rule such a path, of a type that EJSON encodes, cannot be applied: it fetches the document. */
const FETCHED = { $set: { EJSON$: 1 } };

/**
 * Returns what makes a driver take a document as it is. A whole document is a replacement, which drivers evaluate at once.
 * With a field `diff` they would take it for an update in the format of MongoDB 5's oplog.
 */
function updateOf(document: StoredDocument): object {
  return 'diff' in document ? FETCHED : document;
}
