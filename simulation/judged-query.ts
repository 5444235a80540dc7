/**
 * The result of a live query over documents in memory, by the matcher and the sorter of Meteor's observe drivers.
 * Stand-in only.
 */

import { isDeepStrictEqual } from 'node:util';
import { _compileProjection } from 'mongodb-livedata-server/dist/meteor/mongo/minimongo_common';
import { MinimongoMatcher } from 'mongodb-livedata-server/dist/meteor/mongo/minimongo_matcher';
import sorterModule from 'mongodb-livedata-server/dist/meteor/mongo/minimongo_sorter';
import type { QueryShape } from '../src/matching/query-entry';
import type { LiveQuery } from './grammar/queries';
import type { Fields } from './grammar/values';
import type { Documents } from './memory-database';

/** The library is CommonJS: its default export is a property of what Node.js imports. */
const { default: Sorter } = sorterModule as unknown as { default: typeof sorterModule };

interface Held {
  readonly ids: ReadonlySet<string>;
  readonly last: Fields | undefined;
}

export class JudgedQuery {
  readonly shape: QueryShape;
  readonly #limit: number | undefined;
  readonly #matcher: MinimongoMatcher;
  readonly #isFolded: boolean;
  readonly #compare: ((one: Fields, two: Fields) => number) | undefined;
  readonly #project: (document: Fields) => unknown;

  /**
   * @param knowsCollations whether the matcher does, from Meteor 3.5 on; the collation of the grammar ignores case
   * @throws Error for a query that the matcher does not understand: Meteor polls it
   */
  constructor({ selector, sort, limit, projection, collation }: LiveQuery, knowsCollations = true) {
    this.shape = { selector, sort, hasLimit: limit !== undefined, collation };
    this.#limit = limit;
    this.#isFolded = knowsCollations && collation !== undefined;
    this.#matcher = new MinimongoMatcher((this.#isFolded ? folded(selector) : selector) as never);
    this.#compare = sort === undefined ? undefined : new Sorter(sort).getComparator();
    this.#project = projection ? _compileProjection(projection) : (document) => document;
  }

  /** Returns the ids of the documents that it shows; `undefined` when Meteor's sorter cannot compare them. */
  result(documents: Documents): ReadonlySet<string> | undefined {
    const first = this.first(documents, this.#limit);
    return first && new Set(first.map(([id]) => id));
  }

  /** Returns what its driver holds after a query: twice the limit, and the last of it where more documents match. */
  held(documents: Documents): Held {
    if (this.#limit === undefined) return { ids: this.result(documents) ?? new Set(), last: undefined };
    const size = 2 * this.#limit;
    const first = this.first(documents, size) ?? [];
    const last = first.length === size ? this.sorted(first)?.at(-1) : undefined;
    return { ids: new Set(first.map(([id]) => id)), last: last?.[1] };
  }

  /** Returns the first documents by the sort; `undefined` when they have no order. */
  private first(documents: Documents, limit: number | undefined): [string, Fields][] | undefined {
    const found = [...documents].filter(([, document]) => matches(this.#matcher, this.folded(document)));
    if (limit === undefined || found.length <= limit) return found;
    return this.sorted(found)?.slice(0, limit);
  }

  private sorted(found: readonly [string, Fields][]): [string, Fields][] | undefined {
    try {
      return found.toSorted(
        ([idA, a], [idB, b]) => this.compare(this.folded(a), this.folded(b)) || (idA < idB ? -1 : 1),
      );
    } catch {
      return undefined;
    }
  }

  private folded(document: Fields): Fields {
    return this.#isFolded ? (folded(document) as Fields) : document;
  }

  /**
   * Returns the ids of the documents that a view shows wrongly, or not. With a limit, documents that are equal by the sort are
   * equally right.
   *
   * @param view the fields without `_id`
   */
  wrongIds(
    view: ReadonlyMap<string, Fields>,
    documents: Documents,
    isEqual: (one: Fields, two: Fields) => boolean,
  ): string[] {
    const found = new Map([...documents].filter(([, document]) => matches(this.#matcher, document)));
    const isRight = (id: string, shown: Fields | undefined) => {
      const document = found.get(id);
      return document && shown ? isEqual(shown, this.#shown(document)) : document === shown;
    };
    const wrong = [...view].filter(([id, shown]) => !isRight(id, shown)).map(([id]) => id);
    const left = [...found].filter(([id]) => !view.has(id));
    if (this.#limit === undefined) return [...wrong, ...left.map(([id]) => id)];
    if (view.size < this.#limit) return [...wrong, ...left.map(([id]) => id)];
    const inside = [...found].filter(([id]) => view.has(id));
    const before = left.filter(([, one]) => inside.some(([, two]) => this.comesBefore(one, two)));
    return [...wrong, ...before.map(([id]) => id)];
  }

  /** Returns whether it shows the same after a change of one document. */
  isUnchanged(before: Documents, after: Documents, id: string): boolean {
    const [earlier, shown] = [this.result(before), this.result(after)];
    if (!earlier || !shown) return true;
    if (shown.size !== earlier.size || [...shown].some((each) => !earlier.has(each))) return false;
    const [old, current] = [before.get(id), after.get(id)];
    return (
      !shown.has(id) || !old || !current || isDeepStrictEqual(this.#project(old), this.#project(current))
    );
  }

  #shown(document: Fields): Fields {
    const { _id, ...fields } = this.#project(document) as Fields;
    return fields;
  }

  /** Documents without an order come in any. */
  private comesBefore(one: Fields, two: Fields): boolean {
    try {
      return this.compare(one, two) < 0;
    } catch {
      return false;
    }
  }

  /** @throws Error for two arrays, regular expressions, `NaN` and some other types */
  private compare(one: Fields, two: Fields): number {
    const order = this.#compare?.(one, two) ?? 0;
    if (!Number.isFinite(order)) throw new Error('these have no order');
    return order;
  }
}

function matches(matcher: MinimongoMatcher, document: Fields): boolean {
  try {
    return Boolean(matcher.documentMatches(document).result);
  } catch {
    // It compares no decimals with numbers.
    return false;
  }
}

/** Returns a value with lower-case strings: equality then ignores case, as by a collation of strength 2. */
function folded(value: unknown): unknown {
  if (typeof value === 'string') return value.toLowerCase();
  if (Array.isArray(value)) return value.map(folded);
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype)
    return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, part]) => [name, name === '_id' ? part : folded(part)]),
  );
}
