/**
 * The measured cells: every combination of the axes, except for some without Cluster that take long and reveal nothing new.
 *
 * Called by main.ts and all that shows results. Pure.
 */

/** `none`: without Cluster, where live queries poll. `baseline`: strategy `feed` of an earlier version. */
export const STRATEGIES = ['none', 'update', 'feed', 'baseline'] as const;
export type Strategy = (typeof STRATEGIES)[number];

/** `update` names one id; `multi` updates a block of documents by a selector that names no id. */
export const OPERATIONS = ['insert', 'update', 'multi'] as const;
export type Operation = (typeof OPERATIONS)[number];

/**
 * `shared`: all nodes have the same live queries, and all show each write. `partitioned`: each node has the live queries of its
 * own rooms. The first node is the only one that shows the writes; it and the second one make them.
 */
export const LAYOUTS = ['shared', 'partitioned'] as const;
export type Layout = (typeof LAYOUTS)[number];

/** The form of the selectors of live queries; `mix`: all of them in turn. Whichever it is, each shows one room. */
export const SELECTORS = ['equality', 'in', 'range', 'or', 'nested', 'window', 'mix'] as const;
export type Selectors = (typeof SELECTORS)[number];

/** When a writer makes its next write: after `updated` and the receipt by clients of its node; after `updated`; after `result`. */
export const WAITS = ['clients', 'updated', 'result'] as const;
export type WaitsFor = (typeof WAITS)[number];

/** The subscriptions of the clients of a site. */
export interface Shape {
  readonly nodes: number;
  /** Different live queries on each node. */
  readonly queries: number;
  readonly layout: Layout;
  readonly selectors: Selectors;
  /** The length of a document's text. */
  readonly documentBytes: number;
}

/** One measurement: one line of the table. */
export interface Cell extends Shape {
  readonly strategy: Strategy;
  readonly operation: Operation;
  /** Clients that write at once. */
  readonly writers: number;
  readonly waitsFor: WaitsFor;
  /** Writes of all writers together per second, whatever they wait for; 0: each waits before its next one. */
  readonly rate: number;
}

/** The axes that earlier results lack, and that titles omit at these values. */
export const DEFAULT_AXES = {
  layout: 'shared',
  selectors: 'equality',
  documentBytes: 100,
  waitsFor: 'clients',
  rate: 0,
} as const;

export interface Axes {
  readonly strategies: readonly Strategy[];
  readonly nodes: readonly number[];
  readonly queries: readonly number[];
  readonly layouts: readonly Layout[];
  readonly selectors: readonly Selectors[];
  readonly documentBytes: readonly number[];
  readonly operations: readonly Operation[];
  readonly writers: readonly number[];
  readonly waitsFor: readonly WaitsFor[];
  readonly rates: readonly number[];
  /** Leaves out more. */
  readonly isQuick: boolean;
}

/** Returns the operation that the chart shows: updates by id, if they were measured. */
export function shownOperation(operations: readonly Operation[]): Operation | undefined {
  return operations.includes('update') ? 'update' : operations[0];
}

export function shapesOf(axes: Axes, nodes: number): Shape[] {
  return axes.selectors.flatMap((selectors) =>
    axes.queries.flatMap((queries) =>
      axes.layouts.flatMap((layout) =>
        axes.documentBytes.map((documentBytes) => ({ nodes, queries, layout, selectors, documentBytes })),
      ),
    ),
  );
}

/** Returns the cells of a shape, grouped: those of a group differ in the strategy only. */
export function groupsOf(axes: Axes, shape: Shape, strategies: readonly Strategy[]): Cell[][] {
  return axes.operations
    .flatMap((operation) =>
      axes.writers.flatMap((writers) =>
        axes.waitsFor.flatMap((waitsFor) =>
          axes.rates.map((rate) =>
            strategies.map((strategy) => ({ ...shape, strategy, operation, writers, waitsFor, rate })),
          ),
        ),
      ),
    )
    .map((cells) => cells.filter((cell) => cell.strategy !== 'none' || isMeasuredWithoutCluster(axes, cell)))
    .filter((cells) => cells.length > 0);
}

/** Returns why cells are left out, for the report. */
export function reasonsLeftOut({ strategies, nodes, isQuick }: Axes): string[] {
  if (!strategies.includes('none') || Math.max(...nodes) === 1) return [];
  const measured = isQuick ? 'one cell' : '1 node, and 2 nodes with 1 writer';
  return [`without Cluster, except for ${measured}: a remote client waits for Meteor’s poll in all of them`];
}

export function titleOf(cell: Cell): string {
  const { strategy, operation, writers, queries, nodes, layout, selectors, documentBytes } = cell;
  const { waitsFor, rate } = cell;
  const parts = [
    plural(nodes, 'node'),
    queries === 1 ? '1 live query' : `${queries} live queries`,
    layout !== DEFAULT_AXES.layout && layout,
    selectors !== DEFAULT_AXES.selectors && `selectors by ${selectors}`,
    documentBytes !== DEFAULT_AXES.documentBytes && `documents of ${documentBytes} bytes`,
    operation,
    plural(writers, 'writer'),
    waitsFor !== DEFAULT_AXES.waitsFor && `waiting for ${waitsFor}`,
    rate !== DEFAULT_AXES.rate && `${rate} writes/s`,
  ];
  return `${parts.filter(Boolean).join(', ')}: ${strategy}`;
}

/** Whether remote clients wait for Meteor's poll every 10 s. Each cell takes as long. */
export function isPolled({ strategy, nodes }: Cell): boolean {
  return strategy === 'none' && nodes > 1;
}

export function plural(count: number, noun: string): string {
  return count === 1 ? `1 ${noun}` : `${count} ${noun}s`;
}

function isMeasuredWithoutCluster(axes: Axes, cell: Cell): boolean {
  const { nodes, queries, layout, operation, writers, waitsFor } = cell;
  if (nodes === 1) return true;
  const isFirst = queries === axes.queries[0] && operation === shownOperation(axes.operations);
  const { selectors, rate } = cell;
  const isPlain =
    layout === DEFAULT_AXES.layout &&
    waitsFor === axes.waitsFor[0] &&
    selectors === axes.selectors[0] &&
    rate === axes.rates[0];
  return nodes === 2 && writers === 1 && isPlain && (isFirst || !axes.isQuick);
}
