/** The options of `npm run bench`. Called by main.ts. */

import { commandLine, listOf, oneOf, wholeNumber } from '../tools/command-line';
import { BLOCKS } from './fixture';
import { type Axes, OPERATIONS, STRATEGIES } from './matrix';

export const PARTS = ['cells', 'memory', 'stress'] as const;

export interface BenchOptions extends Axes {
  readonly parts: readonly (typeof PARTS)[number][];
  /** The most writes of one cell. */
  readonly writes: number;
  /** The time for which a cell makes writes: a slow strategy makes fewer of them. */
  readonly seconds: number;
  /** The directory of the results. */
  readonly out: string;
  /** The JSON file of an earlier run. */
  readonly compare: string | undefined;
  /** Record a CPU profile of the first node for each cell. */
  readonly profile: boolean;
}

type Defaults = Pick<BenchOptions, 'nodes' | 'queries' | 'writers' | 'writes' | 'seconds' | 'parts'>;

const AXES = { queries: [1, 20, 200], writers: [1, 8] };
const FULL: Defaults = { ...AXES, nodes: [2, 8], writes: 96, seconds: 8, parts: PARTS };
const QUICK: Defaults = { ...AXES, nodes: [2], writes: 32, seconds: 1, parts: ['cells', 'memory'] };
const MAX_NODES = 32;
const MAX_QUERIES = 10_000;

/** Reads the command line. A bad option ends the process. */
export function readOptions(): BenchOptions {
  const defaults = (name: keyof Defaults) => `default ${FULL[name]}, with --quick ${QUICK[name]}`;
  const parseNumbers = (min: number, max: number) => listOf(wholeNumber(min, max));
  const { quick, only, ...given } = commandLine('npm run bench', 'Measures the strategies side by side.')
    .option('--quick', 'measure less, in three minutes')
    .option('--only <strategies>', `of ${STRATEGIES}; default all`, listOf(oneOf(STRATEGIES)))
    .option('--nodes <numbers>', defaults('nodes'), parseNumbers(2, MAX_NODES))
    .option(
      '--queries <numbers>',
      `live queries per node; ${defaults('queries')}`,
      parseNumbers(1, MAX_QUERIES),
    )
    // Each writer writes a block of its own.
    .option('--writers <numbers>', defaults('writers'), parseNumbers(1, BLOCKS))
    .option('--operations <names>', `of ${OPERATIONS}; default all`, listOf(oneOf(OPERATIONS)))
    .option('--parts <names>', `of ${PARTS}; ${defaults('parts')}`, listOf(oneOf(PARTS)))
    .option(
      '--writes <number>',
      `the most writes of one cell; ${defaults('writes')}`,
      wholeNumber(1, 100_000),
    )
    .option('--seconds <number>', `how long a cell makes writes; ${defaults('seconds')}`, wholeNumber(1, 600))
    .option('--out <directory>', 'where the results go', 'bench-results')
    .option('--compare <file>', 'the JSON of an earlier run, to compare with')
    .option('--profile', 'record a .cpuprofile of the first node for each cell')
    .parse()
    .opts();
  return {
    ...{ operations: OPERATIONS, compare: undefined, profile: false, isQuick: quick === true },
    ...(quick ? QUICK : FULL),
    ...given,
    // In the order of the tables, in whichever order they were given.
    strategies: STRATEGIES.filter((strategy) => only?.includes(strategy) ?? true),
  };
}
