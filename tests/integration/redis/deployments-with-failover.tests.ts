/** Cluster with a Redis that fails over or is sharded: Sentinel, and Redis Cluster with both kinds of pub/sub. */

import { freePort } from '../../../tools/free-port';
import { eventually } from '../../support/eventually';
import { CANARY } from '../../support/fault-site';
import { addTest, type Scope } from '../../support/scope';
import { CALM, WRITTEN_WITHIN_MS } from '../../support/timing';
import { WatchedGroup } from '../../support/watched-group';

const REDIS = ['redis-server'];

/** A master, a replica, and three Sentinels that know both and each other. */
async function startSentinels(scope: Scope) {
  const password = [`requirepass ${CANARY}`, `masterauth ${CANARY}`];
  const master = await scope.startRedis({ config: password, password: CANARY });
  const replica = await scope.startRedis({
    config: [...password, `replicaof 127.0.0.1 ${master.port}`, 'repl-diskless-sync-delay 0'],
    password: CANARY,
  });
  const config = [
    `sentinel monitor main 127.0.0.1 ${master.port} 2`,
    `sentinel auth-pass main ${CANARY}`,
    'sentinel down-after-milliseconds main 500',
    'sentinel failover-timeout main 2000',
  ];
  const sentinels = await Promise.all(
    [1, 2, 3].map(() => scope.startRedis({ program: 'redis-sentinel', config })),
  );
  return { master, replica, sentinels };
}

addTest(
  'deployments - with Sentinel, a failover misses nothing',
  async (test, scope) => {
    const { master, replica, sentinels } = await startSentinels(scope);
    const ports = sentinels.map(({ port }) => port);
    const options = {
      cluster: { namespace: 'sentinel', ...CALM },
      clients: { kind: 'sentinel', ports, password: CANARY },
    } as const;
    const [a, b] = await scope.startNodes(options, options);
    const group = await WatchedGroup.open(scope, a, b);
    await group.replicates();
    for (const sentinel of sentinels) {
      await eventually('the Sentinels to know the replica and each other', async () => {
        const known = JSON.stringify(await sentinel.command('SENTINEL', 'MASTER', 'main'));
        return /"num-slaves","1","num-other-sentinels","2"/.test(known);
      });
    }
    await master.kill();
    test.isTrue((await group.write(a, b)) < WRITTEN_WITHIN_MS);
    // Sentinel closes the connections to the server that it makes the master, this one perhaps among them.
    await eventually('the replica to become the master', async () => {
      const role = await replica.command('ROLE').catch(() => 'unknown');
      return String(role).startsWith('master');
    });
    test.isTrue((await group.write(a, b)) < WRITTEN_WITHIN_MS);
    await group.converged('after the failover', 30_000);
    await group.replicates();
  },
  [...REDIS, 'redis-sentinel'],
);

/** A Redis Cluster of one node. */
async function startRedisCluster(scope: Scope) {
  const redis = await scope.startRedis({
    config: [
      'cluster-enabled yes',
      `cluster-port ${await freePort()}`,
      'cluster-announce-ip 127.0.0.1',
      `requirepass ${CANARY}`,
    ],
    password: CANARY,
  });
  await redis.command('CLUSTER', 'ADDSLOTSRANGE', '0', '16383');
  const isUp = () =>
    eventually('the Redis Cluster to be up', async () =>
      /cluster_state:ok/.test(String(await redis.command('CLUSTER', 'INFO'))),
    );
  await isUp();
  return { redis, isUp };
}

for (const sharded of [true, false]) {
  const kind = sharded ? 'sharded' : 'plain';
  addTest(
    `deployments - with Redis Cluster and ${kind} pub/sub, a restart misses nothing`,
    async (test, scope) => {
      const { redis, isUp } = await startRedisCluster(scope);
      const options = {
        cluster: { namespace: 'slots', sharded, ...CALM },
        clients: { kind: 'cluster', ports: [redis.port], password: CANARY },
      } as const;
      const [a, b] = await scope.startNodes(options, options);
      const group = await WatchedGroup.open(scope, a, b);
      await group.replicates();
      const channels = await redis.command('PUBSUB', sharded ? 'SHARDCHANNELS' : 'CHANNELS');
      test.equal(channels, ['cluster:slots']);
      await redis.kill();
      test.isTrue((await group.write(a, b)) < WRITTEN_WITHIN_MS);
      await redis.restart();
      await isUp();
      await group.converged('after the restart');
      await group.replicates();
    },
    REDIS,
  );
}
