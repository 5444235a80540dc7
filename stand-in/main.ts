/**
 * Boots one node: loads the files given as arguments, runs `Meteor.startup`, listens on `PORT`.
 *
 * What `meteor run` is to an application. With the variable `TINYTEST` it is `meteor test-packages`: it runs the
 * tests that the files registered (those whose names contain `TINYTEST_FILTER`) and exits.
 */

import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { runStartupHooks } from './packages/meteor';
import { runTests } from './packages/tinytest';
import { WebApp } from './packages/webapp';

for (const file of process.argv.slice(2)) await import(pathToFileURL(resolve(file)).href);
await runStartupHooks();

const port = Number(process.env.PORT ?? 0);
WebApp.httpServer.listen(port, '127.0.0.1');

if (process.env.TINYTEST) {
  const { passed, failed } = await runTests(process.env.TINYTEST_FILTER);
  console.log(`${passed} passed, ${failed} failed`);
  process.exit(failed === 0 && passed > 0 ? 0 : 1);
}
