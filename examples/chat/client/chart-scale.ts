/** The scale of the bars in the chart of changes. Called by `flow-chart.ts`. Touches nothing. */

import { roundUp } from './svg';

/** A column above this multiple of the median one is cut off: beside it, the others would have a quarter of the height. */
const OUTLIER = 4;
/** Columns up to this height are never cut off: bars of so many changes are all seen. */
const ALWAYS = 20;
/** Above the highest column that is not cut off, so that it does not look like one that is. */
const HEADROOM = 1.25;

/** Returns the number of changes that the chart is high. Higher columns are cut off. */
export function topOf(values: readonly number[]): number {
  const sorted = values.filter((value) => value > 0).sort((a, b) => a - b);
  const median = sorted[Math.floor((sorted.length - 1) / 2)] ?? 0;
  const limit = Math.max(ALWAYS, OUTLIER * median);
  const highest = sorted.findLast((value) => value <= limit) ?? 0;
  return roundUp(highest === (sorted.at(-1) ?? 0) ? highest : highest * HEADROOM);
}

/**
 * Returns the columns that are cut off and get a label: the highest of those that are too near each other.
 *
 * @param distance between the middles of two labels, in columns
 */
export function labelledColumns(values: readonly number[], top: number, distance: number): number[] {
  const cut = [...values.keys()].filter((index) => (values[index] ?? 0) > top);
  const labelled: number[] = [];
  for (const index of cut.sort((a, b) => (values[b] ?? 0) - (values[a] ?? 0))) {
    if (labelled.every((other) => Math.abs(other - index) >= distance)) labelled.push(index);
  }
  return labelled;
}
