/**
 * `npm run soak`: runs the convergence test until many writes have been made, and prints a summary.
 *
 * The exit code is 0 when every view at every checkpoint equalled the database.
 */

import { commandLine, oneOf, wholeNumber } from '../tools/command-line';
import { runOnStandIn } from '../tools/run-on-stand-in';

/** Of the test's generator of random numbers. */
const MAX_SEED = 2 ** 31 - 1;

const options = commandLine('npm run soak', 'Makes random writes under faults, and compares all views.')
  .option('--writes <number>', 'how many writes to make', wholeNumber(1, 1e9), 100_000)
  .option('--nodes <number>', 'the number of nodes', wholeNumber(2, 32), 4)
  .option(
    '--strategy <name>',
    'the strategy of the nodes, or both in one cluster',
    oneOf(['feed', 'update', 'mixed']),
    'feed',
  )
  .option(
    '--queries <name>',
    'the live queries of the nodes: the same on all, or partitioned, each node those of its own groups',
    oneOf(['same', 'partitioned']),
    'same',
  )
  .option(
    '--hints <name>',
    'the option hints of the nodes; mixed: on every second node',
    oneOf(['on', 'off', 'mixed']),
    'on',
  )
  .option('--seed <number>', 'repeats the choices of an earlier run', wholeNumber(0, MAX_SEED))
  .parse()
  .opts();

await runOnStandIn(['tests/support/soak.ts'], {
  SOAK_WRITES: String(options.writes),
  SOAK_NODES: String(options.nodes),
  SOAK_STRATEGY: options.strategy,
  SOAK_QUERIES: options.queries,
  SOAK_HINTS: options.hints,
  ...(options.seed !== undefined && { CLUSTER_TEST_SEED: String(options.seed) }),
});
