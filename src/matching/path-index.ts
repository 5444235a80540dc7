/**
 * The live queries that are indexed by a condition on one path: by scalars, ranges, or the presence of a value.
 *
 * Owned by the tree of paths. No Meteor or Redis imports.
 */

import type { Hash } from './hint';
import { IntervalIndex } from './interval-index';
import { KeyIndex } from './key-index';
import type { PathCondition } from './path-condition';
import { type Bracket, bracketOf, type Point, pointOf, type Range } from './range';
import { isOpenValue, keyOf, NULL_KEY, type ValueKey } from './value-key';

export class PathIndex<Query> {
  readonly #keys: KeyIndex<Query>;
  readonly #ranges: Intervals<Query> = new Map();
  /** By windows. */
  readonly #orders: Intervals<Query> = new Map();
  /** Live queries that any value concerns. */
  readonly #present = new Set<Query>();

  constructor(hash: (key: ValueKey) => Hash) {
    this.#keys = new KeyIndex(hash);
  }

  get isEmpty(): boolean {
    return this.#keys.isEmpty && this.#ranges.size + this.#orders.size + this.#present.size === 0;
  }

  /** Whether a missing value can fulfil a condition: it equals `null`, and has a place in every sort. */
  get hasNull(): boolean {
    return this.#keys.has(NULL_KEY) || this.#orders.size > 0;
  }

  add(query: Query, { keys, ranges, isPresent, order }: PathCondition): void {
    for (const key of keys) this.#keys.add(query, key);
    for (const range of ranges) addTo(this.#ranges, query, range);
    if (order) addTo(this.#orders, query, order);
    if (isPresent) this.#present.add(query);
  }

  remove(query: Query, { keys, ranges, order }: PathCondition): void {
    for (const key of keys) this.#keys.remove(query, key);
    for (const range of ranges) removeFrom(this.#ranges, query, range);
    if (order) removeFrom(this.#orders, query, order);
    this.#present.delete(query);
  }

  /** Returns whether a document whose value has this hash can fulfil a condition. Hashes have no order. */
  mayHaveHash(hash: Hash): boolean {
    return (
      this.#ranges.size > 0 || this.#orders.size > 0 || this.#present.size > 0 || this.#keys.mayHaveHash(hash)
    );
  }

  /**
   * Adds the live queries that values at the path can concern.
   *
   * @param values one for each way of the path through a document; an array counts by its elements too
   */
  collect(values: readonly unknown[], into: Set<Query>): void {
    const leaves = values.flat();
    if (leaves.some(isOpenValue)) {
      this.collectAll(into);
      return;
    }
    if (this.#present.size > 0 && values.some((value) => value !== undefined))
      for (const query of this.#present) into.add(query);
    for (const leaf of leaves) {
      const key = keyOf(leaf);
      if (key !== undefined) this.#keys.collect(key, into);
    }
    if (this.#orders.size > 0) this.collectOrders(values, into);
    for (const [bracket, intervals] of this.#ranges) {
      const points = leaves
        .filter((leaf) => bracketOf(leaf) === bracket)
        .map((leaf) => pointOf(leaf) as Point);
      const [least, greatest] = endsOf(points);
      if (least !== undefined && greatest !== undefined) intervals.collect(least, greatest, into);
    }
  }

  /** Adds the live queries that a document without a value at the path can concern. */
  collectMissing(into: Set<Query>): void {
    this.#keys.collect(NULL_KEY, into);
    for (const intervals of this.#orders.values()) intervals.collectAll(into);
  }

  collectAll(into: Set<Query>): void {
    this.#keys.collectAll(into);
    for (const intervals of [...this.#ranges.values(), ...this.#orders.values()]) intervals.collectAll(into);
    for (const query of this.#present) into.add(query);
  }

  /** Sorts have an order of types, and choose among the elements of an array. So only a single value excludes. */
  private collectOrders([value, ...others]: readonly unknown[], into: Set<Query>): void {
    const single = others.length === 0 ? bracketOf(value) : undefined;
    const point = pointOf(value);
    for (const [bracket, intervals] of this.#orders) {
      if (bracket === single && point !== undefined) intervals.collect(point, point, into);
      else intervals.collectAll(into);
    }
  }
}

type Intervals<Query> = Map<Bracket, IntervalIndex<Query>>;

function addTo<Query>(all: Intervals<Query>, query: Query, range: Range): void {
  const intervals = all.get(range.bracket) ?? new IntervalIndex();
  all.set(range.bracket, intervals);
  intervals.add(query, range);
}

function removeFrom<Query>(all: Intervals<Query>, query: Query, range: Range): void {
  const intervals = all.get(range.bracket);
  intervals?.remove(query, range);
  if (intervals?.isEmpty) all.delete(range.bracket);
}

/** Returns the least and the greatest point. */
function endsOf(points: readonly Point[]): [Point | undefined, Point | undefined] {
  let [least, greatest] = [points[0], points[0]];
  for (const point of points) {
    if (least === undefined || point < least) least = point;
    if (greatest === undefined || point > greatest) greatest = point;
  }
  return [least, greatest];
}
