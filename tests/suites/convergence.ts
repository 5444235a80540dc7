/**
 * In the manner of Jepsen, several nodes write the same documents at once during faults. Afterwards every client's view on
 * every node is what the database holds.
 *
 * `CLUSTER_TEST_SEED` repeats a run. `npm run soak` does the same for longer.
 */

import { newSeed, Random } from '../../tools/random';
import { type ConvergenceOptions, ConvergenceRun } from '../support/convergence-run';
import { canProxyRedis } from '../support/default-redis';
import { addTest, skipTest } from '../support/scope';
import { CAPABILITIES, type Topology } from '../support/topologies';

interface Rounds {
  /** Rounds that are run every time because they have found a fault once: the seeds, and how many writes each attempts. */
  readonly known: readonly (readonly [seed: number, attempts: number])[];
  /** How many writes to attempt, in rounds with a seed each: that of the first one and those that follow it. */
  readonly writes: number;
  readonly writesPerRound: readonly number[];
}

/**
 * No round begins later, in ms: Tinytest ends a test after 180 s. With strategy `update` on Meteor, 250 writes took 178 s on two
 * cores with a load of 20, half a minute a round.
 */
const LAST_ROUND_MS = 120_000;

const ROUNDS: Rounds = { known: [], writes: 250, writesPerRound: [10, 20, 40, 100] };
const PARTITIONED_ROUNDS: Rounds = { known: [], writes: 120, writesPerRound: [20, 40] };

export function addConvergence(topology: Topology): void {
  const { name, strategies } = topology;
  add(`convergence (${name}) - every view is right when all faults are over`, { strategies }, ROUNDS);
  // Only incremental nodes skip changes.
  if (!strategies.some((strategy) => CAPABILITIES[strategy].isIncremental)) return;
  add(
    `convergence (${name}) - every view is right when each node has live queries of other documents`,
    { strategies, isPartitioned: true, hints: 'mixed', calm: 1 },
    PARTITIONED_ROUNDS,
  );
}

function add(name: string, options: ConvergenceOptions, { known, writes, writesPerRound }: Rounds): void {
  if (!canProxyRedis()) {
    skipTest(name, 'Redis is not on this machine');
    return;
  }
  addTest(name, async (_test, scope) => {
    const start = performance.now();
    const run = await scope.use(ConvergenceRun.start(options), (started) => started.stop());
    for (const [seed, attempts] of known) await convergesAfter(run, seed, attempts);
    const first = newSeed();
    console.log(`${name}: CLUSTER_TEST_SEED=${first}`);
    for (let [seed, done] = [first, 0]; done < writes; seed += 1) {
      const attempts = new Random(seed).pick(writesPerRound);
      await convergesAfter(run, seed, attempts);
      done += attempts;
      if (performance.now() - start < LAST_ROUND_MS) continue;
      console.log(`${name}: this machine is busy, so it ends after ${done} of ${writes} writes`);
      break;
    }
  });
}

async function convergesAfter(run: ConvergenceRun, seed: number, attempts: number): Promise<void> {
  const { differences } = await run.round(seed, attempts);
  if (differences.length > 0) {
    throw new Error(`after the round of seed ${seed} with ${attempts} writes:\n${differences.join('\n')}`);
  }
}
