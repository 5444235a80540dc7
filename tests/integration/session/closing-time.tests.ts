/** How long `close()` takes with a Redis that never answers. */

import { QUIET } from '../../../tools/quiet-logger';
import { canProxyRedis, proxyRedis } from '../../support/default-redis';
import { newGroup } from '../../support/groups';
import { newCluster, newItems } from '../../support/own-clusters';
import type { Fault } from '../../support/proxy';
import { addTest, type Scope, skipTest } from '../../support/scope';

/** As the docstring of `close()` says, in ms. */
const LIMIT_MS = 1500;
/** Timers fire late on a busy machine: three processes of the tests share two processors. In ms. */
const LATE_MS = 300;
/** No connection may look dead to the node before `close()` is over. */
const PATIENT = { heartbeatTimeout: 60_000, logger: QUIET };
const SILENT: Fault = { blocksOutgoing: true, blocksIncoming: true };

/** A node whose Redis can fall silent. */
async function startBehindProxy(scope: Scope, fault: Fault = {}) {
  const { proxy, url } = await scope.use(proxyRedis(), (proxied) => proxied.proxy.close());
  proxy.inject(fault);
  const cluster = newCluster(scope);
  const items = newItems();
  cluster.sync(items);
  const isConnected = await cluster.init({ ...PATIENT, url, namespace: newGroup(), timeout: 500 });
  return { cluster, items, proxy, isConnected };
}

/** Returns how long a promise takes, in ms. */
async function durationOf(run: () => Promise<void>): Promise<number> {
  const start = performance.now();
  await run();
  return performance.now() - start;
}

function addTests(): void {
  addTest('closing - with a Redis that stops to answer, close() is over in time', async (test, scope) => {
    const { cluster, items, proxy, isConnected } = await startBehindProxy(scope);
    test.isTrue(isConnected);
    proxy.inject(SILENT);
    const group = newGroup();
    await items.insertAsync({ _id: group, group, n: 0 });
    test.equal(cluster.metrics().gauges.pending, 1);
    const ms = await durationOf(() => cluster.close());
    test.isTrue(cluster.status().strategy === null, 'the session is over');
    test.isTrue(ms > 900, `it waits for Redis, as it looks connected: ${ms} ms`);
    test.isTrue(ms < LIMIT_MS + LATE_MS, `${ms} ms`);
  });

  addTest(
    'closing - while the application goes on writing, close() is over in time too',
    async (test, scope) => {
      const { cluster, items, proxy } = await startBehindProxy(scope);
      proxy.inject(SILENT);
      const group = newGroup();
      let isOver = false;
      const closed = durationOf(() => cluster.close()).finally(() => {
        isOver = true;
      });
      for (let n = 0; !isOver; n += 1) await items.insertAsync({ _id: `${group}-${n}`, group, n });
      const ms = await closed;
      test.isTrue(ms < LIMIT_MS + LATE_MS, `${ms} ms`);
    },
  );

  addTest(
    'closing - with a Redis that has never answered, close() waits for nothing',
    async (test, scope) => {
      const { cluster, items, isConnected } = await startBehindProxy(scope, { swallow: true });
      test.isFalse(isConnected);
      const group = newGroup();
      await items.insertAsync({ _id: group, group, n: 0 });
      const ms = await durationOf(() => cluster.close());
      test.isTrue(ms < LATE_MS, `${ms} ms`);
    },
  );
}

if (canProxyRedis()) addTests();
else
  skipTest('closing - close() is over in time', 'CLUSTER_URL must be a Redis on this machine, without TLS');
