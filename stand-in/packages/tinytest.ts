/** Stands in for `meteor/tinytest`: registers tests and runs them one after the other. */

import assert from 'node:assert/strict';
import { isDeepStrictEqual } from 'node:util';

type TestFunction = (test: Assertions) => unknown;

const tests: { name: string; run: TestFunction }[] = [];
const skippedTests: { name: string; reason: string }[] = [];

/** A test that takes longer than this, in ms, hangs. */
const TEST_TIMEOUT = 180_000;

/** The assertions that the tests use; a failed one is noted and the test goes on, as in Meteor. */
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
    this.#check(() => assert.fail('did not throw an error as expected'));
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

export const Tinytest = {
  add(name: string, run: TestFunction): void {
    tests.push({ name, run });
  },
  addAsync(name: string, run: TestFunction): void {
    tests.push({ name, run });
  },
};

/**
 * Registers a test that cannot be run here, so that the report names it. Meteor's has no such thing: only for
 * tests that run on the stand-in alone.
 */
export function skipTest(name: string, reason: string): void {
  skippedTests.push({ name, reason });
}

/**
 * Runs the tests whose names contain `filter`. For the stand-in's `main`.
 *
 * @returns how many passed, failed and were skipped
 */
export async function runTests(filter = ''): Promise<{ passed: number; failed: number; skipped: number }> {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  for (const { name, run } of tests.filter((test) => test.name.includes(filter))) {
    const started = performance.now();
    const failures = await runOne(run);
    counts[failures.length === 0 ? 'passed' : 'failed'] += 1;
    console.log(
      `${failures.length === 0 ? 'ok  ' : 'FAIL'} ${name} (${Math.round(performance.now() - started)} ms)`,
    );
    for (const failure of failures) console.log(failure.stack ?? failure.message);
  }
  for (const { name, reason } of skippedTests.filter((test) => test.name.includes(filter))) {
    counts.skipped += 1;
    console.log(`skipped: ${name}: ${reason}`);
  }
  return counts;
}

async function runOne(run: TestFunction): Promise<Error[]> {
  const test = new Assertions();
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`did not finish within ${TEST_TIMEOUT} ms`)), TEST_TIMEOUT);
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
