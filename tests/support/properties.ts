/**
 * Tests of properties: what holds for every input, tried with random ones.
 *
 * A failure shows fast-check's seed; `CLUSTER_TEST_SEED` repeats that run. Stand-in only, as fast-check is no dependency of
 * the package.
 */

import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { Tinytest } from 'meteor/tinytest';
import { newSeed } from '../../tools/random';
import { plain } from './plain';

const seed = newSeed();
const DEFAULT_RUNS = 300;

/**
 * Registers a test that a function does not throw, whatever the values.
 *
 * @param runs how many examples to try
 */
export function holds<Values extends unknown[]>(
  name: string,
  arbitraries: { [Index in keyof Values]: fc.Arbitrary<Values[Index]> },
  run: (...values: Values) => void,
  runs = DEFAULT_RUNS,
): void {
  Tinytest.add(name, () => {
    fc.assert(fc.property(...(arbitraries as [fc.Arbitrary<unknown>]), run as never), {
      seed,
      numRuns: runs,
      includeErrorInReport: true,
    });
  });
}

export function expect(condition: boolean, what: string): void {
  if (!condition) throw new Error(what);
}

/** Throws unless two values are equal, maps included. */
export function expectSame(actual: unknown, expected: unknown): void {
  const [got, wanted] = [plain(actual), plain(expected)];
  expect(isDeepStrictEqual(got, wanted), `got ${JSON.stringify(got)}, not ${JSON.stringify(wanted)}`);
}
