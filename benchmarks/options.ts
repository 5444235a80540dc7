/** What `npm run bench` was asked for, checked. Called by bench.ts. Pure. */

import { parseArgs } from 'node:util';
import { type Axes, OPERATIONS, STRATEGIES } from './matrix';
import { BLOCKS } from './stage';

export const PARTS = ['cells', 'memory', 'stress'] as const;

export interface Arguments extends Axes {
  readonly parts: readonly (typeof PARTS)[number][];
  /** The most writes of one cell. */
  readonly writes: number;
  /** How long a cell goes on writing, in seconds: a strategy that does not keep up makes fewer writes. */
  readonly seconds: number;
  /** Where the results go. */
  readonly out: string;
  /** The JSON of an earlier run. */
  readonly compare: string | undefined;
  /** Record what the first node's CPU does, of each cell. */
  readonly profile: boolean;
}

const FULL = {
  nodes: '2,8',
  queries: '1,20,200',
  writers: '1,8',
  writes: '96',
  seconds: '8',
  parts: PARTS.join(),
};
const QUICK = {
  nodes: '2',
  queries: '1,20,200',
  writers: '1,8',
  writes: '32',
  seconds: '1',
  parts: 'cells,memory',
};
const MAX_NODES = 32;
const MAX_QUERIES = 2000;
/** As many as there are blocks of documents: writers keep to their own. */
const MAX_WRITERS = BLOCKS;

export const USAGE = `Usage: npm run bench -- [options]
  --quick                less of everything, within three minutes: the defaults in brackets
  --only STRATEGIES      of ${STRATEGIES.join(', ')}; default all
  --nodes NUMBERS        default ${FULL.nodes} [${QUICK.nodes}]
  --queries NUMBERS      live queries per node; default ${FULL.queries} [${QUICK.queries}]
  --writers NUMBERS      default ${FULL.writers} [${QUICK.writers}]
  --operations NAMES     of ${OPERATIONS.join(', ')}; default all
  --parts NAMES          of ${PARTS.join(', ')}; default all [${QUICK.parts}]
  --writes NUMBER        the most writes of one cell; default ${FULL.writes} [${QUICK.writes}]
  --seconds NUMBER       how long a cell goes on writing; default ${FULL.seconds} [${QUICK.seconds}]
  --out DIRECTORY        where the results go; default bench-results
  --compare FILE         the JSON of an earlier run, to compare with
  --profile              record what the first node's CPU does in each cell, as .cpuprofile`;

/** @throws Error that says what is wrong and how it should be */
export function readArguments(args: readonly string[]): Arguments {
  let values: Record<string, string | boolean | undefined>;
  try {
    const text = { type: 'string' } as const;
    const flag = { type: 'boolean' } as const;
    ({ values } = parseArgs({
      args: [...args],
      options: {
        ...{ quick: flag, profile: flag, only: text, nodes: text, queries: text, writers: text },
        ...{ operations: text, parts: text, writes: text, seconds: text, out: text, compare: text },
      },
    }));
  } catch (error) {
    throw new Error(`${(error as Error).message}\n${USAGE}`);
  }
  const defaults: Record<string, string> = values.quick ? QUICK : FULL;
  const given = (name: string, fallback = '') => String(values[name] ?? defaults[name] ?? fallback);
  const numbers = (name: string, min: number, max: number) =>
    list(name, given(name)).map((each) => wholeNumber(name, each, min, max));
  const number = (name: string, min: number, max: number) => wholeNumber(name, given(name), min, max);
  return {
    strategies: names('only', given('only', STRATEGIES.join()), STRATEGIES),
    operations: names('operations', given('operations', OPERATIONS.join()), OPERATIONS),
    parts: names('parts', given('parts'), PARTS),
    nodes: numbers('nodes', 2, MAX_NODES),
    queries: numbers('queries', 1, MAX_QUERIES),
    writers: numbers('writers', 1, MAX_WRITERS),
    writes: number('writes', 1, 100_000),
    seconds: number('seconds', 1, 600),
    out: given('out', 'bench-results'),
    compare: values.compare === undefined ? undefined : String(values.compare),
    profile: values.profile === true,
    isQuick: values.quick === true,
  };
}

function list(name: string, text: string): string[] {
  const items = text.split(',').map((item) => item.trim());
  if (new Set(items).size === items.length) return items;
  throw refusal(name, 'each value once', text);
}

function names<Name extends string>(name: string, text: string, known: readonly Name[]): Name[] {
  const asked = list(name, text);
  if (!asked.every((each) => (known as readonly string[]).includes(each))) {
    throw refusal(name, `a list of ${known.join(', ')}`, text);
  }
  // In the order of the table, whatever the order they were given in.
  return known.filter((each) => asked.includes(each));
}

function wholeNumber(name: string, text: string, min: number, max: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= min && value <= max) return value;
  throw refusal(name, `whole numbers from ${min} to ${max}`, text);
}

function refusal(name: string, expected: string, got: string): Error {
  return new Error(`--${name} takes ${expected}; got "${got}"\n${USAGE}`);
}
