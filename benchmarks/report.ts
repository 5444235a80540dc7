/**
 * The results as text: Markdown whose tables are aligned, so that a terminal shows them as well.
 *
 * Called by main.ts. Pure.
 */

import { markdownTable } from 'markdown-table';
import { type CellResult, findCell, type Latency, problemsOf, type Results } from './results';

const CELLS_NOTE =
  'Times in ms, p50 / p95 / max, from the client’s call until clients receive the write: those of the same node (own), and ' +
  'those of the other nodes (remote). CPU of all nodes in ms, commands to the database and messages on Redis are per write. ' +
  'A cell is late when a client had not received a write after 30 s. It has FAILED when a view did not converge.';

/** The columns of a table: the content by heading. */
type Columns<Row> = Readonly<Record<string, (row: Row) => string | number>>;

interface Pair {
  readonly cell: CellResult;
  readonly other: CellResult;
}

/** @param earlier the results to compare with */
export function reportOf(results: Results, earlier?: Results): string {
  const { cells, memory, stress, setting, leftOut, startedAt } = results;
  const title = `# Benchmark of ${startedAt.slice(0, 16).replace('T', ' ')} UTC`;
  const settings = Object.entries(setting).map(([name, value]) => `${name}: ${value}`);
  const updates = cells.filter(({ strategy }) => strategy === 'update');
  const toOplog = pairs(updates, (cell) => findCell(cells, { ...cell, strategy: 'oplog' }));
  const toEarlier = pairs(cells, (cell) => findCell(earlier?.cells ?? [], cell));
  const sections = [
    section('Cells', table(cells, CELL_COLUMNS), CELLS_NOTE),
    section('Ratios: update to oplog', table(toOplog, { ...columnsOfPair(AXES), ...RATIOS })),
    section('Memory', table(memory, MEMORY_COLUMNS)),
    section('Stress test', table(stress, STRESS_COLUMNS)),
    section(
      `Compared with ${earlier?.startedAt}`,
      table(toEarlier, { ...columnsOfPair(CELL_AXES), ...RATIOS }),
    ),
    section('Left out', list(leftOut)),
    section('Failed', list(problemsOf(results))),
  ];
  return [title, settings.join('; '), ...sections].filter(Boolean).join('\n\n').concat('\n');
}

/** Returns the percentiles as `p50 / p95 / max`. */
export function times(latency: Latency | undefined): string {
  if (!latency) return '–';
  return [latency.p50, latency.p95, latency.max].map((ms) => ms.toFixed(ms < 9.95 ? 1 : 0)).join(' / ');
}

const AXES: Columns<CellResult> = {
  nodes: ({ nodes }) => nodes,
  queries: ({ queries }) => queries,
  operation: ({ operation }) => operation,
  writers: ({ writers }) => writers,
};

const CELL_AXES: Columns<CellResult> = { ...AXES, strategy: ({ strategy }) => strategy };

const CELL_COLUMNS: Columns<CellResult> = {
  ...CELL_AXES,
  writes: ({ writes }) => writes,
  own: ({ own }) => times(own),
  remote: ({ remote }) => times(remote),
  CPU: ({ perWrite }) => perWrite.cpu.toFixed(1),
  reads: ({ perWrite }) => perWrite.reads.toFixed(1),
  'db writes': ({ perWrite }) => perWrite.writes.toFixed(1),
  messages: ({ perWrite }) => perWrite.messages.toFixed(2),
  bytes: ({ perWrite }) => perWrite.bytes.toFixed(0),
  '': ({ problem, late }) => (problem ? 'FAILED' : late ? 'late' : 'ok'),
};

const RATIOS: Columns<Pair> = {
  'own p50': ({ cell, other }) => ratio(cell.own?.p50, other.own?.p50),
  'remote p50': ({ cell, other }) => ratio(cell.remote?.p50, other.remote?.p50),
  'remote p95': ({ cell, other }) => ratio(cell.remote?.p95, other.remote?.p95),
  CPU: ({ cell, other }) => ratio(cell.perWrite.cpu, other.perWrite.cpu),
  reads: ({ cell, other }) => ratio(cell.perWrite.reads, other.perWrite.reads),
};

const MEMORY_COLUMNS: Columns<Results['memory'][number]> = {
  strategy: ({ strategy }) => strategy,
  'KB per live query': ({ perQuery }) => (perQuery / 1024).toFixed(1),
  'bytes per document in it': ({ perDocument }) => perDocument.toFixed(0),
};

const STRESS_COLUMNS: Columns<Results['stress'][number]> = {
  strategy: ({ strategy }) => strategy,
  nodes: ({ nodes }) => nodes,
  queries: ({ queries }) => queries,
  writers: ({ writers }) => writers,
  writes: ({ writes }) => writes,
  'written, s': ({ writing }) => writing.toFixed(1),
  'all views equal, s': ({ converged }) => converged?.toFixed(1) ?? '–',
  CPU: ({ cpu }) => cpu.toFixed(1),
  reads: ({ reads }) => reads.toFixed(1),
  '': ({ problem }) => (problem ? 'FAILED' : 'ok'),
};

function pairs(cells: readonly CellResult[], otherOf: (cell: CellResult) => CellResult | undefined): Pair[] {
  return cells.flatMap((cell) => {
    const other = otherOf(cell);
    return other ? [{ cell, other }] : [];
  });
}

function columnsOfPair(columns: Columns<CellResult>): Columns<Pair> {
  const entries = Object.entries(columns).map(([name, of]) => [name, ({ cell }: Pair) => of(cell)] as const);
  return Object.fromEntries(entries);
}

function section(title: string, content: string, note?: string): string {
  return content && [`## ${title}`, note, content].filter(Boolean).join('\n\n');
}

function list(items: readonly string[]): string {
  return items.map((item) => `- ${item}`).join('\n');
}

/** @returns empty when there are no rows */
function table<Row>(rows: readonly Row[], columns: Columns<Row>): string {
  const [first, ...others] = rows.map((row) => Object.values(columns).map((of) => String(of(row))));
  if (first === undefined) return '';
  // Words to the left, numbers to the right.
  const align = first.map((content) => (/^[A-Za-z]/.test(content) ? 'l' : 'r'));
  return markdownTable([Object.keys(columns), first, ...others], { align });
}

function ratio(a: number | undefined, b: number | undefined): string {
  return a === undefined || b === undefined || b === 0 ? '–' : `${(a / b).toFixed(2)} ×`;
}
