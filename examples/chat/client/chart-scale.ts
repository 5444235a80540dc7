/** The scale of the bars in the chart of changes. Called by `flow-chart.ts`. Touches nothing. */

import { roundUp } from './svg';

/** Two lines of text need this distance, in px. */
export const LINE = 13;

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

/** Where the chart begins, where its sides meet, and where it ends, in px; and how many changes its sides are high. */
export interface Scale {
  readonly top: number;
  readonly line: number;
  readonly bottom: number;
  readonly above: number;
  readonly below: number;
}

/** Returns the numbers beside the chart. A side that is too low for its number has none. */
export function ticksOf({ top, line, bottom, above, below }: Scale): { value: number; y: number }[] {
  return [
    ...(line - top < LINE ? [] : [{ value: above, y: top }]),
    { value: 0, y: line },
    ...(bottom - line < LINE ? [] : [{ value: below, y: bottom }]),
  ];
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
