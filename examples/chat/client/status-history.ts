/** The last minute of all nodes together, a column for each second. Called by `status.ts`. Touches nothing. */

import type { Counters } from '../imports/node-status';

/** How many columns are kept. */
export const COLUMNS = 60;

/** What all nodes have counted in one second. */
export interface Column {
  readonly published: number;
  /** Received changes for which the database was read. */
  readonly read: number;
  readonly skipped: number;
  readonly latency: readonly number[];
}

export const NO_COLUMN: Column = { published: 0, read: 0, skipped: 0, latency: [] };

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
 * Returns the latency that this part of the changes stays below, in ms, interpolated within a bucket; `undefined` without
 * changes, and `Infinity` above the last limit.
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
  const start = now.published < before.published || now.received < before.received ? undefined : before;
  const received = now.received - (start?.received ?? 0);
  const skipped = Math.max(0, now.skipped - (start?.skipped ?? 0));
  return {
    published: now.published - (start?.published ?? 0),
    read: Math.max(0, received - skipped),
    skipped,
    latency: now.latency.map((count, index) => Math.max(0, count - (start?.latency[index] ?? 0))),
  };
}

function plus(a: Column, b: Column): Column {
  const length = Math.max(a.latency.length, b.latency.length);
  return {
    published: a.published + b.published,
    read: a.read + b.read,
    skipped: a.skipped + b.skipped,
    latency: Array.from({ length }, (_, index) => (a.latency[index] ?? 0) + (b.latency[index] ?? 0)),
  };
}
