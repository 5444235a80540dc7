/**
 * The results as text: Markdown whose tables are aligned, so that a terminal shows them as well.
 *
 * Called by main.ts. Pure.
 */

import { markdownTable } from 'markdown-table';
import { DEFAULT_AXES, type Strategy } from './matrix';
import { type CellResult, findCell, type Latency, problemsOf, type Results } from './results';
import { cpuOfUnconcerned, type Verdict, verdictsOf } from './targets';

const CELLS_NOTE =
  'Times in ms, p50 / p95 / max, from the client’s call until clients receive the write: those of the same node (own), and ' +
  'those of the other nodes (remote). A call is answered by the message that the writer waits for. CPU of all nodes and of the ' +
  'database in ms, commands to the database and messages on Redis are per write. A total is the time until the last client ' +
  'has received the last write. ' +
  'A cell is late when a client had not received a write after 30 s. It has FAILED when a view did not converge.';

const PARTITIONED_NOTE =
  'CPU of one node in ms per write, without what it uses in the same time when there are no writes. The first node is the only ' +
  'one that shows the writes. It and the second node make them. The others are not concerned: their mean. Reads and CPU of the ' +
  'database are those of all nodes. With several writers, changes of one turn are read together, so there may be less than one ' +
  'read per write.';

const IDLE_NOTE = 'Without writes, per second: CPU of all nodes and of the database in ms, and reads.';

const TARGETS_NOTE = 'Of strategy feed. A target is measured by each cell named.';

/** Columns that are left out when all of their rows say this. */
const USUAL: Readonly<Record<string, string>> = {
  layout: DEFAULT_AXES.layout,
  selectors: DEFAULT_AXES.selectors,
  'writes/s': String(DEFAULT_AXES.rate),
  bytes: String(DEFAULT_AXES.documentBytes),
  'waits for': DEFAULT_AXES.waitsFor,
  'db CPU': '–',
};

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
  const ratios = (of: Strategy, to: Strategy) => {
    const dividends = cells.filter(({ strategy }) => strategy === of);
    const both = pairs(dividends, (cell) => findCell(cells, { ...cell, strategy: to }));
    return section(`Ratios: ${of} to ${to}`, table(both, { ...columnsOfPair(AXES), ...RATIOS }));
  };
  const toEarlier = pairs(cells, (cell) => findCell(earlier?.cells ?? [], cell));
  const sections = [
    section('Cells', table(cells, CELL_COLUMNS), CELLS_NOTE),
    section('Partitioned', table(cells.filter(cpuOfUnconcerned), PARTITIONED_COLUMNS), PARTITIONED_NOTE),
    section(
      'Idle',
      table(
        cells.filter(({ idle }) => idle),
        IDLE_COLUMNS,
      ),
      IDLE_NOTE,
    ),
    ratios('update', 'feed'),
    ratios('feed', 'baseline'),
    section('Targets', table(cells.length > 0 ? verdictsOf(cells) : [], TARGET_COLUMNS), TARGETS_NOTE),
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
  layout: ({ layout }) => layout,
  selectors: ({ selectors }) => selectors,
  bytes: ({ documentBytes }) => documentBytes,
  operation: ({ operation }) => operation,
  writers: ({ writers }) => writers,
  'waits for': ({ waitsFor }) => waitsFor,
  'writes/s': ({ rate }) => rate,
};

const CELL_AXES: Columns<CellResult> = { ...AXES, strategy: ({ strategy }) => strategy };

const CELL_COLUMNS: Columns<CellResult> = {
  ...CELL_AXES,
  writes: ({ writes }) => Math.round(writes),
  'total, s': ({ seconds }) => seconds?.toFixed(1) ?? '–',
  answered: ({ answered }) => times(answered),
  own: ({ own }) => times(own),
  remote: ({ remote }) => times(remote),
  CPU: ({ perWrite }) => perWrite.cpu.toFixed(1),
  'db CPU': ({ perWrite }) => perWrite.databaseCpu?.toFixed(1) ?? '–',
  reads: ({ perWrite }) => perWrite.reads.toFixed(1),
  'db writes': ({ perWrite }) => perWrite.writes.toFixed(1),
  messages: ({ perWrite }) => perWrite.messages.toFixed(2),
  'message bytes': ({ perWrite }) => perWrite.bytes.toFixed(0),
  '': ({ problem, late }) => (problem ? 'FAILED' : late ? 'late' : 'ok'),
};

const PARTITIONED_COLUMNS: Columns<CellResult> = {
  ...CELL_AXES,
  'first node': ({ cpuOfNodes }) => milliseconds(cpuOfNodes?.[0]),
  'second node': ({ cpuOfNodes }) => milliseconds(cpuOfNodes?.[1]),
  'not concerned': (cell) => milliseconds(cpuOfUnconcerned(cell)),
  reads: ({ perWrite }) => perWrite.reads.toFixed(2),
  'db CPU': ({ perWrite }) => perWrite.databaseCpu?.toFixed(1) ?? '–',
};

const IDLE_COLUMNS: Columns<CellResult> = {
  ...CELL_AXES,
  'measured, s': ({ idle }) => idle?.seconds.toFixed(0) ?? '–',
  CPU: ({ idle }) => idle?.cpu.toFixed(1) ?? '–',
  'db CPU': ({ idle }) => idle?.databaseCpu?.toFixed(1) ?? '–',
  reads: ({ idle }) => idle?.reads.toFixed(1) ?? '–',
};

const TARGET_COLUMNS: Columns<Verdict> = {
  target: ({ target }) => target,
  cell: ({ cell }) => cell ?? '–',
  measured: ({ value }) => value?.toFixed(2) ?? '–',
  'at most': ({ limit }) => limit,
  '': ({ verdict }) => verdict,
};

const RATIOS: Columns<Pair> = {
  'own p50': ({ cell, other }) => ratio(cell.own?.p50, other.own?.p50),
  'remote p50': ({ cell, other }) => ratio(cell.remote?.p50, other.remote?.p50),
  'remote p95': ({ cell, other }) => ratio(cell.remote?.p95, other.remote?.p95),
  CPU: ({ cell, other }) => ratio(cell.perWrite.cpu, other.perWrite.cpu),
  'db CPU': ({ cell, other }) => ratio(cell.perWrite.databaseCpu, other.perWrite.databaseCpu),
  reads: ({ cell, other }) => ratio(cell.perWrite.reads, other.perWrite.reads),
  'total, s': ({ cell, other }) => ratio(cell.seconds, other.seconds),
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
  'db CPU': ({ databaseCpu }) => databaseCpu?.toFixed(1) ?? '–',
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
  const filled = Object.entries(columns)
    .map(([heading, of]) => ({ heading, contents: rows.map((row) => String(of(row))) }))
    .filter(({ heading, contents }) => contents.some((content) => content !== USUAL[heading]));
  if (filled.length === 0) return '';
  // Words to the left, numbers to the right.
  const align = filled.map(({ contents }) => (/^[A-Za-z]/.test(contents[0] ?? '') ? 'l' : 'r'));
  const lines = rows.map((_, i) => filled.map(({ contents }) => contents[i] ?? ''));
  return markdownTable([filled.map(({ heading }) => heading), ...lines], { align });
}

function milliseconds(value: number | undefined): string {
  return value?.toFixed(2) ?? '–';
}

function ratio(a: number | undefined, b: number | undefined): string {
  return a === undefined || b === undefined || b === 0 ? '–' : `${(a / b).toFixed(2)} ×`;
}
