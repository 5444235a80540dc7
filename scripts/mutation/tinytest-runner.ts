/**
 * The plugin that lets Stryker run Tinytest files on the stand-in for Meteor.
 *
 * Stryker loads it in a process of its own, in its copy of the repository. The tests run in that process: one bundle holds
 * them and every mutant, and a variable says which mutant is active.
 */

import { readFile, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { InstrumenterContext } from '@stryker-mutator/api/core';
import { declareClassPlugin, PluginKind } from '@stryker-mutator/api/plugin';
import {
  type DryRunResult,
  DryRunStatus,
  determineHitLimitReached,
  type MutantRunOptions,
  type MutantRunResult,
  type TestResult,
  type TestRunner,
  type TestRunnerCapabilities,
  TestStatus,
  toMutantRunResult,
} from '@stryker-mutator/api/test-runner';
import type * as Tinytest from '../../stand-in/packages/tinytest';

declare global {
  /** The instrumented code shares it with the runner. Stryker's name for it. */
  var __stryker__: InstrumenterContext | undefined;
}

/** The program with the tests, relative to the working directory. Written by `bundle-tests.ts`. */
export const BUNDLE = 'mutated-tests.mjs';

/** The tests, the fastest first: the first that fails ends a run. Written by the initial run. */
const TIMES = 'mutated-tests.json';

/**
 * How long a test may take, at least, and in multiples of its time in the initial run. So a promise that a mutant leaves
 * unsettled costs seconds. At a load of 12 on two cores, the slowest test of unchanged code took 1.2 s.
 */
const MIN_LIMIT_MS = 2000;
const LIMIT_FACTOR = 5;
const MAX_LIMIT_MS = 60_000;

/** For a mutant of code that runs when it is loaded, every test counts: those that take longer are left out. In ms. */
const FAST_MS = 300;

interface TimedTest {
  readonly name: string;
  readonly ms: number;
}

class TinytestRunner implements TestRunner {
  readonly #code: InstrumenterContext = {};
  readonly #uncaught: Error[] = [];
  #tinytest: Pick<typeof Tinytest, 'registeredTests' | 'runTest'> | undefined;
  #loads = 0;
  /** Whether a test was cut off. It goes on, so that other mutants need another process. */
  #isSpent = false;

  capabilities(): TestRunnerCapabilities {
    return { reloadEnvironment: true };
  }

  async init(): Promise<void> {
    globalThis.__stryker__ = this.#code;
    // Each would end the process of `npm test`, so the tests that run meanwhile count as failed.
    for (const event of ['uncaughtException', 'unhandledRejection']) {
      process.on(event, (error) => this.#uncaught.push(asError(error)));
    }
  }

  async dryRun(): Promise<DryRunResult> {
    const { registeredTests } = await this.#load();
    const names = registeredTests().map(({ name }) => name);
    const result = await this.#run(names.map((name) => ({ name, ms: Number.POSITIVE_INFINITY })));
    if (result.status !== DryRunStatus.Complete) return result;
    const times = result.tests.map(({ name, timeSpentMs: ms }): TimedTest => ({ name, ms }));
    await writeFile(TIMES, JSON.stringify(times.toSorted((a, b) => a.ms - b.ms)));
    return { ...result, mutantCoverage: this.#code.mutantCoverage };
  }

  async mutantRun(options: MutantRunOptions): Promise<MutantRunResult> {
    const { activeMutant, hitLimit, mutantActivation, testFilter, reloadEnvironment } = options;
    // Stryker then starts another process, and repeats the run.
    if (this.#isSpent) throw new Error('a test was cut off');
    if (reloadEnvironment) this.#tinytest = undefined;
    this.#code.activeMutant = undefined;
    if (mutantActivation === 'runtime') await this.#load();
    Object.assign(this.#code, { activeMutant: activeMutant.id, hitLimit, hitCount: 0 });
    const times: TimedTest[] = JSON.parse(await readFile(TIMES, 'utf8'));
    const covering = testFilter && new Set(testFilter);
    const wanted = times.filter(({ name, ms }) => (covering ? covering.has(name) : ms < FAST_MS));
    return toMutantRunResult(await this.#run(wanted));
  }

  /** Runs tests in this order, until one fails. */
  async #run(wanted: readonly TimedTest[]): Promise<DryRunResult> {
    const tests: TestResult[] = [];
    for (const timed of wanted) {
      this.#code.currentTestId = timed.name;
      const result = await this.#runTwice(timed);
      const limit = determineHitLimitReached(this.#code.hitCount, this.#code.hitLimit);
      if (limit) return limit;
      if (this.#isSpent) return { status: DryRunStatus.Timeout, reason: timed.name };
      tests.push(result);
      if (result.status === TestStatus.Failed) break;
    }
    return { status: DryRunStatus.Complete, tests };
  }

  /** A test that fails only once has failed by the load of the machine, or by what an earlier mutant has left. */
  async #runTwice(timed: TimedTest): Promise<TestResult> {
    const first = await this.#runOne(timed);
    // One that takes long to fail is a property, whose cases are the same again.
    const isConfirmed = first.timeSpentMs > MIN_LIMIT_MS || first.status !== TestStatus.Failed;
    return isConfirmed ? first : this.#runOne(timed);
  }

  async #runOne({ name, ms }: TimedTest): Promise<TestResult> {
    const limitMs = Math.min(MAX_LIMIT_MS, Math.max(MIN_LIMIT_MS, LIMIT_FACTOR * ms));
    const started = performance.now();
    const failures = await this.#failuresOf(name, limitMs);
    this.#isSpent ||= failures.some(({ name: kind }) => kind === 'CutOffError');
    // A rejection that nobody handles is reported at the end of the turn.
    await new Promise(setImmediate);
    const [failure] = [...failures, ...this.#uncaught.splice(0)];
    const base = { id: name, name, timeSpentMs: performance.now() - started };
    if (!failure) return { ...base, status: TestStatus.Success };
    return { ...base, status: TestStatus.Failed, failureMessage: failure.message };
  }

  async #failuresOf(name: string, limitMs: number): Promise<Error[]> {
    try {
      const { registeredTests, runTest } = await this.#load();
      const test = registeredTests().find((each) => each.name === name);
      return test ? await runTest(test.run, limitMs) : [new Error(`"${name}" is not registered`)];
    } catch (error) {
      // A mutant of code that runs when it is loaded.
      return [asError(error)];
    }
  }

  /** Loads the tests and the sources, unless they are loaded. A query makes the same file another module. */
  async #load() {
    if (!this.#tinytest) this.#loads += 1;
    this.#tinytest ??= await import(`${pathToFileURL(resolve(BUNDLE)).href}?${this.#loads}`);
    if (!this.#tinytest) throw new Error(`${BUNDLE} exports nothing`);
    return this.#tinytest;
  }
}

function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}

export const strykerPlugins = [declareClassPlugin(PluginKind.TestRunner, 'tinytest', TinytestRunner)];
