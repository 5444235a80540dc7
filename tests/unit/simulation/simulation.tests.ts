/** The session of the package on many nodes in one process, on virtual time: nothing is lost, and restarts cost nothing. */

import { Tinytest } from 'meteor/tinytest';
import type { ClusterShape } from '../../../simulation/cluster';
import { runRandomScenario } from '../../../simulation/random-scenario';
import { runRestartScenario } from '../../../simulation/restart-scenario';

const WORKLOAD = { documents: 3000, groups: 8, shownGroups: 4 };
const SHAPE: ClusterShape = { nodes: 6, collections: 3, workload: WORKLOAD };
const SECRET = 'the secret of a simulation';
/** `npm run simulate` has others. */
const SEED = Number(process.env.CLUSTER_TEST_SEED || 1);

for (const [title, shape] of [
  ['few nodes', { ...SHAPE, nodes: 3, collections: 1 }],
  ['a secret', { ...SHAPE, config: { secret: SECRET } }],
  [
    'more collections than a heartbeat counts',
    { ...SHAPE, collections: 40, workload: { ...WORKLOAD, documents: 300 } },
  ],
] as const) {
  Tinytest.addAsync(`simulation - with ${title}, nodes show every change after faults`, async (test) => {
    const { lost, unsettled, writes, faults } = await runRandomScenario({ seed: SEED, writes: 6000, shape });
    test.equal([lost, unsettled], [[], []], `seed ${SEED}`);
    test.isTrue(writes >= 6000 && faults.size > 0);
  });
}

Tinytest.addAsync('simulation - with the same seed, the same happens', async (test) => {
  const run = (seed: number) => runRandomScenario({ seed, writes: 1000, shape: SHAPE });
  const [first, second, other] = [await run(1), await run(1), await run(2)];
  test.equal(second, first);
  test.isTrue(first.fingerprint !== other.fingerprint);
});

Tinytest.addAsync('simulation - live queries that are fed equal the database after faults', async (test) => {
  const shape: ClusterShape = { nodes: 3, collections: 3, workload: 'live queries' };
  const { lost, unsettled, writes } = await runRandomScenario({ seed: SEED, writes: 1200, shape });
  test.equal([lost, unsettled], [[], []], `seed ${SEED}`);
  test.isTrue(writes >= 1200);
});

Tinytest.addAsync('simulation - nodes that do not resync are found out', async (test) => {
  const shape = { ...SHAPE, workload: { ...WORKLOAD, ignoresResyncs: true } };
  const { lost } = await runRandomScenario({ seed: 1, writes: 1000, shape });
  test.isTrue(lost.length > 0);
});

Tinytest.addAsync(
  'simulation - a rolling restart makes no other node run a live query again, and one that joins once',
  async (test) => {
    const shape = { ...SHAPE, nodes: 20 };
    const result = await runRestartScenario({ seed: 1, shape, ending: 'leave', restarts: 20 });
    test.equal(result, { resyncsPerCollection: 0, requeries: 0, resyncsOfJoined: 1 });
  },
);

Tinytest.addAsync('simulation - after a crash each node resyncs each collection once', async (test) => {
  const shape = { ...SHAPE, nodes: 20 };
  const result = await runRestartScenario({ seed: 1, shape, ending: 'kill', restarts: 2 });
  test.equal(result.resyncsPerCollection, 1);
});
