/** The results as text: Markdown whose tables line up, so that a terminal shows them as well. Called by bench.ts. Pure. */

import { type CellResult, findCell, type Latency, problemsOf, type Results } from './results';
import { checkTargets } from './targets';

/** @param earlier the results to compare with */
export function reportOf(results: Results, earlier?: Results): string {
  const sections = [
    `# Benchmark of ${results.startedAt.slice(0, 16).replace('T', ' ')} UTC`,
    Object.entries(results.setting)
      .map(([name, value]) => `${name}: ${value}`)
      .join('; '),
    ...section('Cells', cellTable(results.cells), CELLS_NOTE),
    ...section('Ratios: update to oplog', ratioTable(results.cells)),
    ...section('Memory', memoryTable(results)),
    ...section('Stress test', stressTable(results)),
    ...section('Targets of oplog', targetTable(results)),
    ...(earlier
      ? section(`Compared with ${earlier.startedAt}`, comparison(results.cells, earlier.cells))
      : []),
    ...(results.leftOut.length > 0
      ? ['## Left out', results.leftOut.map((reason) => `- ${reason}`).join('\n')]
      : []),
    ...(problemsOf(results).length > 0
      ? [
          '## Failed',
          problemsOf(results)
            .map((problem) => `- ${problem}`)
            .join('\n'),
        ]
      : []),
  ];
  return `${sections.join('\n\n')}\n`;
}

const CELLS_NOTE =
  'Times in ms, p50 / p95 / max, from the client’s call until it is seen: by the clients of the node that was called ' +
  '(own), and of the others (remote). CPU is that of all node processes, in ms; it, the commands to the database and ' +
  'the announcements on Redis are per write. A cell is late when a write was not seen within 30 s, and has failed when ' +
  'a view did not come to equal the database.';

type Row = readonly (string | number)[];

function section(title: string, rows: readonly Row[], note?: string): string[] {
  return rows.length < 2 ? [] : [`## ${title}`, ...(note ? [note] : []), table(rows)];
}

function cellTable(cells: readonly CellResult[]): Row[] {
  const head = ['nodes', 'queries', 'operation', 'writers', 'strategy', 'writes', 'own', 'remote'];
  return [
    [...head, 'CPU', 'reads', 'db writes', 'messages', 'bytes', ''],
    ...cells.map(({ perWrite, ...cell }) => [
      ...[cell.nodes, cell.queries, cell.operation, cell.writers, cell.strategy, cell.writes],
      ...[times(cell.own), times(cell.remote), perWrite.cpu.toFixed(1), perWrite.reads.toFixed(1)],
      ...[perWrite.writes.toFixed(1), perWrite.messages.toFixed(2), perWrite.bytes.toFixed(0)],
      cell.problem ? 'FAILED' : cell.late ? 'late' : 'ok',
    ]),
  ];
}

function ratioTable(cells: readonly CellResult[]): Row[] {
  const rows = cells.flatMap((cell): Row[] => {
    const oplog = findCell(cells, { ...cell, strategy: 'oplog' });
    if (cell.strategy !== 'update' || !oplog) return [];
    return [[...[cell.nodes, cell.queries, cell.operation, cell.writers], ...ratios(cell, oplog)]];
  });
  const head = ['nodes', 'queries', 'operation', 'writers', 'own p50', 'remote p50', 'remote p95'];
  return [[...head, 'CPU', 'reads'], ...rows];
}

function ratios(cell: CellResult, other: CellResult): string[] {
  return [
    ratio(cell.own?.p50, other.own?.p50),
    ratio(cell.remote?.p50, other.remote?.p50),
    ratio(cell.remote?.p95, other.remote?.p95),
    ratio(cell.perWrite.cpu, other.perWrite.cpu),
    ratio(cell.perWrite.reads, other.perWrite.reads),
  ];
}

function memoryTable({ memory }: Results): Row[] {
  return [
    ['strategy', 'KB per live query', 'bytes per document in it'],
    ...memory.map(({ strategy, perQuery, perDocument }) => [
      strategy,
      (perQuery / 1024).toFixed(1),
      perDocument.toFixed(0),
    ]),
  ];
}

function stressTable({ stress }: Results): Row[] {
  return [
    [
      'strategy',
      'nodes',
      'queries',
      'writers',
      'writes',
      'written, s',
      'all views equal, s',
      'CPU',
      'reads',
      '',
    ],
    ...stress.map(({ writing, converged, cpu, reads, problem, ...run }) => [
      ...[run.strategy, run.nodes, run.queries, run.writers, run.writes, writing.toFixed(1)],
      ...[converged?.toFixed(1) ?? '–', cpu.toFixed(1), reads.toFixed(1), problem ? 'FAILED' : 'ok'],
    ]),
  ];
}

function targetTable(results: Results): Row[] {
  const rows = checkTargets(results).map(({ title, found, reached }) => [
    title,
    found,
    reached ? 'yes' : 'NO',
  ]);
  return [['target', 'found', 'reached'], ...rows];
}

function comparison(cells: readonly CellResult[], earlier: readonly CellResult[]): Row[] {
  const rows = cells.flatMap((cell): Row[] => {
    const before = findCell(earlier, cell);
    if (!before) return [];
    return [
      [...[cell.nodes, cell.queries, cell.operation, cell.writers, cell.strategy], ...ratios(cell, before)],
    ];
  });
  const head = [
    'nodes',
    'queries',
    'operation',
    'writers',
    'strategy',
    'own p50',
    'remote p50',
    'remote p95',
  ];
  return [[...head, 'CPU', 'reads'], ...rows];
}

export function times(latency: Latency | undefined): string {
  if (!latency) return '–';
  return [latency.p50, latency.p95, latency.max].map((ms) => ms.toFixed(ms < 9.95 ? 1 : 0)).join(' / ');
}

function ratio(a: number | undefined, b: number | undefined): string {
  return a === undefined || b === undefined || b === 0 ? '–' : `${(a / b).toFixed(2)} ×`;
}

function table(rows: readonly Row[]): string {
  const columns = rows[0]?.map((_, column) => rows.map((row) => String(row[column] ?? ''))) ?? [];
  const widths = columns.map((cells) => Math.max(3, ...cells.map((cell) => cell.length)));
  // Names to the left, numbers to the right.
  const isText = columns.map((cells) => /^[A-Za-z]/.test(cells[1] ?? ''));
  const line = (row: Row) =>
    `| ${widths.map((width, i) => String(row[i] ?? '')[isText[i] ? 'padEnd' : 'padStart'](width)).join(' | ')} |`;
  const [head = [], ...body] = rows;
  const rule = `| ${widths.map((width, i) => (isText[i] ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`)).join(' | ')} |`;
  return [line(head), rule, ...body.map(line)].join('\n');
}
