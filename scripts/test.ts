/**
 * `npm test [-- WORDS]`: lint, types, and the Tinytest files on the stand-in for Meteor. `npm run test:unit`: only the tests
 * that need neither Redis nor a database, and neither lint nor types.
 *
 * Repetitions are left out: a test that repeats another one with other nodes or another compiler. With `--all` they run too.
 *
 * Some processes share the tests, each with a Redis and a database of its own; lint and types run beside them. With words,
 * only the tests run whose names contain all of them, in one process and without lint and types.
 */

import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { type RunMessage, report } from '../stand-in/test-run';
import { commandLine } from '../tools/command-line';
import { bundledFiles, bundledNode, runOnStandIn, startOnStandIn } from '../tools/run-on-stand-in';
import { runScript, type StopLater } from '../tools/run-script';

/** Files with the longest tests come first: processes claim tests in this order. */
const FILES = [
  'tests/browser/chat.tests.ts',
  'tests/browser/status.tests.ts',
  'tests/browser/outage.tests.ts',
  'tests/stand-in-only.ts',
  'tests/index.ts',
];

const UNIT_TESTS = 'tests/unit';
/** Its files whose tests take longest. */
const LONGEST = /^simulation\/|interleavings/;

/**
 * Many tests wait. On two cores, four processes took 3 min 22 s, five 3 min 8 s and six 3 min 6 s. Each has
 * servers of its own.
 */
const PROCESSES = 5;
/** Tests of units wait for little. */
const PROCESSES_OF_UNIT_RUN = 3;

const command = commandLine('npm test', 'Runs the tests.')
  .argument('[words...]', 'run only the tests whose names contain all of these words')
  .option('--all', 'run repetitions too')
  .option('--unit', 'run only the tests that need neither Redis nor a database')
  .parse();
const { args: words } = command;
const { unit: isUnitRun = false, all: isWhole = false } = command.opts();

if (words.length > 0)
  await runOnStandIn(FILES, { TINYTEST: '1', TINYTEST_FILTER: words.join('\n'), CLUSTER_TEST_ALL: '1' });
else await runScript(runAll);

async function runAll(stopLater: StopLater): Promise<number> {
  const checks = Promise.all(isUnitRun ? [] : [check('lint'), check('types')]);
  const [program, node] = await Promise.all([
    bundledFiles(isUnitRun ? await unitTests() : FILES, stopLater),
    isUnitRun ? undefined : bundledNode(stopLater),
  ]);
  const result = { passed: 0, failed: 0, skipped: [] as { name: string; reason: string }[] };
  const onMessage = (message: unknown) => {
    const received = message as RunMessage;
    if (received.kind === 'outcome') {
      console.log(received.text);
      return;
    }
    result.passed += received.result.passed;
    result.failed += received.result.failed;
    // Every process knows all tests that are skipped.
    result.skipped = [...received.result.skipped];
  };
  // Servers of one's own can be shared by one process only: tests stop and fill them.
  const isAlone = !isUnitRun && Boolean(process.env.CLUSTER_URL || process.env.MONGO_URL);
  const folder = await mkdtemp(join(tmpdir(), 'cluster-tests-'));
  stopLater({ stop: () => rm(folder, { recursive: true, force: true }) });
  const processes = isUnitRun ? PROCESSES_OF_UNIT_RUN : PROCESSES;
  const count = isAlone ? 1 : processes;
  const workers = Array.from({ length: count }, (_, n) => {
    const place = `${n + 1}/${count}`;
    const env = {
      TINYTEST: '1',
      TINYTEST_SHARE: folder,
      CLUSTER_TEST_NODE_PROGRAM: node,
      ...(isWhole && { CLUSTER_TEST_ALL: '1' }),
      CLUSTER_TEST_PORTS: place,
    };
    return startOnStandIn(program, { env, onMessage, isUnitRun }, stopLater);
  });
  const exitCodes = await Promise.all(workers);
  const isChecked = (await checks).every((isGood) => isGood);
  // A process that has ended early has sent no result.
  if (exitCodes.some((code) => code > 1))
    console.log(`FAIL a process of the tests has ended with ${exitCodes.join(', ')}`);
  const exitCode = report(result, process.env.CLUSTER_TEST_EXPECTED_SKIPS);
  return isChecked && exitCodes.every((code) => code === 0) ? exitCode : 1;
}

async function unitTests(): Promise<string[]> {
  const names = await readdir(UNIT_TESTS, { recursive: true });
  const tests = names.filter((name) => name.endsWith('.tests.ts'));
  const isLong = (name: string) => Number(LONGEST.test(name));
  return tests.sort((a, b) => isLong(b) - isLong(a)).map((name) => `${UNIT_TESTS}/${name}`);
}

/** Runs another npm script. @returns whether it has found nothing */
async function check(script: string): Promise<boolean> {
  const { exitCode, all } = await execa('npm', ['run', '--silent', script], { reject: false, all: true });
  console.log(exitCode === 0 ? `ok   ${script}` : `FAIL ${script}\n${all}`);
  return exitCode === 0;
}
