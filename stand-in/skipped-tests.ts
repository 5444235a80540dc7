/**
 * The report on skipped tests: grouped by reason, and those that were not expected.
 *
 * Called by `main.ts` after a run. Touches nothing.
 */

export interface SkippedTest {
  readonly name: string;
  readonly reason: string;
}

/** Returns one line for each reason, with the names of its tests. */
export function describeSkips(skipped: readonly SkippedTest[]): string[] {
  const namesByReason = new Map<string, string[]>();
  for (const { name, reason } of skipped) {
    namesByReason.set(reason, [...(namesByReason.get(reason) ?? []), name]);
  }
  return [...namesByReason].map(
    ([reason, names]) => `skipped ${names.length} (${reason}): ${names.join('; ')}`,
  );
}

/**
 * Returns the skipped tests whose reason and name contain none of the expected words.
 *
 * @param expected the words, separated by commas; empty when no test may be skipped, `undefined` when every test may be
 */
export function findUnexpectedSkips(
  skipped: readonly SkippedTest[],
  expected: string | undefined,
): SkippedTest[] {
  if (expected === undefined) return [];
  const words = expected
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '');
  return skipped.filter(
    ({ name, reason }) => !words.some((word) => reason.includes(word) || name.includes(word)),
  );
}
