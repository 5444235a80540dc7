/**
 * `npm run break-rules`: breaks rules of the package, one at a time, in a copy of the sources, and shows after how much each is
 * found.
 *
 * - `hints`: rules of hints and of the index; the theorem of `tests/unit/matching/query-index-properties.tests.ts` finds them.
 * - `session`: rules of the session, and some of the feed; `npm run simulate` finds them.
 *
 * The exit code is 1 when one is not found. It needs neither Redis nor a database.
 */

import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { markdownTable } from 'markdown-table';
import { commandLine, oneOf, wholeNumber } from '../tools/command-line';
import { newSeed } from '../tools/random';
import { runScript } from '../tools/run-script';
import { BROKEN_CONDITIONS } from './broken-conditions';
import { FEED_RULES } from './broken-feed-rules';
import { BROKEN_RULES, type BrokenRule } from './broken-rules';
import { SESSION_RULES } from './broken-session-rules';
import { COVERED_RULES } from './covered-rules';
import { findBySimulation, findByTheorem } from './finders';

const COPIED = [
  'src',
  'tests',
  'simulation',
  'tools',
  'scripts',
  'stand-in',
  'tsconfig.json',
  'package.json',
];

const command = commandLine('npm run break-rules', 'Breaks rules, and shows after how much that is found.')
  .argument('[words...]', 'break only the rules whose names contain the words')
  .option(
    '--kind <name>',
    'only rules of hints, or of the session',
    oneOf(['hints', 'session', 'all']),
    'all',
  )
  .option('--cases <number>', 'hints: the most cases for each rule', wholeNumber(1, 1e9), 100_000)
  .option('--writes <number>', 'session: the most writes for each rule', wholeNumber(1, 1e9), 60_000)
  .option('--quick', 'session: only the rules that npm test tries')
  .option('--seed <number>', 'repeats a run', wholeNumber(0, 2 ** 31 - 1))
  .parse();
const { kind, cases, writes, quick: isQuick = false, seed = newSeed() } = command.opts();
const words = command.args.join(' ');

await runScript(async (stopLater) => {
  const folder = await mkdtemp(join(tmpdir(), 'broken-rules-'));
  stopLater({ stop: () => rm(folder, { recursive: true }) });
  for (const name of COPIED) await cp(name, join(folder, name), { recursive: true });
  await symlink(resolve('node_modules'), join(folder, 'node_modules'));
  const limits = { cases, writes, seed };
  const rows: string[][] = [];
  const breakOne = async (rule: BrokenRule, find: () => Promise<string | undefined>) => {
    rows.push([rule.name, (await whileBroken(folder, rule, find)) ?? 'not found']);
    console.log(rows.at(-1)?.join(': '));
  };
  for (const rule of kind === 'session' ? [] : [...BROKEN_RULES, ...BROKEN_CONDITIONS].filter(isChosen))
    await breakOne(rule, () => findByTheorem(folder, limits));
  for (const rule of kind === 'hints'
    ? []
    : [...SESSION_RULES, ...FEED_RULES].filter((rule) => isChosen(rule) && (rule.isQuick || !isQuick)))
    await breakOne(rule, () => findBySimulation(folder, rule, limits));
  console.log(`\n${markdownTable([['broken rule', 'found after'], ...rows])}\nseed ${seed}`);
  for (const { name, coveredBy } of kind === 'hints' ? [] : COVERED_RULES.filter(isChosen))
    console.log(`not tried, "${name}": ${coveredBy}`);
  return rows.some(([, found]) => found === 'not found') ? 1 : 0;
});

function isChosen({ name }: BrokenRule): boolean {
  return name.includes(words);
}

/** @throws Error when the source does not contain the rule: it has moved, and must be found again */
async function whileBroken<Result>(
  folder: string,
  rule: BrokenRule,
  find: () => Promise<Result>,
): Promise<Result> {
  const path = join(folder, 'src', rule.file);
  const source = await readFile(path, 'utf8');
  if (!source.includes(rule.from)) throw new Error(`src/${rule.file} does not contain ${rule.from}`);
  try {
    await writeFile(path, source.replace(rule.from, () => rule.to) + (rule.append ?? ''));
    return await find();
  } finally {
    await writeFile(path, source);
  }
}
