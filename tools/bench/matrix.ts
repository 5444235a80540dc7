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
}

/** Why a cell is not measured; `undefined`: it is. */
export function whyLeftOut({
  strategy,
  nodes,
  writers,
}: Omit<Cell, 'operation' | 'queries'>): string | undefined {
  if (strategy !== 'none' || (nodes === 2 && writers === 1)) return undefined;
  return (
    'no Cluster is measured with 2 nodes and 1 writer only: what a remote client waits for is Meteor’s look at the ' +
    'database every 10 s, whatever the nodes and writers, and each cell takes that long'
  );
}

/** The cells of one number of nodes and live queries, strategies side by side. */
export function cellsOf(axes: Axes, nodes: number, queries: number, strategies: readonly Strategy[]): Cell[] {
  const cells: Cell[] = [];
  for (const operation of axes.operations) {
    for (const writers of axes.writers) {
      for (const strategy of strategies) {
        const cell = { strategy, nodes, queries, operation, writers };
        if (whyLeftOut(cell) === undefined) cells.push(cell);
      }
    }
  }
  return cells;
}

/** The reasons why cells were left out, each once. */
export function leftOut(axes: Axes): string[] {
  const reasons = axes.strategies.flatMap((strategy) =>
    axes.nodes.flatMap((nodes) => axes.writers.map((writers) => whyLeftOut({ strategy, nodes, writers }))),
  );
  return [...new Set(reasons)].filter((reason) => reason !== undefined);
}

export function titleOf({ strategy, nodes, queries, operation, writers }: Cell): string {
  return `${nodes} nodes, ${queries} live queries, ${operation}, ${writers} writers: ${strategy}`;
}
