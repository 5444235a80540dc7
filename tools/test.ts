/**
 * `npm test`: finds or starts Redis and a database, then runs the Tinytest files on the stand-in for Meteor.
 *
 * `npm test -- WORDS` runs the tests whose names contain these words. The exit code is that of the tests.
 */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { startServices } from './services';

const FILES = ['tests/index.ts', 'tests/stand-in-only.ts', 'tests/browser/chat.tests.ts'];

const services = await startServices({ log: console.log });
const tests = spawn(process.execPath, [...process.execArgv, 'stand-in/main.ts', ...FILES], {
  env: {
    ...process.env,
    TSX_TSCONFIG_PATH: 'stand-in/tsconfig.json',
    CLUSTER_URL: services.redisUrl,
    MONGO_URL: services.mongoUrl,
    TINYTEST: '1',
    TINYTEST_FILTER: process.argv.slice(2).join(' '),
  },
  stdio: ['ignore', 'inherit', 'inherit'],
});
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => tests.kill(signal));
const [code] = await once(tests, 'exit');
await services.stop();
process.exit(typeof code === 'number' ? code : 1);
