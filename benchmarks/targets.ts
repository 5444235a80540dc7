/**
 * The targets of the strategy `oplog`, and whether a run has reached them.
 *
 * Called by report.ts. Pure.
 */

import type { Operation } from './matrix';
import { type CellResult, findCell, type Results } from './results';

export interface Target {
  readonly title: string;
  readonly found: string;
  readonly reached: boolean;
}

/** The remote p50 may exceed the own client's by this, with one writer. */
const REMOTE_LAG_MS = 5;
const MANY_QUERIES = 200;
const MAX_P95_RATIO = 2;
const SOME_QUERIES = 20;
const MIN_CPU_RATIO = 4;
/** Two runs of the same code differ by as much. */
const TOLERANCE = 0.15;

/** Messages name ids after these writes, or the collection only: the costs differ. */
const KINDS: readonly { readonly name: string; readonly operations: readonly Operation[] }[] = [
  { name: 'insert and update by id', operations: ['insert', 'update'] },
  { name: 'multi-update', operations: ['multi'] },
];

/** Returns the targets for which the run has measured something. */
export function checkTargets(results: Results): Target[] {
  const perKind = KINDS.flatMap(({ name, operations }) => {
    const cells = results.cells.filter(({ operation }) => operations.includes(operation));
    return cellTargets(cells).map((target) => ({ ...target, title: `${name}: ${target.title}` }));
  });
  const stress = results.stress
    .filter(({ strategy }) => strategy === 'oplog')
    .map(({ nodes, converged, problem }) => ({
      title: `the stress test with ${nodes} nodes completes, and every view converges`,
      found: problem ?? `after ${converged?.toFixed(1)} s`,
      reached: problem === undefined,
    }));
  return [...perKind, ...memoryTarget(results), ...stress];
}

function cellTargets(all: readonly CellResult[]): Target[] {
  const oplog = all.filter(({ strategy }) => strategy === 'oplog');
  const single = oplog.filter(({ writers }) => writers === 1);
  const some = oplog.filter(({ queries }) => queries === SOME_QUERIES);
  const many = oplog.filter(({ queries }) => queries === MANY_QUERIES);
  const fewest = Math.min(...oplog.map(({ queries }) => queries));
  const more = oplog.filter(({ queries }) => queries !== fewest);
  const isComplete = many.every(({ unseen, late, problem }) => unseen === 0 && !late && !problem);
  return [
    ...judge(
      `remote p50 within ${REMOTE_LAG_MS} ms of the own client’s, 1 writer`,
      'ms',
      single.map(({ own, remote }) => own && remote && remote.p50 - own.p50),
      (lag) => lag <= REMOTE_LAG_MS,
    ),
    ...judge(
      `with ${MANY_QUERIES} live queries, remote p95 at most ${MAX_P95_RATIO} × p50, and every write received`,
      '×',
      many.map(({ remote }) => remote && remote.p95 / remote.p50),
      (ratio) => isComplete && ratio <= MAX_P95_RATIO,
    ),
    ...judge(
      'database reads independent of the number of live queries',
      '×',
      more.map((cell) => ratioOf(cell, findCell(oplog, { ...cell, queries: fewest }), 'reads')),
      (ratio) => ratio <= 1 + TOLERANCE,
    ),
    ...judge(
      `at ${SOME_QUERIES} live queries, ${MIN_CPU_RATIO} times less Node CPU per write than update`,
      '×',
      some.map((cell) => {
        const update = findCell(all, { ...cell, strategy: 'update' });
        return update && ratioOf(update, cell, 'cpu');
      }),
      (ratio) => ratio >= MIN_CPU_RATIO,
    ),
  ];
}

function memoryTarget({ memory }: Results): Target[] {
  const oplog = memory.find(({ strategy }) => strategy === 'oplog');
  const none = memory.find(({ strategy }) => strategy === 'none');
  if (!oplog || !none) return [];
  const [with_, without] = [oplog, none].map(({ perDocument }) => `${Math.round(perDocument)} B`);
  return [
    {
      title: 'no copies of documents per live query other than Meteor’s own',
      found: `${with_} per document and live query, without Cluster ${without}`,
      reached: oplog.perDocument <= none.perDocument * (1 + TOLERANCE),
    },
  ];
}

function ratioOf(a: CellResult, b: CellResult | undefined, part: 'cpu' | 'reads'): number | undefined {
  return b && a.perWrite[part] / b.perWrite[part];
}

/** @returns nothing when nothing was measured */
function judge(
  title: string,
  unit: string,
  values: readonly (number | undefined)[],
  isReached: (value: number) => boolean,
): Target[] {
  const sorted = values.filter((value) => value !== undefined).sort((a, b) => a - b);
  const [low, median, high] = [sorted[0], sorted[Math.floor(sorted.length / 2)], sorted.at(-1)];
  if (low === undefined || median === undefined || high === undefined) return [];
  const range = `${low.toFixed(1)} to ${high.toFixed(1)} ${unit}`;
  const found = `${range}, median ${median.toFixed(1)} (${sorted.length} cells)`;
  return [{ title, found, reached: sorted.every(isReached) }];
}
