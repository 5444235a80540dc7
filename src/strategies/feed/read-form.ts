/**
 * In which form several documents are read: one read each, or one read of a list of ids.
 *
 * Decided by measured times, as databases differ by an order of magnitude. FerretDB 1.24 stops at the document for one id, and
 * decodes the whole collection for a list. It takes 1.3 and 17 ms with 600 documents, 3.1 and 77 ms with 3,000. FerretDB 2.5
 * takes 0.95 ms for one, and 1.3 ms for a list of 20. Owned by a collection's reader. No Meteor or Redis imports.
 */

/** The weight of a new measurement in the average. */
const WEIGHT = 0.25;
/** How long a measurement of the slower form is trusted, in ms. */
const TRUSTED_MS = 5000;
/** It is trusted for this many times its duration: trying the slower form takes 1 % of the time at most. */
const TRUSTED_TIMES = 100;

export type ReadForm = 'single' | 'list';

interface Measured {
  /** How long a read takes, in ms: of `single` by document. */
  readonly ms: number;
  readonly at: number;
}

export class ReadForms {
  readonly #now: () => number;
  readonly #measured = new Map<ReadForm, Measured>();

  constructor(now = () => performance.now()) {
    this.#now = now;
  }

  /** Returns the form for reading some documents. */
  choose(documents: number): ReadForm {
    if (documents === 1) return 'single';
    const [single, list] = [this.#measured.get('single'), this.#measured.get('list')];
    if (!single) return 'single';
    if (!list) return 'list';
    const [singles, inList] = [single.ms * documents, list.ms];
    if (singles < inList) return this.isOutdated(list.at, inList) ? 'list' : 'single';
    return this.isOutdated(single.at, singles) ? 'single' : 'list';
  }

  /**
   * Notes how long a read took.
   *
   * @param ms its duration
   * @param parallel how many reads of the collection were in flight, itself included. Single reads share the time. A list that
   *   scans the collection outlasts what has begun before it
   */
  note(form: ReadForm, ms: number, parallel: number): void {
    const share = form === 'single' ? ms / parallel : ms;
    const known = this.#measured.get(form);
    const isAveraged = known && !this.isOutdated(known.at, known.ms);
    const average = isAveraged ? known.ms + (share - known.ms) * WEIGHT : share;
    this.#measured.set(form, { ms: average, at: this.#now() });
  }

  private isOutdated(at: number, ms: number): boolean {
    return this.#now() - at > Math.max(TRUSTED_MS, ms * TRUSTED_TIMES);
  }
}
