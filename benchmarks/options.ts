/** The options of `npm run bench`. Called by main.ts. */

import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { InvalidArgumentError } from '@commander-js/extra-typings';
import { commandLine, listOf, oneOf, wholeNumber } from '../tools/command-line';
import { BLOCKS } from './fixture';
import { LAYOUTS, OPERATIONS, SELECTORS, STRATEGIES, WAITS } from './matrix';
import { PARTS, PRESET_NAMES, PRESETS, type Preset, type PresetName } from './presets';

export interface BenchOptions extends Preset {
  readonly preset: PresetName;
  /** The directory of an earlier version of the repository. */
  readonly baseline: string | undefined;
  /** The directory of the results. */
  readonly out: string;
  /** The JSON file of an earlier run. */
  readonly compare: string | undefined;
  /** Record CPU profiles of the first and the last node for each cell. */
  readonly profile: boolean;
}

const MAX_NODES = 32;
const MAX_QUERIES = 10_000;
/** FerretDB stores documents of up to 16 MB. */
const MAX_DOCUMENT_BYTES = 10_000_000;

/** Reads the command line. A bad option ends the process. */
export function readOptions(): BenchOptions {
  const numbers = (min: number, max: number) => listOf(wholeNumber(min, max));
  const words = <Word extends string>(of: readonly Word[]) => listOf(oneOf(of));
  const choices = STRATEGIES.filter((strategy) => strategy !== 'baseline');
  const { quick, only, ...given } = commandLine('npm run bench', 'Measures the strategies side by side.')
    .option('--preset <name>', `what the other options are by default: ${PRESET_NAMES}`, oneOf(PRESET_NAMES))
    .option('--quick', 'short for --preset quick')
    .option('--only <strategies>', `of ${choices}`, words(choices))
    .option('--baseline <directory>', 'measures strategy feed of an earlier version too', checkout)
    .option('--nodes <numbers>', `up to ${MAX_NODES}`, numbers(1, MAX_NODES))
    .option('--queries <numbers>', `live queries per node, up to ${MAX_QUERIES}`, numbers(1, MAX_QUERIES))
    .option('--layouts <names>', `of ${LAYOUTS}: do all nodes show each write, or one`, words(LAYOUTS))
    .option('--selectors <names>', `of ${SELECTORS}: the form of live queries`, words(SELECTORS))
    .option('--document-bytes <numbers>', 'text in a document', numbers(1, MAX_DOCUMENT_BYTES))
    .option('--operations <names>', `of ${OPERATIONS}`, words(OPERATIONS))
    // Each writer writes a block of its own.
    .option('--writers <numbers>', `clients that write at once, up to ${BLOCKS}`, numbers(1, BLOCKS))
    .option('--waits-for <names>', `of ${WAITS}: what a writer waits for before its next write`, words(WAITS))
    .option(
      '--rates <numbers>',
      'writes per second, whatever the writers wait for; 0: they wait',
      numbers(0, 10_000),
    )
    .option('--parts <names>', `of ${PARTS}`, words(PARTS))
    .option('--writes <number>', 'the most writes of one cell', wholeNumber(1, 100_000))
    .option('--seconds <number>', 'how long a cell makes writes', wholeNumber(1, 600))
    .option('--rounds <number>', 'how often each cell is measured; medians are reported', wholeNumber(1, 100))
    .option('--idle <seconds>', 'how long each cell is measured without writes too', wholeNumber(0, 600))
    .option('--out <directory>', 'where the results go', 'bench-results')
    .option('--compare <file>', 'the JSON of an earlier run, to compare with')
    .option('--profile', 'record a .cpuprofile of the first and the last node for each cell')
    .addHelpText('after', `\n${presetsHelp()}`)
    .parse()
    .opts();
  const preset = quick ? 'quick' : (given.preset ?? 'full');
  const axes: Preset = PRESETS[preset].axes;
  const wanted = only ?? axes.strategies;
  return {
    baseline: undefined,
    compare: undefined,
    profile: false,
    ...axes,
    ...given,
    preset,
    // In the order of the tables, in whichever order they were given.
    strategies: STRATEGIES.filter((strategy) =>
      strategy === 'baseline' ? given.baseline !== undefined : wanted.some((each) => each === strategy),
    ),
  };
}

/** Returns the absolute path of a directory with the sources of a version. */
function checkout(directory: string): string {
  if (existsSync(join(directory, 'src/index.ts'))) return resolve(directory);
  throw new InvalidArgumentError(`Expected a checkout with src/index.ts; got "${directory}".`);
}

function presetsHelp(): string {
  const lines = PRESET_NAMES.flatMap((name) => {
    const { question, minutes, axes } = PRESETS[name];
    const { isQuick, strategies, ...others }: Preset = axes;
    const values = Object.entries({ only: strategies, ...others }).map(
      ([axis, value]) => `--${axis.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)} ${value}`,
    );
    return [`  ${name}: ${question} About ${minutes} minutes.`, `    ${values.join(' ')}`];
  });
  return ['Presets (the default is full), with the options that each stands for:', ...lines].join('\n');
}
