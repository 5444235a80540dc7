/**
 * The results of a run, as they are stored in JSON.
 *
 * Called by main.ts and by all that measures or shows. Names and units of the fields stay as they are, so that `--compare`
 * reads earlier runs.
 */

import { readFile } from 'node:fs/promises';
import { type Cell, DEFAULT_AXES, type Strategy, titleOf } from './matrix';
import type { Cost } from './node-app';
import type { Traffic } from './redis-meter';

const FORMAT = 1;
const CELL_KEYS = [
  ...([
    'strategy',
    'nodes',
    'queries',
    'layout',
    'selectors',
    'documentBytes',
    'operation',
    'writers',
    'waitsFor',
    'rate',
  ] as const),
];

/** Times in ms. */
export interface Latency {
  readonly p50: number;
  readonly p95: number;
  readonly max: number;
  /** Writes times clients. */
  readonly samples: number;
}

/** Per write, of all nodes: ms of CPU, commands to the database, published changes and their bytes. */
export interface WriteUsage extends Omit<Cost, 'foundByPolls'>, Traffic {
  /** Ms of CPU of the database, if it was started by the benchmark. */
  readonly databaseCpu?: number;
}

/** Per second without writes: ms of CPU, and reads. */
export interface IdleUsage {
  /** How long it was measured. */
  readonly seconds: number;
  readonly cpu: number;
  readonly cpuOfNodes: readonly number[];
  readonly databaseCpu?: number;
  readonly reads: number;
}

export interface CellResult extends Cell {
  readonly writes: number;
  /** From the first call until the last client has received the last write. Absent in earlier results. */
  readonly seconds?: number;
  /** From the call until `result` or `updated` has arrived, whichever the writer waits for. */
  readonly answered?: Latency | undefined;
  /** From the call until the clients of the same node have received the write; undefined: none has. */
  readonly own: Latency | undefined;
  /** Until the clients of the other nodes have received it. */
  readonly remote: Latency | undefined;
  /** Clients that had not received a write in time, summed over all writes. */
  readonly unseen: number;
  readonly perWrite: WriteUsage;
  readonly idle?: IdleUsage;
  /** Ms of CPU of each node per write, without what it uses when idle. Present when that was measured. */
  readonly cpuOfNodes?: readonly number[];
  /** The difference of views that were late. They still converged. */
  readonly late?: string;
  /** The difference of a view that did not converge, or that only polls have shown writes. */
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
  /** CPU of the database per write, in ms; `undefined` where it is not a process of this machine. */
  readonly databaseCpu?: number;
  readonly reads: number;
  readonly problem?: string;
}

export interface Results {
  readonly format: typeof FORMAT;
  readonly startedAt: string;
  /** The machine and the options of the run. */
  readonly setting: Readonly<Record<string, string | number>>;
  readonly cells: CellResult[];
  readonly memory: MemoryResult[];
  readonly stress: StressResult[];
  readonly leftOut: readonly string[];
}

export function newResults(setting: Results['setting'], leftOut: readonly string[]): Results {
  const startedAt = new Date().toISOString();
  return { format: FORMAT, startedAt, setting, cells: [], memory: [], stress: [], leftOut };
}

/** @throws Error naming the file when it holds no results */
export async function readResults(file: string): Promise<Results> {
  let results: Partial<Results>;
  try {
    results = JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    throw new Error(`--compare ${file}: ${(error as Error).message}`);
  }
  if (results?.format !== FORMAT || !Array.isArray(results.cells)) {
    throw new Error(`--compare ${file}: expected the JSON of a run of this benchmark; got something else`);
  }
  const cells = results.cells.map((cell) => ({ ...DEFAULT_AXES, ...cell }));
  return { ...(results as Results), cells };
}

/** @param samples in any order */
export function latencyOf(samples: readonly number[]): Latency | undefined {
  const sorted = samples.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
  if (sorted.length === 0) return undefined;
  return { p50: at(0.5), p95: at(0.95), max: at(1), samples: sorted.length };
}

/** Returns everything that failed. */
export function problemsOf({ cells, stress }: Results): string[] {
  return [
    ...cells.map((cell) => ({ title: titleOf(cell), ...cell })),
    ...stress.map((run) => ({ title: `stress test: ${run.strategy}`, ...run })),
  ].flatMap(({ title, problem }) => (problem === undefined ? [] : [`${title}: ${problem}`]));
}

/** Returns the same cell of another strategy, or of another run. */
export function findCell(cells: readonly CellResult[], wanted: Cell): CellResult | undefined {
  return cells.find((cell) => CELL_KEYS.every((key) => cell[key] === wanted[key]));
}
