/** What `Cluster.healthy()` says while a node starts, serves and stops, with real Redis servers. */

import { freePort } from '../../../tools/free-port';
import { QUIET } from '../../../tools/quiet-logger';
import { eventually } from '../../support/eventually';
import { newGroup } from '../../support/groups';
import { newCluster } from '../../support/own-clusters';
import { addTest } from '../../support/scope';

addTest('healthy - a node is healthy once it is connected, or timeout is over', async (test, scope) => {
  const cluster = newCluster(scope);
  test.equal(cluster.healthy(), false);
  const started = cluster.init({ port: await freePort(), timeout: 200, logger: QUIET });
  test.equal(cluster.healthy(), false);
  await started;
  test.equal(cluster.healthy(), true);
  await cluster.close();
  test.equal(cluster.healthy(), false);
  await cluster.init({ namespace: newGroup(), logger: QUIET });
  test.equal(cluster.healthy(), true);
});

addTest(
  'healthy - a node stays healthy while Redis is away, and is not healthy from the call of close() on',
  async (test, scope) => {
    const redis = await scope.startRedis();
    const cluster = newCluster(scope);
    await cluster.init({ port: redis.port, logger: QUIET });
    test.equal(cluster.healthy(), true);
    await redis.kill();
    await eventually('the disconnect', () => !cluster.status().connected);
    test.equal(cluster.healthy(), true);
    const closed = cluster.close();
    test.equal(cluster.healthy(), false);
    await closed;
    test.equal(cluster.healthy(), false);
  },
  ['redis-server'],
);

addTest('healthy - a node that is alone is healthy from init to close', async (test, scope) => {
  const cluster = newCluster(scope);
  await cluster.init({ url: 'none', logger: QUIET });
  test.equal(cluster.healthy(), true);
  await cluster.close();
  test.equal(cluster.healthy(), false);
});
