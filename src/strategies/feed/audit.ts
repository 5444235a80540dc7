/**
 * Audits a share of the skipped changes: reads the document a while later, and compares it with what live queries hold.
 *
 * Owned by a collection feed. A document that a live query should hold, and does not, may also belong to a write that is about
 * to be published. So it counts as skipped wrongly only if no change of it has arrived long afterwards. Then it is dispatched,
 * so that the live query shows it. No Meteor or Redis imports.
 */

import type { IdString } from '../../base/values';
import { MAX_CHANGE_AGE_MS } from '../../changes/change-age';
import type { Hint } from '../../matching/hint';
import type { Reporting, StoredDocument } from '../../meteor/feed-contract';
import type { FedQuery } from './fed-query';
import { shapeOf } from './query-shape';

/** How long after a skip the document is read, in ms: the skip must not show in the measured load of its moment. */
const READ_AFTER_MS = 1000;
/** How long a suspicion waits for a change of the document, in ms: changes of Meteor's writes arrive earlier. */
const CONFIRM_AFTER_MS = MAX_CHANGE_AGE_MS;
/** The most documents of a collection that are audited at a time. */
const MAX_AUDITED = 1000;

export interface AuditOptions {
  /** The option `audit`: 0 to 1. */
  readonly share: number;
  /** @default READ_AFTER_MS */
  readonly readAfterMs?: number;
  /** @default CONFIRM_AFTER_MS */
  readonly confirmAfterMs?: number;
}

export interface AuditContext extends AuditOptions {
  /** The name of the collection. */
  readonly name: string;
  readonly listeners: { all(): readonly FedQuery[] };
  readonly reporting: Reporting;
  /** Returns a document as it is stored now. */
  readOne(id: IdString): Promise<StoredDocument | undefined>;
  /** Reads a document and dispatches it. Resolves when drivers have it. */
  dispatch(id: IdString): Promise<void>;
  /** Called when a skip was wrong. */
  onWrong(): void;
}

/** One document that is being audited. */
interface Audited {
  readonly id: IdString;
  readonly hint: Hint;
  timer: NodeJS.Timeout | undefined;
}

export class Audit {
  readonly #context: AuditContext;
  readonly #audited = new Map<IdString, Audited>();

  constructor(context: AuditContext) {
    this.#context = context;
  }

  /** Called when a change has been skipped. */
  consider(id: IdString, hint: Hint): void {
    const { share, readAfterMs = READ_AFTER_MS } = this.#context;
    const isKnown = this.#audited.has(id);
    // A later skip of the same document is the one to judge.
    if (!isKnown && (Math.random() >= share || this.#audited.size >= MAX_AUDITED)) return;
    this.drop(id);
    const audited: Audited = { id, hint, timer: undefined };
    this.#audited.set(id, audited);
    this.wait(audited, readAfterMs, () => this.compare(audited));
  }

  /** Called when a document is read anyway: nothing can be said of the skip any more. */
  drop(id: IdString): void {
    clearTimeout(this.#audited.get(id)?.timer);
    this.#audited.delete(id);
  }

  /** Called when live queries run again. */
  dropAll(): void {
    for (const id of [...this.#audited.keys()]) this.drop(id);
  }

  stop(): void {
    this.dropAll();
  }

  private wait(audited: Audited, ms: number, next: () => Promise<void>): void {
    // A read that fails says nothing of the skip.
    audited.timer = setTimeout(() => void next().catch(() => this.drop(audited.id)), ms).unref();
  }

  private async compare(audited: Audited): Promise<void> {
    const { readOne, confirmAfterMs = CONFIRM_AFTER_MS } = this.#context;
    const document = await readOne(audited.id);
    if (!this.isCurrent(audited)) return;
    if (this.suspects(audited.id, document).length === 0) this.conclude(audited, []);
    else this.wait(audited, confirmAfterMs, () => this.confirm(audited));
  }

  private async confirm(audited: Audited): Promise<void> {
    const { readOne, dispatch } = this.#context;
    const document = await readOne(audited.id);
    const suspects = this.suspects(audited.id, document);
    if (!this.isCurrent(audited)) return;
    this.#audited.delete(audited.id);
    await dispatch(audited.id);
    // A document outside the window of a limited live query matches it, and does not enter it.
    const isHealed = (query: FedQuery) => !query.differs(audited.id, document);
    this.conclude(audited, suspects.filter(isHealed));
  }

  /** Returns the live queries that may show the document wrongly. A live query that is not STEADY shows nothing final. */
  private suspects(id: IdString, document: StoredDocument | undefined): FedQuery[] {
    return this.#context.listeners.all().filter((query) => query.isSteady && query.differs(id, document));
  }

  private conclude({ id, hint }: Audited, wrong: readonly FedQuery[]): void {
    const { name, reporting, onWrong } = this.#context;
    const { metrics, log, emit } = reporting;
    this.#audited.delete(id);
    metrics.audited += 1;
    const [query] = wrong;
    if (!query) return;
    metrics.wrong += 1;
    onWrong();
    const write = { kind: hint.kind, fields: [...hint.fields.keys()] };
    const selector = shapeOf(query.description.selector);
    log.warn(
      `audit ${name}`,
      `a change of "${name}" was skipped wrongly, and is shown only now: ${write.kind} of ${JSON.stringify(write.fields)}, ` +
        `live query ${JSON.stringify(selector)}. An outside write looks the same; otherwise please report this`,
    );
    emit('wrongSkip', { collection: name, write, selector });
  }

  private isCurrent(audited: Audited): boolean {
    return this.#audited.get(audited.id) === audited;
  }
}
