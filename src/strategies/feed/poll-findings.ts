/**
 * Which differences that polls find in a collection no change explains: outside writes that nobody published.
 *
 * Owned by a collection feed. A poll may also find a write whose change is about to arrive, is being read, or waits until the
 * driver is STEADY. So a difference in a document counts only if no change of it arrives within 10 s before and after. An
 * outside write of a document that Meteor writes as well is then found by a later poll. No Meteor or Redis imports.
 */

import type { IdString } from '../../base/values';
import type { ChangedIds } from '../../changes/change';
import { MAX_CHANGE_AGE_MS } from '../../changes/change-age';

/** The most ids that are remembered of each 10 s. With more, nothing counts: the cost of a change stays small. */
const MAX_CHANGED = 4096;
/** The most documents that wait to be counted. */
const MAX_SUSPECTS = 1000;

export interface PollFindingsContext {
  /** Called when a difference counts. */
  onFound(): void;
  /** @default MAX_CHANGE_AGE_MS: changes of Meteor's writes arrive earlier */
  readonly confirmAfterMs?: number | undefined;
}

export class PollFindings {
  readonly #context: PollFindingsContext;
  readonly #suspects = new Map<IdString, NodeJS.Timeout>();
  #changed = new Set<IdString>();
  #changedBefore = new Set<IdString>();
  #changedSince = 0;

  constructor(context: PollFindingsContext) {
    this.#context = context;
  }

  /** Called when a change of the collection has arrived, or this node has written. */
  onChange(ids: ChangedIds): void {
    if (ids === 'all') {
      this.stop();
      return;
    }
    const changed = this.current();
    for (const id of ids) {
      if (changed.size <= MAX_CHANGED) changed.add(id);
      clearTimeout(this.#suspects.get(id));
      this.#suspects.delete(id);
    }
  }

  /** Called when a poll has found that what a live query shows of a document is out of date. */
  onDifference(id: IdString): void {
    if (this.isExplained(id) || this.#suspects.has(id) || this.#suspects.size >= MAX_SUSPECTS) return;
    const timer = setTimeout(() => this.conclude(id), this.confirmAfterMs).unref();
    this.#suspects.set(id, timer);
  }

  stop(): void {
    for (const timer of this.#suspects.values()) clearTimeout(timer);
    this.#suspects.clear();
  }

  private get confirmAfterMs(): number {
    return this.#context.confirmAfterMs ?? MAX_CHANGE_AGE_MS;
  }

  private conclude(id: IdString): void {
    this.#suspects.delete(id);
    this.#context.onFound();
  }

  private isExplained(id: IdString): boolean {
    const changed = this.current();
    return [changed, this.#changedBefore].some((ids) => ids.has(id) || ids.size > MAX_CHANGED);
  }

  /** Returns the ids of the current period. Those of the one before are kept, so each is known for one period at least. */
  private current(): Set<IdString> {
    const now = performance.now();
    const periods = (now - this.#changedSince) / this.confirmAfterMs;
    if (periods < 1) return this.#changed;
    this.#changedBefore = periods < 2 ? this.#changed : new Set();
    this.#changed = new Set();
    this.#changedSince = now;
    return this.#changed;
  }
}
