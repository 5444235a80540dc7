/**
 * `npm run break-rules`: breaks the rules of hints and of the index, one at a time, in a copy of the sources, and shows after
 * how many cases the theorem of `tests/unit/query-index-properties.tests.ts` finds each.
 *
 * The exit code is 1 when one is not found. It needs neither Redis nor a database.
 */

import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { execa } from 'execa';
import { markdownTable } from 'markdown-table';
import { commandLine, wholeNumber } from '../tools/command-line';
import { newSeed } from '../tools/random';
import { runScript } from '../tools/run-script';
import { BROKEN_RULES, type BrokenRule } from './broken-rules';

const FILE = 'tests/unit/query-index-properties.tests.ts';
const TEST = 'query index - a live query that a change leaves out';
const COPIED = ['src', 'tests', 'simulation', 'tools', 'stand-in', 'tsconfig.json', 'package.json'];

const command = commandLine(
  'npm run break-rules',
  'Breaks rules, and shows after how many cases that is found.',
)
  .argument('[words...]', 'break only the rules whose names contain the words')
  .option('--cases <number>', 'the most cases for each rule', wholeNumber(1, 1e9), 100_000)
  .option('--seed <number>', 'repeats a run', wholeNumber(0, 2 ** 31 - 1))
  .parse();
const { cases, seed = newSeed() } = command.opts();
const words = command.args.join(' ');

await runScript(async (stopLater) => {
  const folder = await mkdtemp(join(tmpdir(), 'broken-rules-'));
  stopLater({ stop: () => rm(folder, { recursive: true }) });
  for (const name of COPIED) await cp(name, join(folder, name), { recursive: true });
  await symlink(resolve('node_modules'), join(folder, 'node_modules'));
  const rows: string[][] = [];
  for (const rule of BROKEN_RULES.filter(({ name }) => name.includes(words))) {
    const found = await casesUntilFound(folder, rule);
    rows.push([rule.name, found === undefined ? 'not found' : String(found)]);
    console.log(rows.at(-1)?.join(': '));
  }
  console.log(`\n${markdownTable([['broken rule', 'found after cases'], ...rows])}\nseed ${seed}`);
  return rows.some(([, found]) => found === 'not found') ? 1 : 0;
});

async function casesUntilFound(folder: string, rule: BrokenRule): Promise<number | undefined> {
  const path = join(folder, 'src', rule.file);
  const source = await readFile(path, 'utf8');
  if (!source.includes(rule.from)) throw new Error(`src/${rule.file} does not contain ${rule.from}`);
  try {
    await writeFile(path, source.replace(rule.from, () => rule.to) + (rule.append ?? ''));
    const { stdout } = await execa(process.execPath, [...process.execArgv, 'stand-in/main.ts', FILE], {
      cwd: folder,
      env: {
        ...{ TSX_TSCONFIG_PATH: 'stand-in/tsconfig.json', TINYTEST: '1', TINYTEST_FILTER: TEST },
        // Nothing connects to it.
        ...{ MONGO_URL: 'mongodb://127.0.0.1:1/none' },
        ...{ CLUSTER_TEST_RUNS: String(cases), CLUSTER_TEST_SEED: String(seed) },
      },
      all: true,
      reject: false,
    });
    return resultOf(stdout);
  } finally {
    await writeFile(path, source);
  }
}

/** @throws Error when the test did not run */
function resultOf(output: string): number | undefined {
  const [, count] = /Property failed after (\d+) tests/.exec(output) ?? [];
  if (count !== undefined) return Number(count);
  if (/1 passed, 0 failed/.test(output)) return undefined;
  throw new Error(output);
}
