/**
 * A run of the registered tests, in this process alone or shared with others. Called by `main.ts`.
 *
 * | variable | meaning |
 * |---|---|
 * | `TINYTEST_FILTER` | runs the tests whose names contain each line of this text |
 * | `TINYTEST_SHARE` | the folder of several processes that share a run: see `shared-run.ts` |
 * | `CLUSTER_TEST_EXPECTED_SKIPS` | makes the run fail when a test is skipped unexpectedly |
 *
 * A process that shares a run sends its outcomes to its parent, which prints them and the summary.
 */

import { type RunResult, runTests } from './packages/tinytest';
import { claiming, inOrder } from './shared-run';
import { describeSkips, findUnexpectedSkips } from './skipped-tests';

/** The messages that a process that shares a run sends to its parent. */
export type RunMessage =
  | { readonly kind: 'outcome'; readonly text: string }
  | { readonly kind: 'result'; readonly result: RunResult };

/** Runs the tests. @returns the exit code */
export async function runAndReport(env: NodeJS.ProcessEnv): Promise<0 | 1> {
  const { TINYTEST_FILTER = '', TINYTEST_SHARE: share } = env;
  const words = TINYTEST_FILTER.split('\n');
  if (share === undefined) {
    const result = await runTests({ words, next: inOrder(), onOutcome: console.log });
    return report(result, env.CLUSTER_TEST_EXPECTED_SKIPS);
  }
  const result = await runTests({
    words,
    next: claiming(share),
    onOutcome: (text) => send({ kind: 'outcome', text }),
  });
  await send({ kind: 'result', result });
  return result.failed === 0 ? 0 : 1;
}

/** Logs a summary, whose last line has the counts. @returns the exit code */
export function report({ passed, failed, skipped }: RunResult, expectedSkips: string | undefined): 0 | 1 {
  const unexpected = findUnexpectedSkips(skipped, expectedSkips);
  for (const line of describeSkips(skipped)) console.log(line);
  for (const { name, reason } of unexpected) {
    console.log(
      `FAIL skipped unexpectedly: ${name} (${reason}). Install what it needs, or add a word of its reason or name ` +
        'to CLUSTER_TEST_EXPECTED_SKIPS',
    );
  }
  if (passed + failed + skipped.length === 0)
    console.log('No test has a name that contains all of these words');
  console.log(counts({ passed, failed, skipped }));
  return failed === 0 && unexpected.length === 0 && passed + skipped.length > 0 ? 0 : 1;
}

/** Returns the last line of a summary. */
export function counts({ passed, failed, skipped }: RunResult): string {
  const skips = skipped.length > 0 ? `, ${skipped.length} skipped` : '';
  return `${passed} passed, ${failed} failed${skips}`;
}

function send(message: RunMessage): Promise<void> {
  return new Promise((resolve) => {
    if (!process.send) throw new Error('TINYTEST_SHARE needs a parent process that listens');
    process.send(message, () => resolve());
  });
}
