/**
 * The live queries of one collection, indexed by what can concern them.
 *
 * From a hint, or from a document, the index finds the live queries that a change can concern. These hold the document, or
 * have conditions that it can fulfil. A document also concerns those that are not STEADY; a hint does not, as `skips.ts`
 * remembers for them what was skipped. The cost does not depend on the number of the others. One-sided: a live query that is
 * left out is one whose result the change cannot affect. Owned by a collection feed. No Meteor or Redis imports.
 */

import type { IdString } from '../base/values';
import { type CoverFields, Dependents } from './dependents';
import type { Hasher, Hint } from './hint';
import { PathTree } from './path-tree';
import { entryOf, entryWithin, type QueryEntry, type QueryShape } from './query-entry';

export class QueryIndex<Query> {
  readonly #entries = new Map<Query, QueryEntry>();
  /** The entries without a window of those that are indexed with one. */
  readonly #windows = new Map<Query, QueryEntry>();
  /** Live queries about whose state nothing is known now: not STEADY, or not followed. */
  readonly #unsettled = new Set<Query>();
  /** Live queries that are not followed, so that they never settle. */
  readonly #unfollowed = new Set<Query>();
  readonly #holders = new Map<IdString, Set<Query>>();
  /** Live queries without a cover. */
  readonly #unindexed = new Set<Query>();
  readonly #paths: PathTree<Query>;
  readonly #dependents = new Dependents();

  constructor(hash: Hasher) {
    this.#paths = new PathTree(hash);
  }

  get size(): number {
    return this.#entries.size;
  }

  /** Adds a live query. It is unsettled until `settle`. */
  add(query: Query, shape: QueryShape): void {
    if (this.#entries.has(query)) return;
    this.#unsettled.add(query);
    this.enter(query, entryOf(shape));
  }

  /** Removes a live query. It must have released what it held. */
  remove(query: Query): void {
    const entry = this.#entries.get(query);
    if (!entry) return;
    this.leave(query, entry);
    this.#unsettled.delete(query);
    this.#unfollowed.delete(query);
    this.#windows.delete(query);
  }

  /**
   * Called when a live query has become STEADY.
   *
   * @param last the last document that its driver holds, where the driver knows that more exist. Until it is unsettled, no
   *   document that sorts after that one can enter
   */
  settle(query: Query, last?: object): void {
    this.#unsettled.delete(query);
    const entry = this.#entries.get(query);
    if (!entry || !last || this.#windows.has(query)) return;
    const within = entryWithin(entry, last);
    if (within === entry) return;
    this.#windows.set(query, entry);
    this.leave(query, entry);
    this.enter(query, within);
  }

  unsettle(query: Query): void {
    const entry = this.#entries.get(query);
    if (!entry) return;
    this.#unsettled.add(query);
    const full = this.#windows.get(query);
    if (!full) return;
    this.#windows.delete(query);
    this.leave(query, entry);
    this.enter(query, full);
  }

  /** Called when nothing will be known of a live query: every change concerns it. */
  giveUp(query: Query): void {
    if (this.#entries.has(query)) this.#unfollowed.add(query);
  }

  /** Returns how a live query is indexed now; `undefined`: it is not. */
  entryOf(query: Query): QueryEntry | undefined {
    return this.#entries.get(query);
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
    this.#paths.collect(document, queries);
    return queries;
  }

  private enter(query: Query, entry: QueryEntry): void {
    this.#entries.set(query, entry);
    if (!entry.cover) this.#unindexed.add(query);
    for (const condition of entry.cover ?? []) this.#paths.add(query, condition);
    this.#dependents.add(entry.fields, entry.coverFields);
  }

  private leave(query: Query, entry: QueryEntry): void {
    this.#entries.delete(query);
    this.#unindexed.delete(query);
    for (const condition of entry.cover ?? []) this.#paths.remove(query, condition);
    this.#dependents.remove(entry.fields, entry.coverFields);
  }

  /** The hint lists all fields: a field that is missing equals `null`. */
  private mayMatchInsert({ fields }: Hint): boolean {
    return this.#unindexed.size > 0 || this.#paths.mayMatchInsert(fields);
  }

  /** A field that decides has changed, and no hash contradicts all conditions of the cover. */
  private mayMatchUpdate({ fields }: Hint): boolean {
    const mayFulfil = (field: string) => {
      const hash = fields.get(field);
      // Without a hash the field is unchanged, and its value unknown.
      return hash === undefined || this.#paths.mayMatchField(field, hash);
    };
    return this.#dependents.some(fields.keys(), (cover: CoverFields) => cover?.some(mayFulfil) ?? true);
  }
}
