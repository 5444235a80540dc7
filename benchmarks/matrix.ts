/**
 * What is measured: every combination of strategy, nodes, live queries, operation and writers, but for some that say
 * nothing new and take long. Called by bench.ts. Pure.
 */

/** `none`: without Cluster, as Meteor is where there is no oplog. */
export const STRATEGIES = ['none', 'update', 'oplog'] as const;
export type Strategy = (typeof STRATEGIES)[number];

/** `update` names one id; `multi` updates `BLOCK_SIZE` documents by a selector that names none. */
export const OPERATIONS = ['insert', 'update', 'multi'] as const;
export type Operation = (typeof OPERATIONS)[number];

/** One measurement, as a line of the table shows it. */
export interface Cell {
  readonly strategy: Strategy;
  readonly nodes: number;
  /** Different live queries on each node. */
  readonly queries: number;
  readonly operation: Operation;
  /** How many clients write at once, each the next when it has seen the last. */
  readonly writers: number;
}

export interface Axes {
  readonly strategies: readonly Strategy[];
  readonly nodes: readonly number[];
  readonly queries: readonly number[];
  readonly operations: readonly Operation[];
  readonly writers: readonly number[];
  /** Leaves out more. */
  readonly isQuick: boolean;
}

/** The operation that the chart shows: an update by id, if it was measured. */
export function shownOperation(operations: readonly Operation[]): Operation | undefined {
  return operations.includes('update') ? 'update' : operations[0];
}

/** Why a cell is not measured; `undefined`: it is. */
function whyLeftOut(axes: Axes, { strategy, nodes, queries, operation, writers }: Cell): string | undefined {
  if (strategy !== 'none') return undefined;
  const slow =
    'what a remote client waits for is Meteor’s look at the database every 10 s, whatever the rest, and each cell takes ' +
    'as long';
  if (nodes !== 2 || writers !== 1) {
    return `no Cluster is measured with 2 nodes and 1 writer only: ${slow}`;
  }
  if (axes.isQuick && (queries !== axes.queries[0] || operation !== shownOperation(axes.operations))) {
    return `with --quick, no Cluster is measured in one cell only: ${slow}`;
  }
  return undefined;
}

/** The cells of one number of nodes and live queries, strategies side by side. */
export function cellsOf(axes: Axes, nodes: number, queries: number, strategies: readonly Strategy[]): Cell[] {
  return allCells(axes, nodes, queries, strategies).filter((cell) => whyLeftOut(axes, cell) === undefined);
}

/** The reasons why cells were left out, each once. */
export function leftOut(axes: Axes): string[] {
  const reasons = axes.nodes.flatMap((nodes) =>
    axes.queries.flatMap((queries) =>
      allCells(axes, nodes, queries, axes.strategies).map((cell) => whyLeftOut(axes, cell)),
    ),
  );
  return [...new Set(reasons)].filter((reason) => reason !== undefined);
}

function allCells(axes: Axes, nodes: number, queries: number, strategies: readonly Strategy[]): Cell[] {
  return axes.operations.flatMap((operation) =>
    axes.writers.flatMap((writers) =>
      strategies.map((strategy) => ({ strategy, nodes, queries, operation, writers })),
    ),
  );
}

export function titleOf({ strategy, nodes, queries, operation, writers }: Cell): string {
  const live = queries === 1 ? '1 live query' : `${queries} live queries`;
  return `${nodes} nodes, ${live}, ${operation}, ${writers === 1 ? '1 writer' : `${writers} writers`}: ${strategy}`;
}
