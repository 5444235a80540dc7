/**
 * `npm test [-- WORDS]`: runs the Tinytest files on the stand-in for Meteor, with a Redis and a database.
 *
 * With words, only the tests whose names contain them run. The exit code is that of the tests.
 */

import { commandLine } from '../tools/command-line';
import { runOnStandIn } from '../tools/run-on-stand-in';

const FILES = [
  'tests/index.ts',
  'tests/stand-in-only.ts',
  'tests/browser/chat.tests.ts',
  'tests/browser/status.tests.ts',
];

const { args: words } = commandLine('npm test', 'Runs the tests.')
  .argument('[words...]', 'run only the tests whose names contain these words')
  .parse();

await runOnStandIn(FILES, { TINYTEST: '1', TINYTEST_FILTER: words.join(' ') });
