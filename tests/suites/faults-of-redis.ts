/** Redis fails: it disconnects clients, freezes, is killed and started again. */

import { createClient } from 'redis';
import { eventually, pause } from '../support/eventually';
import { CANARY, NAMESPACE } from '../support/fault-site';
import { skipTest } from '../support/scope';
import { WRITTEN_WITHIN_MS } from '../support/timing';
import { isMixed, type Topology } from '../support/topologies';
import { addFaultTest, addSiteTest, type FaultTest } from './fault-test';
import { silencing } from './faults-of-network';

/** So many publishes of 64 KB between two looks, as Redis keeps 32 MB for a subscriber before it disconnects it. */
const PUBLISHED_AT_ONCE = 16;

export function addFaultsOfRedis(topology: Topology): void {
  const faultTest = (outcome: string, test: FaultTest) =>
    addFaultTest(topology, outcome, { ...test, isRepeated: true });

  faultTest('subscribers disconnected by Redis miss nothing', {
    inject: ({ site: { redis } }) => redis.command('CLIENT', 'KILL', 'TYPE', 'pubsub'),
    meanwhile: ({ site: { redis } }) => redis.command('CLIENT', 'KILL', 'TYPE', 'pubsub'),
  });
  faultTest('publishers and subscribers disconnected by Redis repeatedly miss nothing', {
    onlyMixed: true,
    inject: async ({ site: { redis }, hit, other, group }) => {
      const writing = Promise.all([group.write(hit.node), group.write(other.node)]);
      for (let round = 0; round < 5; round += 1) {
        await redis.command('CLIENT', 'KILL', 'TYPE', round % 2 === 0 ? 'normal' : 'pubsub');
      }
      await writing;
    },
  });
  faultTest('a frozen Redis is noticed, and the nodes converge when it continues', {
    onlyMixed: true,
    ...silencing(({ site: { redis } }) => redis.freeze()),
    heal: ({ site: { redis } }) => redis.thaw(),
  });

  for (const seconds of [0.1, 1, 30]) {
    const outcome = `nodes converge after Redis was killed and started again after ${seconds} s`;
    if (seconds > 1 && !process.env.CLUSTER_TEST_LONG) {
      if (isMixed(topology)) skipTest(`faults - ${outcome}`, 'takes long; set CLUSTER_TEST_LONG=1');
      continue;
    }
    faultTest(outcome, {
      onlyMixed: true,
      inject: ({ site: { redis } }) => redis.kill(),
      meanwhile: () => pause(seconds * 1000),
      heal: ({ site: { redis } }) => redis.restart(),
    });
  }

  addSiteTest(
    topology,
    'nothing that both nodes write while Redis is killed is missed',
    { onlyMixed: true },
    async ({ site: { redis }, hit, other, group }, test) => {
      const writing = [hit, other].map(async ({ node }) => {
        for (let round = 0; round < 10; round += 1) {
          const slowest = Math.round(await group.write(node));
          test.isTrue(slowest < WRITTEN_WITHIN_MS, `a write took ${slowest} ms`);
        }
      });
      await redis.kill();
      await redis.restart();
      await Promise.all(writing);
      await group.converged('after the restart');
      await group.replicates();
    },
  );

  addSiteTest(
    topology,
    'a subscriber disconnected by Redis as too slow misses nothing',
    { sides: 'one', onlyMixed: true },
    async ({ site: { redis }, hit, other, group, scope }, test) => {
      const socket = { host: '127.0.0.1', port: redis.port };
      const client = createClient({ RESP: 2, password: CANARY, socket });
      await scope.use(client.connect(), () => client.destroy());
      hit.node.process.kill('SIGSTOP');
      try {
        // The other node drops these as fast as they arrive.
        const receivers = () => client.publish(`cluster:${NAMESPACE}`, 'x'.repeat(64 * 1024));
        await eventually('Redis to disconnect the stopped node', async () => {
          const counts = await Promise.all(Array.from({ length: PUBLISHED_AT_ONCE }, receivers));
          return counts.at(-1) === 1;
        });
        test.isTrue((await group.write(other.node)) < WRITTEN_WITHIN_MS);
        await group.convergedOn(other.node, 'while the other node is stopped');
      } finally {
        hit.node.process.kill('SIGCONT');
      }
      await group.converged('when the stopped node continues');
      await group.replicates();
    },
  );
}
