/**
 * Which changes of a collection are skipped, and which skipped documents have to be read after all.
 *
 * A hint speaks for one write and for STEADY live queries. So this remembers for a while what was skipped:
 * - A live query that is not STEADY may have started its query before a skipped change was committed. When it settles, the
 *   skipped documents that it holds are read.
 * - A look-up of written ids misses a document that another write moved out of the selector. The change of that other
 *   write may have been skipped before, or arrive afterwards. Then the document is read for the looked-up change.
 *
 * Owned by the listeners of a collection feed. `docs/architecture.md` has the argument why nothing is lost. No Meteor or
 * Redis imports.
 */

import type { IdString } from '../../base/values';
import type { ChangedIds } from '../../changes/change';
import { MEMORY_MS } from '../../changes/change-age';
import type { Hint } from '../../matching/hint';
import { type LookedUp, mergeLookedUp } from '../../matching/looked-up';
import type { QueryIndex } from '../../matching/query-index';
import type { Scope } from '../../matching/scope';
import { SkippedChanges } from '../../matching/skipped-changes';

/** Longer ids are read, not remembered: anybody may publish ids where messages are not authenticated. */
export const MAX_ID = 256;

export class Skips<Query> {
  readonly #index: QueryIndex<Query>;
  readonly #receivedUntil: () => number;
  readonly #now: () => number;
  readonly #skipped = new SkippedChanges();
  /** The live queries that are not STEADY, the first one first, with the position in `#skipped` when that began. */
  readonly #unsettled = new Map<Query, number>();
  /** Describes the documents that recent look-ups may have missed. */
  #lookedUp: LookedUp | undefined;
  #lookedUpAt = Number.NEGATIVE_INFINITY;
  /** The fields that recent updates without named documents have changed. */
  #changedFields = new Set<string>();
  #changedAt = Number.NEGATIVE_INFINITY;

  /**
   * @param receivedUntil returns a time by `performance.now()`; every message that Redis had accepted before it was handled.
   *   By this time, not by that of the clock, memories end: a node that stalls between two messages forgets nothing
   */
  constructor(index: QueryIndex<Query>, receivedUntil: () => number, now = () => performance.now()) {
    this.#index = index;
    this.#receivedUntil = receivedUntil;
    this.#now = now;
  }

  /** Returns whether a changed document need not be read, and remembers it then. */
  skip(id: IdString, hint: Hint | undefined): boolean {
    if (this.#index.mayConcern(id, hint) || (hint && this.mayBeMissed(hint))) return false;
    // Without a hint it concerns nobody only where there is no live query.
    if (!hint || this.#index.size === 0) return true;
    if (id.length > MAX_ID) return false;
    const [oldest = this.#skipped.position] = this.#unsettled.values();
    this.#skipped.forget(this.#receivedUntil() - MEMORY_MS, oldest);
    this.#skipped.add(id, hint, this.#now());
    return true;
  }

  /** Called when a document is about to be read. */
  forget(id: IdString): void {
    this.#skipped.remove(id);
  }

  /**
   * Called with a change whose ids were looked up.
   *
   * @returns the skipped documents that the look-up may have missed; `'all'`: they are not remembered
   */
  missedBy(lookedUp: LookedUp): ChangedIds {
    // One look-up may miss a document because of a write whose own look-up has missed it too, so they are taken together.
    this.#lookedUp = mergeLookedUp(this.recentLookUps, lookedUp);
    this.#lookedUpAt = this.#now();
    // A document that was moved without being named is not known, nor whether a live query holds it.
    if (this.mayHaveMoved(lookedUp)) return 'all';
    if (!this.#index.mayMatch(this.#lookedUp?.hint)) return [];
    return this.#skipped.changedIn(this.#lookedUp?.selected, this.#receivedUntil() - MEMORY_MS) ?? 'all';
  }

  /**
   * Called with a change whose documents are not named.
   *
   * @returns the scopes that it has, and of writes whose look-ups may have missed its documents; `undefined`: any
   */
  widened(scopes: readonly Scope[]): readonly Scope[] | undefined {
    const updates = scopes.filter(({ hint }) => hint.kind === 'update');
    const changed = updates.flatMap(({ hint }) => [...hint.fields.keys()]);
    this.#changedFields = new Set([...this.recentlyChanged, ...changed]);
    if (changed.length > 0) this.#changedAt = this.#now();
    const lookedUp = this.recentLookUps;
    if (!lookedUp || !isMoved(lookedUp, new Set(changed))) return scopes;
    return lookedUp.hint && [...scopes, { hint: lookedUp.hint, selected: undefined }];
  }

  /** Called when a live query has been added, or is not STEADY any more. */
  unsettle(query: Query): void {
    this.#index.unsettle(query);
    if (!this.#unsettled.has(query)) this.#unsettled.set(query, this.#skipped.position);
  }

  /**
   * Called when a live query has become STEADY.
   *
   * @param last see `QueryIndex.settle`
   * @returns the skipped documents that it holds; `'all'`: more were skipped than are remembered
   */
  settle(query: Query, last?: object): ChangedIds {
    this.#index.settle(query, last);
    return this.end(query)?.filter((id) => this.#index.holds(query, id)) ?? 'all';
  }

  /**
   * Called when nothing will be known of a live query: from now on every change concerns it.
   *
   * @returns the documents that were skipped since it was added; `'all'`: more than are remembered
   */
  giveUp(query: Query): ChangedIds {
    this.#index.giveUp(query);
    return this.end(query) ?? 'all';
  }

  remove(query: Query): void {
    this.#unsettled.delete(query);
  }

  /** @returns what was skipped since it was unsettled; `undefined`: more than is remembered */
  private end(query: Query): IdString[] | undefined {
    const position = this.#unsettled.get(query);
    this.#unsettled.delete(query);
    return position === undefined ? [] : this.#skipped.since(position);
  }

  /** Returns whether a recent look-up may have missed the document because of this write, and that concerns a live query. */
  private mayBeMissed({ kind, fields }: Hint): boolean {
    const lookedUp = this.recentLookUps;
    if (!lookedUp || kind !== 'update') return false;
    return isMoved(lookedUp, fields) && this.#index.mayMatch(lookedUp.hint);
  }

  /** Returns whether a recent update may have moved a document out of a look-up's selector without naming it. */
  private mayHaveMoved(lookedUp: LookedUp): boolean {
    const changed = this.recentlyChanged;
    return changed.size > 0 && isMoved(lookedUp, changed);
  }

  private get recentlyChanged(): ReadonlySet<string> {
    if (this.#receivedUntil() - MEMORY_MS > this.#changedAt) this.#changedFields = new Set();
    return this.#changedFields;
  }

  private get recentLookUps(): LookedUp | undefined {
    if (this.#receivedUntil() - MEMORY_MS > this.#lookedUpAt) this.#lookedUp = undefined;
    return this.#lookedUp;
  }
}

/** Returns whether a change of some fields can move a document out of the selector of a look-up. */
function isMoved({ selected }: LookedUp, fields: { has(field: string): boolean }): boolean {
  return selected?.some((field) => fields.has(field)) ?? true;
}
