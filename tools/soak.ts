/**
 * `npm run soak`: the convergence test for as long as it takes to make many writes, then a summary.
 *
 * `npm run soak -- --writes 100000 --nodes 4 --strategy oplog --seed 1`; these are the defaults, but for the seed,
 * which is any. The exit code is 0 when every view of every checkpoint was what the database held.
 */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { startServices } from './services';

const { values } = parseArgs({
  options: {
    writes: { type: 'string', default: '100000' },
    nodes: { type: 'string', default: '4' },
    strategy: { type: 'string', default: 'oplog' },
    seed: { type: 'string' },
  },
});

const services = await startServices({ log: console.log });
const soak = spawn(process.execPath, [...process.execArgv, 'stand-in/main.ts', 'tests/support/soak.ts'], {
  env: {
    ...process.env,
    TSX_TSCONFIG_PATH: 'stand-in/tsconfig.json',
    CLUSTER_URL: services.redisUrl,
    MONGO_URL: services.mongoUrl,
    SOAK_WRITES: values.writes,
    SOAK_NODES: values.nodes,
    SOAK_STRATEGY: values.strategy,
    ...(values.seed && { CLUSTER_TEST_SEED: values.seed }),
  },
  stdio: ['ignore', 'inherit', 'inherit'],
});
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => soak.kill(signal));
const [code] = await once(soak, 'exit');
await services.stop();
process.exit(typeof code === 'number' ? code : 1);
