/**
 * The results as a picture: a row for each number of nodes and writers, a column for each measure. Grouped bars stand for
 * the strategies, on logarithmic scales.
 *
 * Called by main.ts. Vega-Lite draws the SVG without a canvas; Chromium turns it into a PNG.
 */

import { parse, View } from 'vega';
import { compile, type TopLevelSpec } from 'vega-lite';
import { launchChromium } from '../tools/chromium';
import { DEFAULT_AXES, plural, STRATEGIES, shownOperation } from './matrix';
import type { CellResult, Results } from './results';

interface Measure {
  readonly title: string;
  value(cell: CellResult): number | undefined;
  /** The upper end of the whisker. */
  high?(cell: CellResult): number | undefined;
}

const MEASURES: readonly Measure[] = [
  {
    title: 'until remote clients receive it, ms',
    value: ({ remote }) => remote?.p50,
    high: ({ remote }) => remote?.p95,
  },
  { title: 'until own clients receive it, ms', value: ({ own }) => own?.p50, high: ({ own }) => own?.p95 },
  { title: 'CPU of all nodes per write, ms', value: ({ perWrite }) => perWrite.cpu },
  { title: 'database reads per write', value: ({ perWrite }) => perWrite.reads },
];
type Column = Extract<TopLevelSpec, { hconcat: unknown }>['hconcat'][number];

const TITLES = { insert: 'inserts', update: 'updates by id', multi: 'updates of several documents' };
const NAMES = { none: 'no Cluster', update: 'update', feed: 'feed', baseline: 'baseline' };
const COLOURS = { none: '#9aa0a6', update: '#e8833a', feed: '#2f6fde', baseline: '#8fb4f0' };
const INK = '#202124';
const PANEL = { width: 270, height: 140 };

/** @returns undefined when no cells were measured */
export async function drawSvg({ cells, startedAt }: Results): Promise<string | undefined> {
  const operation = shownOperation(cells.map((cell) => cell.operation));
  if (operation === undefined) return undefined;
  const shown = cells.filter((cell) => cell.operation === operation);
  const spec: TopLevelSpec = {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    background: 'white',
    padding: 16,
    title: {
      text: `Meteor Cluster, ${TITLES[operation]}, by the number of live queries per node`,
      subtitle: `All strategies in one run, ${startedAt.slice(0, 10)}. Bars are p50, whiskers reach p95. Logarithmic scales.`,
      anchor: 'start',
      fontSize: 17,
      offset: 16,
    },
    hconcat: MEASURES.flatMap((measure) => column(shown, measure) ?? []),
    config: {
      font: "system-ui, 'DejaVu Sans', sans-serif",
      axis: { gridColor: '#dadce0', titleFontWeight: 'normal' },
      legend: { orient: 'top' },
      header: { labelFontSize: 11, labelFontWeight: 'bold', labelAnchor: 'start' },
    },
  };
  return new View(parse(compile(spec).spec), { renderer: 'none' }).toSVG();
}

/** Draws an SVG as PNG. @param executablePath the browser */
export async function drawPng(svg: string, executablePath: string, path: string): Promise<void> {
  const browser = await launchChromium(executablePath);
  try {
    const page = await browser.newPage({ viewport: { width: 1600, height: 1200 } });
    await page.setContent(`<style>body { margin: 0 } svg { display: block }</style>${svg}`);
    await page.locator('svg').screenshot({ path });
  } finally {
    await browser.close();
  }
}

/**
 * One measure: a panel for each row, with one scale for all of them, so that they compare.
 *
 * @returns undefined when no cell has it
 */
function column(cells: readonly CellResult[], { title, value, high }: Measure): Column | undefined {
  const values = cells.flatMap((cell) => {
    const [bar, whisker] = [value(cell), high?.(cell)];
    // A logarithmic scale has no zero.
    if (bar === undefined || bar <= 0) return [];
    const { queries, strategy } = cell;
    return [
      {
        row: rowOf(cell),
        queries,
        strategy: NAMES[strategy],
        bar,
        whisker,
        top: whisker ?? bar,
        label: label(bar),
      },
    ];
  });
  if (values.length === 0) return undefined;
  const ticks = decades(values.flatMap(({ bar, top }) => [bar, top]));
  const low = Math.min(...ticks);
  // Above the highest whisker there is room for its label.
  const domain = [low, 2 * Math.max(...ticks)];
  const strategies = STRATEGIES.filter((strategy) => cells.some((cell) => cell.strategy === strategy));
  const names = strategies.map((strategy) => NAMES[strategy]);
  const colours = strategies.map((strategy) => COLOURS[strategy]);
  const y = (field: string) => ({
    field,
    type: 'quantitative' as const,
    scale: { type: 'log' as const, domain },
  });
  const ink = { value: INK };
  return {
    title: { text: title, anchor: 'start', fontSize: 12 },
    data: { values },
    facet: { row: { field: 'row', sort: null, title: null, header: { labelAngle: 0, labelOrient: 'top' } } },
    // Every panel has its own labels of the live queries.
    resolve: { axis: { x: 'independent' } },
    spec: {
      ...PANEL,
      encoding: {
        x: { field: 'queries', type: 'ordinal', title: 'live queries per node', axis: { labelAngle: 0 } },
        xOffset: { field: 'strategy', sort: names },
        color: { field: 'strategy', title: null, scale: { domain: names, range: colours } },
      },
      layer: [
        {
          mark: 'bar',
          encoding: {
            y: { ...y('bar'), title: null, axis: { values: ticks, format: '~s' } },
            y2: { datum: low },
          },
        },
        { mark: 'rule', encoding: { y: y('bar'), y2: { field: 'whisker' }, color: ink } },
        {
          mark: { type: 'text', dy: -6, fontSize: 9 },
          encoding: { y: y('top'), text: { field: 'label' }, color: ink },
        },
      ],
    },
  };
}

function rowOf({ nodes, writers, layout, documentBytes, waitsFor }: CellResult): string {
  return [
    plural(nodes, 'node'),
    plural(writers, 'writer'),
    layout !== DEFAULT_AXES.layout && layout,
    documentBytes !== DEFAULT_AXES.documentBytes && `${documentBytes} bytes`,
    waitsFor !== DEFAULT_AXES.waitsFor && waitsFor,
  ]
    .filter(Boolean)
    .join(', ');
}

/** Returns the powers of ten from below the lowest value to above the highest: at least two. */
function decades(values: readonly number[]): number[] {
  const low = Math.floor(Math.log10(Math.min(1, ...values)));
  const high = Math.max(low + 1, Math.ceil(Math.log10(Math.max(...values))));
  return Array.from({ length: high - low + 1 }, (_, i) => 10 ** (low + i));
}

function label(value: number): string {
  if (value >= 1000) return `${Number((value / 1000).toPrecision(2))}k`;
  return String(Number(value.toPrecision(2)));
}
