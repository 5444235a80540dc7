/**
 * Bundles the tests with the sources that Stryker has instrumented into one program.
 *
 * Stryker runs it in its copy of the repository. A process that runs tests then loads one file, and needs no compiler.
 */

import { readdir } from 'node:fs/promises';
import { build } from 'esbuild';
import { STAND_IN_BUNDLE } from '../../tools/stand-in-bundle';
import { BUNDLE } from './tinytest-runner';

const UNIT_TESTS = 'tests/unit';

/**
 * Each run takes seconds, for every mutant that no faster test notices. So a mutant that only these notice counts as survived.
 */
const SLOW = ['simulation.tests.ts', 'interleavings.tests.ts'];

const names = (await readdir(UNIT_TESTS, { recursive: true })).filter(
  (name) => name.endsWith('.tests.ts') && !SLOW.some((each) => name.endsWith(each)),
);
await build({
  ...STAND_IN_BUNDLE,
  stdin: {
    contents: [
      ...names.map((name) => `import './${UNIT_TESTS}/${name}';`),
      `export { registeredTests, runTest } from './stand-in/packages/tinytest';`,
    ].join('\n'),
    resolveDir: process.cwd(),
  },
  outfile: BUNDLE,
});
