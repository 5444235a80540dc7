/**
 * Starts one node: loads the files and application folders given as arguments, runs the `Meteor.startup` hooks, and
 * listens on `PORT`.
 *
 * Run as a program by the files in `tools/` and `tests/support/`, in the place of `meteor run`. With the variable
 * `TINYTEST` it replaces `meteor test-packages`: it runs the registered tests whose names contain `TINYTEST_FILTER`,
 * and exits. `CLUSTER_TEST_EXPECTED_SKIPS` makes such a run fail when a test is skipped unexpectedly.
 */

import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { runStartupHooks } from './packages/meteor';
import { runTests } from './packages/tinytest';
import { WebApp } from './packages/webapp';
import { describeSkips, findUnexpectedSkips } from './skipped-tests';

for (const path of process.argv.slice(2)) {
  if (statSync(path).isDirectory()) {
    // Imported on demand, as it loads esbuild, which the nodes of the tests do not need.
    const { loadApplication } = await import('./application');
    await loadApplication(resolve(path));
  } else {
    await import(pathToFileURL(resolve(path)).href);
  }
}
await runStartupHooks();

const port = Number(process.env.PORT ?? 0);
WebApp.httpServer.listen(port, '127.0.0.1');

if (process.env.TINYTEST) process.exit(await runAndReport());

/** Runs the tests and logs a summary, whose last line has the counts. @returns the exit code */
async function runAndReport(): Promise<0 | 1> {
  const { passed, failed, skipped } = await runTests(process.env.TINYTEST_FILTER);
  const unexpected = findUnexpectedSkips(skipped, process.env.CLUSTER_TEST_EXPECTED_SKIPS);
  for (const line of describeSkips(skipped)) console.log(line);
  for (const { name, reason } of unexpected) {
    console.log(
      `FAIL skipped unexpectedly: ${name} (${reason}). Install what it needs, or add a word of its reason or name ` +
        'to CLUSTER_TEST_EXPECTED_SKIPS',
    );
  }
  const skips = skipped.length > 0 ? `, ${skipped.length} skipped` : '';
  console.log(`${passed} passed, ${failed} failed${skips}`);
  const isGood = failed === 0 && unexpected.length === 0 && passed + skipped.length > 0;
  return isGood ? 0 : 1;
}
