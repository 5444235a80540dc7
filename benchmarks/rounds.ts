/** One result of several rounds. Called by main.ts. Pure. */

import type { CellResult } from './results';

/** Returns the median of every number, each by itself. Of texts, the first one. */
export function medianOf(rounds: readonly CellResult[]): CellResult {
  return merge(rounds) as CellResult;
}

function merge(values: readonly unknown[]): unknown {
  const known = values.filter((value) => value !== undefined);
  const [first] = known;
  if (typeof first === 'number') return median(known as number[]);
  if (typeof first !== 'object' || first === null) return first;
  if (Array.isArray(first)) return first.map((_, i) => merge((known as unknown[][]).map((each) => each[i])));
  const records = known as Record<string, unknown>[];
  const keys = new Set(records.flatMap((each) => Object.keys(each)));
  return Object.fromEntries([...keys].map((key) => [key, merge(records.map((each) => each[key]))]));
}

function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return ((sorted[Math.ceil(middle) - 1] ?? 0) + (sorted[Math.floor(middle)] ?? 0)) / 2;
}
