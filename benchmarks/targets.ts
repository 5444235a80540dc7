/** What strategy `oplog` is to reach, and whether a run has shown it. Called by table.ts. Pure. */

import type { Operation } from './matrix';
import { type CellResult, findCell, type Results } from './results';

export interface Target {
  readonly title: string;
  /** What was found, worst case last. */
  readonly found: string;
  readonly reached: boolean;
}

/** How far the remote p50 may be behind the own client's, at one writer, in ms. */
const REMOTE_LAG = 5;
const MANY_QUERIES = 200;
const MAX_P95 = 2;
const SOME_QUERIES = 20;
const MIN_CPU_RATIO = 4;
/** What counts as the same: two runs of one thing differ by as much. */
const TOLERANCE = 0.15;

/** Writes that name ids and writes that do not: what is told of them differs, and so does what it costs. */
const KINDS: readonly { readonly name: string; readonly operations: readonly Operation[] }[] = [
  { name: 'insert and update by id', operations: ['insert', 'update'] },
  { name: 'multi-update', operations: ['multi'] },
];

/** The targets of which the run has measured something. */
export function checkTargets(results: Results): Target[] {
  const perKind = KINDS.flatMap(({ name, operations }) => {
    const all = results.cells.filter(({ operation }) => operations.includes(operation));
    const oplog = all.filter(({ strategy }) => strategy === 'oplog');
    const some = oplog.filter(({ queries }) => queries === SOME_QUERIES);
    const many = oplog.filter(({ queries }) => queries === MANY_QUERIES);
    const single = oplog.filter(({ writers }) => writers === 1);
    return [lag(single), tail(many), reads(oplog), cpu(all, some)]
      .filter((target) => target !== undefined)
      .map((target) => ({ ...target, title: `${name}: ${target.title}` }));
  });
  const stress = results.stress
    .filter(({ strategy }) => strategy === 'oplog')
    .map(({ nodes, converged, problem }) => ({
      title: `the stress test with ${nodes} nodes completes, every view equal to the database`,
      found: problem ?? `after ${converged?.toFixed(1)} s`,
      reached: problem === undefined,
    }));
  return [...perKind, memory(results), ...stress].filter((target) => target !== undefined);
}

function lag(cells: readonly CellResult[]): Target | undefined {
  const lags = cells.flatMap(({ own, remote }) => (own && remote ? [remote.p50 - own.p50] : []));
  return judge(`remote p50 within ${REMOTE_LAG} ms of the own client’s, 1 writer`, lags, 'ms', (found) =>
    found.every((each) => each <= REMOTE_LAG),
  );
}

function tail(cells: readonly CellResult[]): Target | undefined {
  const ratios = cells.flatMap(({ remote }) => (remote ? [remote.p95 / remote.p50] : []));
  const allSeen = cells.every(({ unseen, late, problem }) => unseen === 0 && !late && !problem);
  const title = `with ${MANY_QUERIES} live queries, remote p95 at most ${MAX_P95} × p50 and everything seen`;
  return judge(title, ratios, '×', (found) => allSeen && found.every((each) => each <= MAX_P95));
}

/** Each cell with many live queries against the same with one. */
function reads(cells: readonly CellResult[]): Target | undefined {
  const fewest = Math.min(...cells.map(({ queries }) => queries));
  const ratios = cells.flatMap((cell) => {
    const base = findCell(cells, { ...cell, queries: fewest });
    return base && base !== cell ? [cell.perWrite.reads / base.perWrite.reads] : [];
  });
  return judge('database reads independent of the number of live queries', ratios, '×', (found) =>
    found.every((each) => each <= 1 + TOLERANCE),
  );
}

function cpu(all: readonly CellResult[], cells: readonly CellResult[]): Target | undefined {
  const ratios = cells.flatMap((cell) => {
    const update = findCell(all, { ...cell, strategy: 'update' });
    return update ? [update.perWrite.cpu / cell.perWrite.cpu] : [];
  });
  const title = `at ${SOME_QUERIES} live queries, ${MIN_CPU_RATIO} times less Node CPU per write than update`;
  return judge(
    title,
    ratios.toSorted((a, b) => b - a),
    '×',
    (found) => found.every((each) => each >= MIN_CPU_RATIO),
  );
}

function memory({ memory: found }: Results): Target | undefined {
  const oplog = found.find(({ strategy }) => strategy === 'oplog');
  const meteors = found.find(({ strategy }) => strategy === 'none');
  if (!oplog || !meteors) return undefined;
  return {
    title: 'no per-query copy of documents beyond Meteor’s own',
    found: `${bytes(oplog.perDocument)} per document and live query, without Cluster ${bytes(meteors.perDocument)}`,
    reached: oplog.perDocument <= meteors.perDocument * (1 + TOLERANCE),
  };
}

function judge(
  title: string,
  values: readonly number[],
  unit: string,
  isReached: (values: readonly number[]) => boolean,
): Target | undefined {
  if (values.length === 0) return undefined;
  const sorted = values.toSorted((a, b) => a - b);
  const median = sorted[Math.floor(sorted.length / 2)] ?? 0;
  const [low = 0, high = 0] = [sorted[0], sorted.at(-1)];
  const found = `${low.toFixed(1)} to ${high.toFixed(1)} ${unit}, median ${median.toFixed(1)} (${values.length} cells)`;
  return { title, found, reached: isReached(values) };
}

function bytes(value: number): string {
  return `${Math.round(value)} B`;
}
