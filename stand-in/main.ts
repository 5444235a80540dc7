/**
 * Starts one node: loads the files and application folders given as arguments, runs the `Meteor.startup` hooks, and
 * listens on `PORT`.
 *
 * Run as a program by the files in `tools/` and `tests/support/`, in the place of `meteor run`. With the variable
 * `TINYTEST` it replaces `meteor test-packages`: it runs the registered tests, and exits. `test-run.ts` has the variables.
 */

import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { runStartupHooks } from './packages/meteor';
import { WebApp } from './packages/webapp';
import { runAndReport } from './test-run';

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

if (process.env.TINYTEST) process.exit(await runAndReport(process.env));
