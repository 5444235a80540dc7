/**
 * The documents of one collection that were skipped lately: their changes were not read, as their hints rule out every live
 * query. Other news may show that a document has to be read after all.
 *
 * Owned by a collection feed. Each document is here once, with its latest number. Bounded in number, and in time by the
 * caller. The time is passed in. No Meteor or Redis imports.
 */

import type { IdString } from '../base/values';
import { type Hint, MAX_FIELDS } from './hint';

/** The most documents remembered: about 0.5 MB. More are skipped in 15 s only at 270 changes a second. */
const MAX_SKIPPED = 4096;
/** The longest log: a document that is skipped again and again leaves dead entries. */
const MAX_LOG = 4 * MAX_SKIPPED;
/** The log is compacted when so many of its first entries are forgotten. */
const COMPACT_AT = 1024;

interface Skipped {
  readonly id: IdString;
  readonly number: number;
  readonly at: number;
  /** The fields that its updates have changed; `'any'`: too many. */
  readonly fields: ReadonlySet<string> | 'any';
}

export class SkippedChanges {
  readonly #byId = new Map<IdString, Skipped>();
  /** In the order of their numbers. Entries that are not in `#byId` any more are dead. */
  #log: Skipped[] = [];
  /** How many of the first entries of the log were forgotten. */
  #forgotten = 0;
  #next = 0;
  /** The first number that may not have been forgotten. */
  #firstKnown = 0;
  /** When the last of those was skipped that were forgotten for want of room. */
  #crowdedOutAt = Number.NEGATIVE_INFINITY;

  /** The number of the next document to be skipped. */
  get position(): number {
    return this.#next;
  }

  /** Adds a document, with what its change has changed. */
  add(id: IdString, { kind, fields }: Hint, at: number): void {
    const known = this.#byId.get(id);
    const changed = kind === 'update' ? [...fields.keys()] : [];
    const skipped = { id, number: this.#next, at, fields: union(known?.fields, changed) };
    this.#next += 1;
    this.#byId.set(id, skipped);
    this.#log.push(skipped);
    while (this.#byId.size > MAX_SKIPPED || this.#log.length - this.#forgotten > MAX_LOG)
      this.#crowdedOutAt = this.forgetFirst() ?? this.#crowdedOutAt;
    this.compact();
  }

  /** Called when a document is about to be read: whatever was skipped of it is read then. */
  remove(id: IdString): void {
    this.#byId.delete(id);
  }

  /**
   * Returns the documents that were skipped at a number or later.
   *
   * @returns `undefined` when some of them may have been forgotten
   */
  since(number: number): IdString[] | undefined {
    if (number < this.#firstKnown) return undefined;
    const ids: IdString[] = [];
    for (let n = this.#log.length - 1; n >= this.#forgotten; n -= 1) {
      const skipped = this.#log[n] as Skipped;
      if (skipped.number < number) break;
      if (this.isAlive(skipped)) ids.push(skipped.id);
    }
    return ids;
  }

  /**
   * Returns the documents of which an update has changed one of the fields.
   *
   * @param fields `undefined`: any
   * @param after those skipped after this time are needed
   * @returns `undefined` when some of them may have been forgotten
   */
  changedIn(fields: readonly string[] | undefined, after: number): IdString[] | undefined {
    if (this.#crowdedOutAt > after) return undefined;
    const isChanged = (skipped: Skipped) =>
      skipped.fields === 'any' ||
      (fields
        ? fields.some((field) => (skipped.fields as ReadonlySet<string>).has(field))
        : skipped.fields.size > 0);
    return [...this.#byId.values()].filter(isChanged).map(({ id }) => id);
  }

  /**
   * Forgets documents that nobody needs any more.
   *
   * @param before those skipped before this time
   * @param number but none with this number or a later one
   */
  forget(before: number, number: number): void {
    for (;;) {
      const first = this.#log[this.#forgotten];
      if (!first || (this.isAlive(first) && (first.number >= number || first.at >= before))) break;
      this.forgetFirst();
    }
    this.compact();
  }

  /** @returns when the forgotten one was skipped; `undefined`: it was dead */
  private forgetFirst(): number | undefined {
    const first = this.#log[this.#forgotten];
    if (!first) return undefined;
    this.#forgotten += 1;
    if (!this.isAlive(first)) return undefined;
    this.#byId.delete(first.id);
    this.#firstKnown = first.number + 1;
    return first.at;
  }

  private isAlive(skipped: Skipped): boolean {
    return this.#byId.get(skipped.id) === skipped;
  }

  private compact(): void {
    if (this.#forgotten < COMPACT_AT || this.#forgotten * 2 < this.#log.length) return;
    this.#log = this.#log.slice(this.#forgotten);
    this.#forgotten = 0;
  }
}

function union(known: Skipped['fields'] | undefined, changed: readonly string[]): Skipped['fields'] {
  if (known === 'any') return known;
  const fields = new Set([...(known ?? []), ...changed]);
  return fields.size > MAX_FIELDS ? 'any' : fields;
}
