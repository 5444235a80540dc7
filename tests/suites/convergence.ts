/**
 * In the manner of Jepsen: several nodes write the same documents at once during faults; afterwards every client's view on
 * every node is what the database holds.
 *
 * `CLUSTER_TEST_SEED` repeats a run. `npm run soak` does the same for longer.
 */

import { ConvergenceRun } from '../support/convergence-run';
import { canProxyRedis } from '../support/default-redis';
import { newSeed, Random } from '../support/random';
import { addTest, skipTest } from '../support/scope';
import type { Topology } from '../support/topologies';

/** Rounds that are run every time because they have found a fault once: the seeds, and how many writes each attempts. */
const KNOWN: readonly (readonly [seed: number, attempts: number])[] = [];
/** How many writes to attempt, in rounds with a seed each: that of the first one and those that follow it. */
const WRITES = 250;
const WRITES_PER_ROUND = [10, 20, 40, 100];

export function addConvergence(topology: Topology): void {
  const name = `convergence (${topology.name}) - every view is right when all faults are over`;
  if (!canProxyRedis()) {
    skipTest(name, 'Redis is not on this machine');
    return;
  }
  addTest(name, async (_test, scope) => {
    const { strategies } = topology;
    const run = await scope.use(ConvergenceRun.start({ strategies }), (started) => started.stop());
    for (const [seed, attempts] of KNOWN) await convergesAfter(run, seed, attempts);
    const first = newSeed();
    console.log(`convergence (${topology.name}): CLUSTER_TEST_SEED=${first}`);
    for (let [seed, done] = [first, 0]; done < WRITES; seed += 1) {
      const attempts = new Random(seed).pick(WRITES_PER_ROUND);
      await convergesAfter(run, seed, attempts);
      done += attempts;
    }
  });
}

async function convergesAfter(run: ConvergenceRun, seed: number, attempts: number): Promise<void> {
  const { differences } = await run.round(seed, attempts);
  if (differences.length > 0) {
    throw new Error(`after the round of seed ${seed} with ${attempts} writes:\n${differences.join('\n')}`);
  }
}
