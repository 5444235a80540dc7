/**
 * The live queries of one collection, indexed by what can concern them.
 *
 * From a hint, or from a document, the index finds the live queries that a change can concern. These hold the document, or
 * have conditions that it can fulfil. A document also concerns those that are not STEADY; a hint does not, as `skips.ts`
 * remembers for them what was skipped. The cost does not depend on the number of the others. One-sided: a live query that is
 * left out is one whose result the change cannot affect. Owned by a collection feed. No Meteor or Redis imports.
 */

import type { IdString } from '../base/values';
import { FieldIndex } from './field-index';
import type { Hasher, Hint } from './hint';
import { conditionsOf, topField } from './selector-conditions';
import { keysOfField, NULL_KEY, type ValueKey } from './value-key';

/** The properties of a live query that the index needs. */
export interface QueryShape {
  readonly selector: unknown;
  readonly sort: unknown;
  readonly hasLimit: boolean;
  /** By which rules strings are compared; `undefined`: by their bytes. */
  readonly collation: unknown;
}

/** How a live query is indexed. */
interface Entry {
  /** The field of its indexed condition; `undefined`: it has none. */
  readonly field: string | undefined;
  readonly keys: readonly ValueKey[];
  /** The fields that decide whether a document belongs to its result. */
  readonly fields: ReadonlySet<string> | 'any';
}

export class QueryIndex<Query> {
  readonly #hash: Hasher;
  readonly #entries = new Map<Query, Entry>();
  /** Live queries about whose state nothing is known now: not STEADY, or not followed. */
  readonly #unsettled = new Set<Query>();
  /** Live queries that are not followed, so that they never settle. */
  readonly #unfollowed = new Set<Query>();
  readonly #holders = new Map<IdString, Set<Query>>();
  readonly #unindexed = new Set<Query>();
  readonly #byField = new Map<string, FieldIndex<Query>>();
  /** How many live queries depend on a field, by the field of their indexed condition (`undefined`: none). */
  readonly #dependents = new Map<string, Map<string | undefined, number>>();
  /** The same for live queries that may depend on any field. */
  readonly #dependentsOnAny = new Map<string | undefined, number>();

  constructor(hash: Hasher) {
    this.#hash = hash;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** Adds a live query. It is unsettled until `settle`. */
  add(query: Query, shape: QueryShape): void {
    if (this.#entries.has(query)) return;
    const entry = entryOf(shape);
    this.#entries.set(query, entry);
    this.#unsettled.add(query);
    if (entry.field === undefined) this.#unindexed.add(query);
    else this.fieldIndex(entry.field).add(query, entry.keys);
    this.countDependents(entry, 1);
  }

  /** Removes a live query. It must have released what it held. */
  remove(query: Query): void {
    const entry = this.#entries.get(query);
    if (!entry) return;
    this.#entries.delete(query);
    this.#unsettled.delete(query);
    this.#unfollowed.delete(query);
    this.#unindexed.delete(query);
    if (entry.field !== undefined) this.fieldIndex(entry.field).remove(query, entry.keys);
    this.countDependents(entry, -1);
  }

  settle(query: Query): void {
    this.#unsettled.delete(query);
  }

  unsettle(query: Query): void {
    if (this.#entries.has(query)) this.#unsettled.add(query);
  }

  /** Called when nothing will be known of a live query: every change concerns it. */
  giveUp(query: Query): void {
    if (this.#entries.has(query)) this.#unfollowed.add(query);
  }

  holds(query: Query, id: IdString): boolean {
    return this.#holders.get(id)?.has(query) ?? false;
  }

  hold(query: Query, id: IdString): void {
    const holders = this.#holders.get(id);
    if (holders) holders.add(query);
    else this.#holders.set(id, new Set([query]));
  }

  release(query: Query, id: IdString): void {
    const holders = this.#holders.get(id);
    if (holders?.delete(query) && holders.size === 0) this.#holders.delete(id);
  }

  /**
   * Returns whether a change can concern a live query, as far as its hint shows. For those that are not STEADY that is the
   * answer only if the document is read should they hold it when they settle.
   */
  mayConcern(id: IdString, hint: Hint | undefined): boolean {
    return this.#holders.has(id) || this.mayMatch(hint);
  }

  /** Returns whether a document that no live query holds can belong to the result of one after such a write. */
  mayMatch(hint: Hint | undefined): boolean {
    if (this.size === 0) return false;
    if (!hint || this.#unfollowed.size > 0) return true;
    switch (hint.kind) {
      case 'remove':
        return false;
      case 'insert':
        return this.mayMatchInsert(hint);
      case 'update':
        return this.mayMatchUpdate(hint);
    }
  }

  /**
   * Returns the live queries that a document can concern.
   *
   * @param document `undefined`: it does not exist
   */
  concerned(id: IdString, document: Readonly<Record<string, unknown>> | undefined): Set<Query> {
    const queries = new Set([...this.#unsettled, ...(this.#holders.get(id) ?? [])]);
    if (!document) return queries;
    for (const query of this.#unindexed) queries.add(query);
    for (const [field, index] of this.#byField) {
      const { keys, isOpen } = keysOfField(document[field]);
      if (isOpen) for (const query of index.all()) queries.add(query);
      else for (const key of keys) for (const query of index.withKey(key)) queries.add(query);
    }
    return queries;
  }

  /** The hint lists all fields: a field that is missing equals `null`. */
  private mayMatchInsert({ fields }: Hint): boolean {
    if (this.#unindexed.size > 0) return true;
    for (const [field, index] of this.#byField) {
      const hash = fields.get(field);
      if (hash === undefined ? index.hasKey(NULL_KEY) : index.mayHaveHash(hash)) return true;
    }
    return false;
  }

  private mayMatchUpdate({ fields }: Hint): boolean {
    const mayMatch = (indexedField: string | undefined) => {
      const hash = indexedField === undefined ? undefined : fields.get(indexedField);
      // The field of the condition is unchanged, and its value unknown.
      if (indexedField === undefined || hash === undefined) return true;
      return this.#byField.get(indexedField)?.mayHaveHash(hash) ?? false;
    };
    for (const field of fields.keys()) {
      for (const indexedField of this.#dependents.get(field)?.keys() ?? []) {
        if (mayMatch(indexedField)) return true;
      }
    }
    return [...this.#dependentsOnAny.keys()].some(mayMatch);
  }

  private fieldIndex(field: string): FieldIndex<Query> {
    const index = this.#byField.get(field) ?? new FieldIndex<Query>(field, this.#hash);
    this.#byField.set(field, index);
    return index;
  }

  private countDependents({ field, fields }: Entry, difference: 1 | -1): void {
    if (fields === 'any') {
      count(this.#dependentsOnAny, field, difference);
      return;
    }
    for (const name of fields) {
      const counts = this.#dependents.get(name) ?? new Map<string | undefined, number>();
      this.#dependents.set(name, counts);
      count(counts, field, difference);
    }
  }
}

function entryOf({ selector, sort, hasLimit, collation }: QueryShape): Entry {
  const { fields, equalities } = conditionsOf(selector, collation !== undefined);
  // The condition with the fewest values excludes the most documents.
  const [field, keys = []] = [...equalities].sort(([, a], [, b]) => a.length - b.length)[0] ?? [];
  if (fields === 'any' || !hasLimit) return { field, keys, fields };
  // A matching document outside the window can move into it.
  const sortFields = fieldsOfSort(sort);
  return { field, keys, fields: sortFields === 'any' ? 'any' : new Set([...fields, ...sortFields]) };
}

/** Sorts are `{a: 1}`, `[['a', 'asc']]` or `['a', …]`; others are not taken apart. */
function fieldsOfSort(sort: unknown): readonly string[] | 'any' {
  if (typeof sort === 'object' && sort !== null && !Array.isArray(sort))
    return Object.keys(sort).map(topField);
  if (!Array.isArray(sort)) return 'any';
  const names = sort.map((part: unknown) => (Array.isArray(part) ? part[0] : part));
  return names.every((name) => typeof name === 'string') ? names.map(topField) : 'any';
}

function count<Key>(counts: Map<Key, number>, key: Key, difference: number): void {
  const next = (counts.get(key) ?? 0) + difference;
  if (next > 0) counts.set(key, next);
  else counts.delete(key);
}
