/**
 * `npm run soak`: the convergence test for as long as it takes to make many writes, then a summary.
 *
 * `npm run soak -- --writes 100000 --nodes 4 --strategy oplog --seed 1`; these are the defaults, but for the seed,
 * which is any. The exit code is 0 when every view of every checkpoint was what the database held.
 */

import { parseArgs } from 'node:util';
import { runOnStandIn } from './run-on-stand-in';

const { values } = parseArgs({
  options: {
    writes: { type: 'string', default: '100000' },
    nodes: { type: 'string', default: '4' },
    strategy: { type: 'string', default: 'oplog' },
    seed: { type: 'string' },
  },
});

await runOnStandIn(['tests/support/soak.ts'], {
  SOAK_WRITES: values.writes,
  SOAK_NODES: values.nodes,
  SOAK_STRATEGY: values.strategy,
  ...(values.seed && { CLUSTER_TEST_SEED: values.seed }),
});
