/**
 * The feed of one collection: decides which changed documents are read, and which live queries run again.
 *
 * Created by `connection-feed.ts`. Collections do not wait for each other. `reader.ts` reads and dispatches, in an order that
 * keeps views right; `skips.ts` knows what need not be read, or has to be read after all.
 */

import type { IdString } from '../../base/values';
import type { Change, ChangedIds } from '../../changes/change';
import type { Hint } from '../../matching/hint';
import type { Scope } from '../../matching/scope';
import type { FetchCallback, KnownDocument, StoredDocument, Trigger } from '../../meteor/feed-contract';
import type { RequeryReason } from '../../observability/metrics';
import { Audit } from './audit';
import { Dispatcher } from './dispatcher';
import { ANY, DROP, type FedQuery, type ListenerKey } from './fed-query';
import type { FeedContext } from './feed-context';
import { Listeners } from './listeners';
import { PollFindings } from './poll-findings';
import { Reader } from './reader';
import { TouchedDocuments } from './touched-documents';
import { ChangeBatch } from './waiting-documents';

/** A document as a write of this node has left it, in place of one that was read. */
interface Written {
  readonly id: IdString;
  /** `null`: it was removed. */
  readonly document: StoredDocument | null;
}

/** The live queries that a change has been dispatched to, or that it has re-queried. */
type Concerned = Iterable<FedQuery>;

export class CollectionFeed {
  readonly name: string;
  readonly listeners: Listeners;
  readonly #context: FeedContext;
  readonly #dispatcher: Dispatcher;
  readonly #reader: Reader;
  readonly #audit: Audit;
  readonly #findings: PollFindings;
  readonly #touched = new TouchedDocuments();

  constructor(name: string, context: FeedContext) {
    const { source, reporting, requeries, polls } = context;
    const listeners = new Listeners(context.hash, context.receivedUntil);
    this.name = name;
    this.listeners = listeners;
    this.#context = context;
    this.#dispatcher = new Dispatcher({
      collection: name,
      source,
      reporting,
      listeners,
      onDriverError: (query) => void requeries.request([query], 'driver'),
    });
    const projection = () => listeners.projections.union;
    this.#reader = new Reader({
      name,
      source,
      reporting,
      dispatcher: this.#dispatcher,
      limit: context.readLimit,
      timeoutMs: context.readTimeoutMs,
      projection,
      requeryAll: (reason) => this.requeryAll(reason),
    });
    this.#audit = new Audit({
      ...context.audit,
      name,
      listeners,
      reporting,
      readOne: async (id) => (await source.read(name, [id], projection())).get(id),
      onWrong: () => polls.onFound(),
      dispatch: async (id) => void (await this.read([id])?.done),
    });
    this.#findings = new PollFindings({ ...polls, onFound: () => this.onFound() });
  }

  keyOf({ id, dropCollection }: Trigger): ListenerKey {
    if (dropCollection) return DROP;
    return id === undefined ? ANY : this.#context.source.stringifyId(id);
  }

  /** See `TouchedDocuments`. */
  get position(): number {
    return this.#touched.position;
  }

  /**
   * Resolves when the drivers that a change can concern have it, or have been re-queried.
   *
   * @param known the document of the change, where a write of this node has left it so
   * @returns the live queries that it was dispatched to
   */
  async handleChange(change: Change, known?: KnownDocument): Promise<Concerned> {
    const { ids, hints, lookedUp, scopes, at, isResync } = change;
    const { metrics } = this.#context.reporting;
    const written = known && this.asRead(ids, known);
    this.#touched.touch(ids);
    this.#findings.onChange(ids);
    const missed = lookedUp ? this.listeners.skips.missedBy(lookedUp) : [];
    if (ids === 'all' || missed === 'all') {
      const judged = ids === 'all' && scopes ? this.listeners.skips.widened(scopes) : undefined;
      const all = judged
        ? await this.requeryWithin(judged)
        : await this.requeryAll(isResync ? 'resync' : 'collection');
      if (at !== undefined && all.length > 0) metrics.dispatchMs.record(performance.now() - at);
      return all;
    }
    const concerned = ids.filter((id) => !this.skip(id, hints?.get(id)));
    metrics.documentsSkipped += ids.length - concerned.length;
    const batch =
      written && concerned.length > 0 ? this.dispatch(written) : this.read([...concerned, ...missed]);
    if (!batch) return [];
    await batch.done;
    if (at !== undefined) metrics.dispatchMs.record(performance.now() - at);
    return batch.concerned;
  }

  /** Called when a driver has become STEADY, or has left that phase. */
  onPhase(query: FedQuery, isSteady: boolean, last?: StoredDocument): void {
    const { skips } = this.listeners;
    // Its query may have been later than a write that has not ended.
    if (isSteady) this.#touched.touch('all');
    if (isSteady) this.readSkipped(query, skips.settle(query, last));
    else skips.unsettle(query);
    if (isSteady) this.#context.requeries.onSteady(query);
  }

  /** Called when the query of a driver has found that what it showed of a document is out of date. */
  onDifference(query: FedQuery, id: IdString): void {
    if (this.#context.requeries.reasonOf(query) === 'poll' && this.#context.polls.isTelling())
      this.#findings.onDifference(id);
  }

  /** Called when the phases of a driver will not be reported. From now on no change is skipped for it. */
  onUnfollowed(query: FedQuery): void {
    this.readSkipped(query, this.listeners.skips.giveUp(query));
  }

  /** Re-queries the drivers that are due between two times, counted in polling intervals. */
  poll(from: number, to: number): void {
    const isDue = ({ pollPhase }: FedQuery) => Math.floor(to + pollPhase) > Math.floor(from + pollPhase);
    void this.#context.requeries.request(this.listeners.all().filter(isDue), 'poll');
  }

  /** Called by the queue of re-queries: makes a driver query. */
  requery(query: FedQuery, reason: RequeryReason): void {
    this.#context.reporting.metrics.requeries[reason] += 1;
    this.#dispatcher.guarded(() => query.requery());
  }

  /** Reads one document for a driver. */
  fetch(id: unknown, callback: FetchCallback): void {
    const text = this.#context.source.stringifyId(id);
    this.#touched.touch([text]);
    this.#reader.fetch(text, callback);
  }

  /** See `Reader`. */
  caughtUp(): Promise<void> {
    return this.#reader.caughtUp();
  }

  stop(): void {
    this.#audit.stop();
    this.#findings.stop();
  }

  private onFound(): void {
    this.#context.reporting.metrics.foundByPolls += 1;
    this.#context.polls.onFound();
  }

  /**
   * Returns whether a changed document need not be read. That is safe: a change was committed before its message, so any
   * later read sees it. It is not safe while an older read of the same document is in flight: that would be dispatched
   * after the skipped change.
   */
  private skip(id: IdString, hint: Hint | undefined): boolean {
    const { listeners } = this;
    if (this.#reader.isInFlight(id) || listeners.listensTo(id) || !listeners.skips.skip(id, hint))
      return false;
    if (hint) this.#audit.consider(id, hint);
    return true;
  }

  /**
   * Returns the document of a write of this node, if it stands for a read that began with the write. It does not where a
   * change, or a query or fetch of a driver, may have found a newer one since.
   */
  private asRead(ids: ChangedIds, { document, start }: KnownDocument): Written | undefined {
    const id = ids === 'all' || ids.length > 1 ? undefined : ids[0];
    if (id === undefined || this.#reader.isInFlight(id) || this.#touched.isTouchedSince(id, start.position))
      return undefined;
    return { id, document };
  }

  /** Dispatches a document that need not be read. */
  private dispatch({ id, document }: Written): ChangeBatch {
    this.forget(id);
    const batch = new ChangeBatch(1);
    void this.#dispatcher.dispatch([{ id, batches: [batch] }], new Map(document ? [[id, document]] : []));
    return batch;
  }

  /** @returns the batch that reads the documents; `undefined` when there are none */
  private read(ids: readonly IdString[]): ChangeBatch | undefined {
    if (ids.length === 0) return undefined;
    this.#touched.touch(ids);
    for (const id of ids) this.forget(id);
    return this.#reader.add(ids);
  }

  /** Called when live queries are about to get a document: it is not skipped any more. */
  private forget(id: IdString): void {
    this.listeners.skips.forget(id);
    this.#audit.drop(id);
  }

  /** @returns the live queries, when each has begun its query */
  private async requeryAll(reason: RequeryReason): Promise<readonly FedQuery[]> {
    const all = this.listeners.all();
    this.#audit.dropAll();
    await this.#context.requeries.request(all, reason);
    return all;
  }

  /** @returns the live queries that writes without named documents concern, when each has begun its query */
  private async requeryWithin(scopes: readonly Scope[]): Promise<readonly FedQuery[]> {
    const concerned = this.listeners.all().filter((query) => query.isConcernedBy(scopes, this.#context.hash));
    // A document that is being read now may have been read before the writes.
    const batch = this.read(this.#reader.inFlight);
    await Promise.all([this.#context.requeries.request(concerned, 'collection'), batch?.done]);
    return [...concerned, ...(batch?.concerned ?? [])];
  }

  /** @param ids `'all'`: more was skipped than is remembered */
  private readSkipped(query: FedQuery, ids: ChangedIds): void {
    if (ids === 'all') void this.#context.requeries.request([query], 'skipped');
    else this.read(ids);
  }
}
