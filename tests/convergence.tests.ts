/**
 * In the manner of Jepsen: several nodes write the same documents at once while things go wrong between them; when all
 * is well again, every client's view on every node is what the database holds.
 *
 * `CLUSTER_TEST_SEED` has a run again. `npm run soak` does the same for longer.
 */

import type { StrategyName } from 'meteor/cluster';
import { Tinytest } from 'meteor/tinytest';
import { ConvergenceRun } from './support/convergence-run';
import { canProxyRedis } from './support/fleet';
import './support/node-app';
import { newSeed, Random } from './support/random';
import { skip } from './support/skip';

const STRATEGIES: readonly StrategyName[] = ['update', 'oplog'];
/** Rounds that are run every time, those that have found something wrong: their seeds, and how many writes each attempts. */
const KNOWN: readonly (readonly [seed: number, attempts: number])[] = [];
const NODES = 3;
/** How many writes to attempt, in rounds of a seed each: the first one's and those that follow it. */
const WRITES = 400;
const WRITES_PER_ROUND = [10, 20, 40, 100];

for (const strategy of STRATEGIES) {
  const name = `convergence by ${strategy} - every view is right when all faults are over`;
  if (canProxyRedis()) Tinytest.addAsync(name, () => converges(strategy));
  else skip(name, 'Redis is not on this machine');
}

async function converges(strategy: StrategyName): Promise<void> {
  const run = await ConvergenceRun.start({ nodes: NODES, strategy });
  try {
    for (const [seed, attempts] of KNOWN) await convergesAfter(run, seed, attempts);
    const first = newSeed();
    console.log(`convergence: CLUSTER_TEST_SEED=${first}`);
    for (let [seed, done] = [first, 0]; done < WRITES; seed += 1) {
      const attempts = new Random(seed).pick(WRITES_PER_ROUND);
      await convergesAfter(run, seed, attempts);
      done += attempts;
    }
  } finally {
    await run.stop();
  }
}

async function convergesAfter(run: ConvergenceRun, seed: number, attempts: number): Promise<void> {
  const { differences } = await run.round(seed, attempts);
  if (differences.length > 0) {
    throw new Error(`after the round of seed ${seed} with ${attempts} writes:\n${differences.join('\n')}`);
  }
}
