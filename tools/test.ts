/**
 * `npm test`: finds or starts Redis and a database, then runs the Tinytest files on the stand-in for Meteor.
 *
 * `npm test -- WORDS` runs the tests whose names contain these words. The exit code is that of the tests.
 */

import { runOnStandIn } from './run-on-stand-in';

const FILES = ['tests/index.ts', 'tests/stand-in-only.ts', 'tests/browser/chat.tests.ts'];

await runOnStandIn(FILES, { TINYTEST: '1', TINYTEST_FILTER: process.argv.slice(2).join(' ') });
