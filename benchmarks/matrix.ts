/**
 * What is measured: every combination of strategy, nodes, live queries, operation and writers, except for some that take long
 * and reveal nothing new.
 *
 * Called by main.ts. Pure.
 */

/** `none`: without Cluster, where live queries poll. */
export const STRATEGIES = ['none', 'update', 'oplog'] as const;
export type Strategy = (typeof STRATEGIES)[number];

/** `update` names one id; `multi` updates a block of documents by a selector that names no id. */
export const OPERATIONS = ['insert', 'update', 'multi'] as const;
export type Operation = (typeof OPERATIONS)[number];

/** One measurement: one line of the table. */
export interface Cell {
  readonly strategy: Strategy;
  readonly nodes: number;
  /** Different live queries on each node. */
  readonly queries: number;
  readonly operation: Operation;
  /** Clients that write at once. Each makes its next write when it has received its last one. */
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

/** Returns the operation that the chart shows: updates by id, if they were measured. */
export function shownOperation(operations: readonly Operation[]): Operation | undefined {
  return operations.includes('update') ? 'update' : operations[0];
}

/** Returns the cells of one number of nodes and live queries, strategies side by side. */
export function cellsOf(axes: Axes, nodes: number, queries: number, strategies: readonly Strategy[]): Cell[] {
  return axes.operations
    .flatMap((operation) =>
      axes.writers.flatMap((writers) =>
        strategies.map((strategy) => ({ strategy, nodes, queries, operation, writers })),
      ),
    )
    .filter((cell) => cell.strategy !== 'none' || isMeasuredWithoutCluster(axes, cell));
}

/** Returns why cells are left out, for the report. */
export function reasonsLeftOut({ strategies, isQuick }: Axes): string[] {
  if (!strategies.includes('none')) return [];
  const measured = isQuick ? 'one cell' : '2 nodes and 1 writer';
  return [`without Cluster, except for ${measured}: a remote client waits for Meteor’s poll in all of them`];
}

export function titleOf({ strategy, nodes, queries, operation, writers }: Cell): string {
  const live = queries === 1 ? '1 live query' : `${queries} live queries`;
  return `${nodes} nodes, ${live}, ${operation}, ${writers === 1 ? '1 writer' : `${writers} writers`}: ${strategy}`;
}

/** Remote clients wait for Meteor's poll every 10 s, and each cell takes as long. */
function isMeasuredWithoutCluster(axes: Axes, { nodes, queries, operation, writers }: Cell): boolean {
  const isFirst = queries === axes.queries[0] && operation === shownOperation(axes.operations);
  return nodes === 2 && writers === 1 && (isFirst || !axes.isQuick);
}
