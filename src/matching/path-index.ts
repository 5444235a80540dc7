/**
 * The live queries that are indexed by a condition on one path: by scalars, ranges, or the presence of a value.
 *
 * Owned by the tree of paths. No Meteor or Redis imports.
 */

import type { Hash } from './hint';
import { IntervalIndex } from './interval-index';
import { KeyIndex } from './key-index';
import type { PathCondition } from './path-condition';
import { type Bracket, bracketOf, type Point, pointOf } from './range';
import { isOpenValue, keyOf, NULL_KEY, type ValueKey } from './value-key';

export class PathIndex<Query> {
  readonly #keys: KeyIndex<Query>;
  readonly #ranges = new Map<Bracket, IntervalIndex<Query>>();
  /** Live queries that any value concerns. */
  readonly #present = new Set<Query>();

  constructor(hash: (key: ValueKey) => Hash) {
    this.#keys = new KeyIndex(hash);
  }

  get isEmpty(): boolean {
    return this.#keys.isEmpty && this.#ranges.size === 0 && this.#present.size === 0;
  }

  /** Whether a missing value can fulfil a condition: it equals `null`. */
  get hasNull(): boolean {
    return this.#keys.has(NULL_KEY);
  }

  add(query: Query, { keys, ranges, isPresent }: PathCondition): void {
    for (const key of keys) this.#keys.add(query, key);
    for (const range of ranges) {
      const intervals = this.#ranges.get(range.bracket) ?? new IntervalIndex();
      this.#ranges.set(range.bracket, intervals);
      intervals.add(query, range);
    }
    if (isPresent) this.#present.add(query);
  }

  remove(query: Query, { keys, ranges }: PathCondition): void {
    for (const key of keys) this.#keys.remove(query, key);
    for (const range of ranges) {
      const intervals = this.#ranges.get(range.bracket);
      intervals?.remove(query, range);
      if (intervals?.isEmpty) this.#ranges.delete(range.bracket);
    }
    this.#present.delete(query);
  }

  /** Returns whether a document whose value has this hash can fulfil a condition. Hashes have no order. */
  mayHaveHash(hash: Hash): boolean {
    return this.#ranges.size > 0 || this.#present.size > 0 || this.#keys.mayHaveHash(hash);
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
  }

  collectAll(into: Set<Query>): void {
    this.#keys.collectAll(into);
    for (const intervals of this.#ranges.values()) intervals.collectAll(into);
    for (const query of this.#present) into.add(query);
  }
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
