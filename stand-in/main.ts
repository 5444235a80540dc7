/**
 * Boots one node: loads the files or applications' folders given as arguments, runs `Meteor.startup`, listens on
 * `PORT`.
 *
 * What `meteor run` is to an application. With the variable `TINYTEST` it is `meteor test-packages`: it runs the
 * tests that the files registered (those whose names contain `TINYTEST_FILTER`) and exits.
 */

import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { runStartupHooks } from './packages/meteor';
import { runTests } from './packages/tinytest';
import { WebApp } from './packages/webapp';

for (const path of process.argv.slice(2)) {
  if (statSync(path).isDirectory()) {
    // Not loaded for the tests' nodes: it brings esbuild along.
    const { loadApplication } = await import('./application');
    await loadApplication(resolve(path));
  } else {
    await import(pathToFileURL(resolve(path)).href);
  }
}
await runStartupHooks();

const port = Number(process.env.PORT ?? 0);
WebApp.httpServer.listen(port, '127.0.0.1');

if (process.env.TINYTEST) {
  const { passed, failed, skipped } = await runTests(process.env.TINYTEST_FILTER);
  console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
  process.exit(failed === 0 && passed + skipped > 0 ? 0 : 1);
}
