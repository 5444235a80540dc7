/**
 * The results as a picture: a row for each number of nodes and writers, a column for each measure, bars for the strategies
 * side by side, on logarithmic scales. Called by bench.ts. Pure; SVG made of strings.
 */

import { STRATEGIES, type Strategy, shownOperation } from './matrix';
import type { CellResult, Results } from './results';

interface Measure {
  readonly title: string;
  value(cell: CellResult): number | undefined;
  /** Where a whisker goes to. */
  high?(cell: CellResult): number | undefined;
}

const MEASURES: readonly Measure[] = [
  {
    title: 'until remote clients see it, ms: p50, whisker to p95',
    value: ({ remote }) => remote?.p50,
    high: ({ remote }) => remote?.p95,
  },
  {
    title: 'until own clients see it, ms: p50, whisker to p95',
    value: ({ own }) => own?.p50,
    high: ({ own }) => own?.p95,
  },
  { title: 'CPU of all nodes per write, ms', value: ({ perWrite }) => perWrite.cpu },
  { title: 'database reads per write', value: ({ perWrite }) => perWrite.reads },
];

const COLOURS: Record<Strategy, string> = { none: '#9aa0a6', update: '#e8833a', oplog: '#2f6fde' };
const NAMES: Record<Strategy, string> = { none: 'no Cluster', update: 'update', oplog: 'oplog' };

const PANEL = { width: 330, height: 190 };
const PLOT = { left: 46, right: 12, top: 30, bottom: 38 };
const MARGIN = { left: 12, top: 74, right: 12, bottom: 16 };
const INK = '#202124';
const FAINT = '#dadce0';

/** @returns undefined, when no cells were measured */
export function chartOf({ cells, startedAt }: Results): string | undefined {
  const operation = shownOperation(cells.map((cell) => cell.operation));
  const shown = cells.filter((cell) => cell.operation === operation);
  if (operation === undefined) return undefined;
  const rows = unique(shown.map(({ nodes, writers }) => `${nodes}/${writers}`));
  const width = MARGIN.left + MEASURES.length * PANEL.width + MARGIN.right;
  const height = MARGIN.top + rows.length * PANEL.height + MARGIN.bottom;
  const panels = MEASURES.map((measure, column) => {
    const scale = logarithmic(shown.flatMap((cell) => [measure.value(cell), measure.high?.(cell)]));
    return rows.map((row, index) => {
      const of = shown.filter(({ nodes, writers }) => `${nodes}/${writers}` === row);
      const at = `translate(${MARGIN.left + column * PANEL.width},${MARGIN.top + index * PANEL.height})`;
      return `<g transform="${at}">${panel(of, measure, scale)}</g>`;
    });
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}"`,
    ` font-family="system-ui, 'DejaVu Sans', sans-serif" font-size="11" fill="${INK}">`,
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    text(
      MARGIN.left + 6,
      26,
      `Meteor Cluster, ${titles[operation]}, by the number of live queries per node`,
      17,
    ),
    text(
      MARGIN.left + 6,
      46,
      `All strategies in one run, ${startedAt.slice(0, 10)}. Logarithmic scales.`,
      11,
    ),
    legend(unique(shown.map(({ strategy }) => strategy)), width),
    ...panels.flat(),
    '</svg>\n',
  ].join('\n');
}

const titles = { insert: 'inserts', update: 'updates by id', multi: 'updates of several documents' };

function legend(strategies: readonly Strategy[], width: number): string {
  return STRATEGIES.filter((strategy) => strategies.includes(strategy))
    .map((strategy, i, { length }) => {
      const x = width - MARGIN.right - (length - i) * 100;
      return `<rect x="${x}" y="17" width="12" height="12" fill="${COLOURS[strategy]}"/>${text(x + 18, 27, NAMES[strategy], 13)}`;
    })
    .join('');
}

interface Scale {
  readonly ticks: readonly number[];
  y(value: number): number;
}

function panel(cells: readonly CellResult[], measure: Measure, scale: Scale): string {
  const [{ nodes, writers } = { nodes: 0, writers: 0 }] = cells;
  const queries = unique(cells.map((cell) => cell.queries));
  const plotWidth = PANEL.width - PLOT.left - PLOT.right;
  const bottom = PANEL.height - PLOT.bottom;
  const group = plotWidth / queries.length;
  const bar = Math.min(26, (group - 16) / STRATEGIES.length);
  const parts = [
    text(
      PLOT.left,
      12,
      `${nodes} nodes, ${writers} ${writers === 1 ? 'writer' : 'writers'}`,
      11,
      'start',
      'bold',
    ),
    text(PLOT.left, 25, measure.title, 10),
    ...scale.ticks.map((tick) => {
      const y = scale.y(tick);
      const line = `<line x1="${PLOT.left}" x2="${PANEL.width - PLOT.right}" y1="${y}" y2="${y}" stroke="${FAINT}"/>`;
      return line + text(PLOT.left - 5, y + 4, label(tick), 10, 'end');
    }),
  ];
  for (const [index, count] of queries.entries()) {
    const middle = PLOT.left + (index + 0.5) * group;
    parts.push(text(middle, bottom + 15, `${count}`, 11, 'middle'));
    const bars = cells.filter((cell) => cell.queries === count);
    for (const [i, cell] of bars.entries()) {
      const value = measure.value(cell);
      if (value === undefined || value <= 0) continue;
      const x = middle + (i - bars.length / 2) * (bar + 2);
      const y = scale.y(value);
      const colour = COLOURS[cell.strategy];
      parts.push(
        `<rect x="${x}" y="${y}" width="${bar}" height="${Math.max(1, bottom - y)}" fill="${colour}"/>`,
      );
      const top = whisker(measure.high?.(cell), x + bar / 2, y, scale);
      parts.push(top.line, text(x + bar / 2, top.y - 4, label(value), 9, 'middle'));
    }
  }
  parts.push(text(PLOT.left + plotWidth / 2, bottom + 29, 'live queries per node', 10, 'middle'));
  return parts.join('');
}

function whisker(high: number | undefined, x: number, y: number, scale: Scale): { line: string; y: number } {
  if (high === undefined || high <= 0) return { line: '', y };
  const top = scale.y(high);
  const path = `M${x} ${y}V${top}M${x - 4} ${top}h8`;
  return { line: `<path d="${path}" stroke="${INK}" fill="none"/>`, y: top };
}

/** One scale for a column, so that its panels compare. */
function logarithmic(values: readonly (number | undefined)[]): Scale {
  const logs = values
    .filter((value) => value !== undefined && value > 0)
    .map((value) => Math.log10(value as number));
  const low = Math.floor(Math.min(0, ...logs));
  const high = Math.max(low + 1, Math.ceil(Math.max(...logs)));
  const bottom = PANEL.height - PLOT.bottom;
  const top = PLOT.top + 12;
  return {
    ticks: Array.from({ length: high - low + 1 }, (_, i) => 10 ** (low + i)),
    y: (value) => Number((bottom - ((Math.log10(value) - low) / (high - low)) * (bottom - top)).toFixed(1)),
  };
}

function text(
  x: number,
  y: number,
  content: string,
  size: number,
  anchor = 'start',
  weight = 'normal',
): string {
  const escaped = content.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  return `<text x="${x}" y="${y}" font-size="${size}" text-anchor="${anchor}" font-weight="${weight}">${escaped}</text>`;
}

function label(value: number): string {
  if (value >= 1000) return `${Number((value / 1000).toPrecision(2))}k`;
  return String(Number(value.toPrecision(2)));
}

function unique<Value>(values: readonly Value[]): Value[] {
  return [...new Set(values)];
}
