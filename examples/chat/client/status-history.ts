/** The last minute of all nodes together, a column for each second. Called by `status.ts`. Touches nothing. */

import type { Counters } from '../imports/node-status';

/** How many columns are kept. */
export const COLUMNS = 60;

/** The counts of one node, or of all nodes together, in one second or more. */
export type Column = Counters;

export const NO_COLUMN: Column = {
  published: 0,
  received: 0,
  read: 0,
  skipped: 0,
  publishTimes: [],
  dispatchTimes: [],
};

export class StatusHistory {
  #columns: Column[] = [];
  readonly #latest = new Map<string, Counters>();

  /** The newest column last. */
  get columns(): readonly Column[] {
    return this.#columns;
  }

  /** All columns together. */
  get total(): Column {
    return this.#columns.reduce(plus, NO_COLUMN);
  }

  /**
   * Adds a column.
   *
   * @param nodes the counters of each node. One that is new adds nothing, as its counts are not of this second
   * @returns what each node has counted since the last column
   */
  add(nodes: ReadonlyMap<string, Counters>): ReadonlyMap<string, Column> {
    const added = new Map<string, Column>();
    for (const [id, counters] of nodes) {
      added.set(id, columnOf(this.#latest.get(id) ?? counters, counters));
      this.#latest.set(id, counters);
    }
    for (const id of this.#latest.keys()) if (!nodes.has(id)) this.#latest.delete(id);
    this.#columns = [...this.#columns, [...added.values()].reduce(plus, NO_COLUMN)].slice(-COLUMNS);
    return added;
  }
}

/**
 * Returns the time that this part of all times stays below, in ms, interpolated within a bucket. It is `undefined` without
 * times, and `Infinity` above the last limit.
 */
export function percentile(
  limits: readonly number[],
  counts: readonly number[],
  part: number,
): number | undefined {
  const sum = counts.reduce((a, b) => a + b, 0);
  if (sum === 0) return undefined;
  let below = 0;
  for (const [index, count] of counts.entries()) {
    const wanted = sum * part - below;
    if (count > 0 && wanted <= count) {
      const from = limits[index - 1] ?? 0;
      const to = limits[index] ?? Number.POSITIVE_INFINITY;
      return Number.isFinite(to) ? from + ((to - from) * wanted) / count : to;
    }
    below += count;
  }
  return undefined;
}

/** A node that has started anew counts from 0. */
function columnOf(before: Counters, now: Counters): Column {
  const isNew = now.published < before.published || now.received < before.received;
  return isNew ? now : combine(now, before, (a, b) => Math.max(0, a - b));
}

function plus(a: Column, b: Column): Column {
  return combine(a, b, (one, other) => one + other);
}

function combine(a: Counters, b: Counters, operation: (a: number, b: number) => number): Counters {
  const times = (one: readonly number[], other: readonly number[]) =>
    Array.from({ length: Math.max(one.length, other.length) }, (_, index) =>
      operation(one[index] ?? 0, other[index] ?? 0),
    );
  return {
    published: operation(a.published, b.published),
    received: operation(a.received, b.received),
    read: operation(a.read, b.read),
    skipped: operation(a.skipped, b.skipped),
    publishTimes: times(a.publishTimes, b.publishTimes),
    dispatchTimes: times(a.dispatchTimes, b.dispatchTimes),
  };
}
