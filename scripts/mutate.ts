/**
 * `npm run mutate [-- FILES]`: changes the sources in small ways, one at a time, and shows which changes no test notices.
 */

import { rm } from 'node:fs/promises';
import { Stryker } from '@stryker-mutator/core';
import { build } from 'esbuild';
import { commandLine, wholeNumber } from '../tools/command-line';
import { runScript } from '../tools/run-script';
import { STAND_IN_BUNDLE } from '../tools/stand-in-bundle';
import { reportOf } from './mutation/report';

/** Modules that import neither Meteor nor Redis, so that tests run them alone. */
const MUTATED = [
  'src/{matching,writes,changes,protocol,publishing,membership,receiving,broadcasts,session}/**/*.ts',
  'src/strategies/feed/**/*.ts',
  // They import Meteor or Redis, or end the process.
  '!src/session/{choose-strategy,create-session}.ts',
  '!src/session/cluster-session.ts',
  '!src/session/components.ts',
  '!src/session/create-session.ts',
  '!src/session/choose-strategy.ts',
  '!src/session/leave-on-signals.ts',
  '!src/strategies/feed/feed-strategy.ts',
];

/** The exit code says whether so many are killed. */
const MIN_KILLED_PERCENT = 85;
/** Stryker's copy of the repository. Inside it, as the copy needs `node_modules` of a folder above. */
const COPY = '.stryker-tmp';
const FOLDER = 'node_modules/.cache/meteor-cluster';
const PLUGIN = `${FOLDER}/tinytest-runner.mjs`;

const command = commandLine('npm run mutate', 'Mutates the sources, and shows what no test notices.')
  .argument(
    '[files...]',
    'mutate only these; a range of lines may follow, as in `src/membership/peers.ts:10-20`',
  )
  .option('--workers <number>', 'how many processes run tests', wholeNumber(1, 64), 1)
  .parse();
const { workers } = command.opts();

process.env.CLUSTER_TEST_RUNS ??= '30';
process.env.CLUSTER_TEST_SEED ??= '1';

await runScript(async (stopLater) => {
  stopLater({ stop: () => rm(COPY, { recursive: true, force: true }) });
  await build({
    ...STAND_IN_BUNDLE,
    packages: 'external',
    entryPoints: ['scripts/mutation/tinytest-runner.ts'],
    outfile: PLUGIN,
  });
  const results = await new Stryker({
    mutate: command.args.length > 0 ? command.args : MUTATED,
    buildCommand: 'tsx scripts/mutation/bundle-tests.ts',
    plugins: [`./${PLUGIN}`],
    testRunner: 'tinytest',
    coverageAnalysis: 'perTest',
    concurrency: workers,
    reporters: ['progress-append-only'],
    // For mutants of code that runs when it is loaded, slow tests are left out.
    warnings: { unknownOptions: true, preprocessorErrors: true, unserializableOptions: true, slow: false },
    // TypeScript 7 has not the functions that Stryker calls to rewrite it.
    tsconfigFile: '',
    tempDirName: COPY,
    // The runner ends tests that wait for ever, and the instrumented code counts loops. On a busy machine processes stand
    // still.
    timeoutMS: 120_000,
    // The remains of mutants add up: 600 MB after some hundred.
    maxTestRunnerReuse: 100,
    allowConsoleColors: false,
  }).runMutationTest();
  const { text, killedPercent, wrong } = reportOf(results);
  console.log(text);
  for (const { file, from, to } of wrong)
    console.log(`FAIL no such mutant of ${file} survives, so it is not equivalent: ${from} -> ${to}`);
  return killedPercent >= MIN_KILLED_PERCENT && wrong.length === 0 ? 0 : 1;
});
