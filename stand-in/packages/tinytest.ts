/**
 * Stands in for `meteor/tinytest`: registers tests and runs them one after the other.
 *
 * Test files call `Tinytest`, `main.ts` calls `runTests`. Writes the outcome of each test to the console.
 */

import assert from 'node:assert/strict';
import { isDeepStrictEqual } from 'node:util';
import type { SkippedTest } from '../skipped-tests';

type TestFunction = (test: Assertions) => unknown;

export interface RegisteredTest {
  readonly name: string;
  readonly run: TestFunction;
}

const tests: RegisteredTest[] = [];
const skippedTests: SkippedTest[] = [];

/** A test that takes longer than this, in ms, fails. */
const TEST_TIMEOUT_MS = 180_000;

/** The failure of a test that takes too long. */
export class CutOffError extends Error {
  override readonly name = 'CutOffError';
}

/** The assertions that the tests use. A failed one is recorded and the test continues, as in Meteor. */
class Assertions {
  readonly failures: Error[] = [];

  equal(actual: unknown, expected: unknown, message?: string): void {
    this.#check(() => assert.deepEqual(actual, expected), message);
  }

  notEqual(actual: unknown, expected: unknown, message?: string): void {
    this.#check(() => assert.ok(!isDeepStrictEqual(actual, expected), `equals ${String(expected)}`), message);
  }

  isTrue(value: unknown, message = 'expected a true value'): void {
    this.#check(() => assert.ok(value, message));
  }

  isFalse(value: unknown, message = 'expected a false value'): void {
    this.#check(() => assert.ok(!value, message));
  }

  isUndefined(value: unknown, message?: string): void {
    this.equal(value, undefined, message);
  }

  matches(actual: string, pattern: RegExp, message?: string): void {
    this.#check(() => assert.match(actual, pattern), message);
  }

  notMatches(actual: string, pattern: RegExp, message?: string): void {
    this.#check(() => assert.doesNotMatch(actual, pattern), message);
  }

  throws(run: () => unknown, expected?: string | RegExp): void {
    this.#check(() => assert.throws(run, (error: Error) => isExpected(error, expected)));
  }

  async throwsAsync(run: () => Promise<unknown>, expected?: string | RegExp): Promise<void> {
    try {
      await run();
    } catch (error) {
      this.#check(() => isExpected(error as Error, expected));
      return;
    }
    this.#check(() => assert.fail('expected an error, but none was thrown'));
  }

  #check(assertion: () => void, message?: string): void {
    try {
      assertion();
    } catch (error) {
      if (message) (error as Error).message = `${message}: ${(error as Error).message}`;
      this.failures.push(error as Error);
    }
  }
}

function isExpected(error: Error, expected: string | RegExp | undefined): true {
  if (typeof expected === 'string')
    assert.ok(error.message.includes(expected), `wrong error: ${error.message}`);
  else if (expected) assert.match(error.message, expected);
  return true;
}

/** @throws Error when a test of this name is registered already, as Meteor does */
function register(name: string, run: TestFunction): void {
  if (tests.some((test) => test.name === name)) throw new Error(`Every test needs a unique name: ${name}`);
  tests.push({ name, run });
}

export const Tinytest = { add: register, addAsync: register };

/** Returns the tests that files have registered so far. Called by `scripts/mutation/tinytest-runner.ts`. */
export function registeredTests(): readonly RegisteredTest[] {
  return tests;
}

/** Registers a test that cannot run on this machine, so that the summary lists it. Meteor's Tinytest has no such function. */
export function skipTest(name: string, reason: string): void {
  skippedTests.push({ name, reason });
}

export interface RunResult {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: readonly SkippedTest[];
}

export interface RunOptions {
  /** A test runs when its name contains all of them. */
  readonly words: readonly string[];
  /** Returns the next test to run, by its number among those of these names; `undefined`: none is left. */
  next(names: readonly string[]): number | undefined;
  /** Called with the outcome of each test, as text. */
  onOutcome(text: string): void;
}

/** Runs tests, one after the other. Called by `main.ts`. */
export async function runTests({ words, next, onOutcome }: RunOptions): Promise<RunResult> {
  const isWanted = ({ name }: { readonly name: string }) => words.every((word) => name.includes(word));
  const wanted = tests.filter(isWanted);
  const names = wanted.map(({ name }) => name);
  const counts = { passed: 0, failed: 0 };
  for (let n = next(names); n !== undefined; n = next(names)) {
    const { name, run } = wanted[n] as RegisteredTest;
    const started = performance.now();
    const failures = await runTest(run);
    const isGood = failures.length === 0;
    counts[isGood ? 'passed' : 'failed'] += 1;
    const lines = [
      `${isGood ? 'ok  ' : 'FAIL'} ${name} (${Math.round(performance.now() - started)} ms)`,
      ...failures.map((failure) => failure.stack ?? failure.message),
      ...(isGood ? [] : [`     to run it alone: npm test -- ${JSON.stringify(name)}`]),
    ];
    onOutcome(lines.join('\n'));
  }
  return { ...counts, skipped: skippedTests.filter(isWanted) };
}

/** Runs one test. @returns its failures; a test that takes longer than the limit, in ms, goes on after that */
export async function runTest(run: TestFunction, limitMs = TEST_TIMEOUT_MS): Promise<Error[]> {
  const test = new Assertions();
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new CutOffError(`did not finish within ${limitMs} ms`)), limitMs);
  });
  try {
    await Promise.race([run(test), timeout]);
  } catch (error) {
    test.failures.push(error instanceof Error ? error : new Error(String(error)));
  } finally {
    clearTimeout(timer);
  }
  return test.failures;
}
