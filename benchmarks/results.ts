/** What a run of the benchmark has found, as it is kept in JSON. Pure. */

import { readFile } from 'node:fs/promises';
import { type Cell, type Strategy, titleOf } from './matrix';
import type { Usage } from './site';

const FORMAT = 1;

/** Times in ms. */
export interface Latency {
  readonly p50: number;
  readonly p95: number;
  readonly max: number;
  /** Of how many sightings: writes times clients. */
  readonly samples: number;
}

export interface CellResult extends Cell {
  /** How many were made; all that follows is of these. */
  readonly writes: number;
  /** From the client's call until the clients of the node that was called see it; `undefined`: nobody did. */
  readonly own: Latency | undefined;
  /** Until the clients of the other nodes see it. */
  readonly remote: Latency | undefined;
  /** Sightings that were waited for in vain. */
  readonly unseen: number;
  /** Per write, over all nodes: ms of CPU, commands to the database, announcements on Redis and their bytes. */
  readonly perWrite: Usage;
  /** The strategy did not keep up: what was waited for in vain. The views came to equal the database all the same. */
  readonly late?: string;
  /** What went wrong: a view that differs from the database. */
  readonly problem?: string;
}

/** Heap of a node, in bytes. */
export interface MemoryResult {
  readonly strategy: Strategy;
  /** For a live query that selects nothing. */
  readonly perQuery: number;
  /** For each document that a live query selects. */
  readonly perDocument: number;
}

export interface StressResult {
  readonly strategy: Strategy;
  readonly nodes: number;
  readonly queries: number;
  readonly writers: number;
  readonly writes: number;
  /** From the first call to the last result, in s. */
  readonly writing: number;
  /** From the first call until every view equalled the database, in s. */
  readonly converged: number | undefined;
  /** CPU of all nodes per write, in ms. */
  readonly cpu: number;
  readonly reads: number;
  readonly problem?: string;
}

export interface Results {
  readonly format: typeof FORMAT;
  readonly startedAt: string;
  /** What it was run on, and how. */
  readonly setting: Readonly<Record<string, string | number>>;
  readonly cells: CellResult[];
  readonly memory: MemoryResult[];
  readonly stress: StressResult[];
  readonly leftOut: readonly string[];
}

export function newResults(setting: Results['setting'], leftOut: readonly string[]): Results {
  return {
    format: FORMAT,
    startedAt: new Date().toISOString(),
    setting,
    cells: [],
    memory: [],
    stress: [],
    leftOut,
  };
}

/** @throws Error naming the file, when it holds no results */
export async function readResults(file: string): Promise<Results> {
  let results: Partial<Results>;
  try {
    results = JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    throw new Error(`--compare ${file}: ${(error as Error).message}`);
  }
  if (results?.format !== FORMAT || !Array.isArray(results.cells)) {
    throw new Error(`--compare ${file}: not the results of a run of this benchmark`);
  }
  return results as Results;
}

/** @param samples in any order */
export function latencyOf(samples: readonly number[]): Latency | undefined {
  const sorted = samples.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
  if (sorted.length === 0) return undefined;
  return { p50: at(0.5), p95: at(0.95), max: at(1), samples: sorted.length };
}

/** Everything in the results that went wrong. */
export function problemsOf({ cells, stress }: Results): string[] {
  return [...cells, ...stress].flatMap((each) => {
    if (each.problem === undefined) return [];
    const what = 'operation' in each ? titleOf(each) : `stress test: ${each.strategy}`;
    return [`${what}: ${each.problem}`];
  });
}

/** The same cell of another strategy, or of another run. */
export function findCell(cells: readonly CellResult[], wanted: Cell): CellResult | undefined {
  const keys = ['strategy', 'nodes', 'queries', 'operation', 'writers'] as const;
  return cells.find((cell) => keys.every((key) => cell[key] === wanted[key]));
}
