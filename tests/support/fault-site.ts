/**
 * Two nodes of a topology, each behind a proxy of its own, and a Redis of their own, for tests that break all these.
 *
 * The suites of faults share one site per topology, as starting one takes longer than most faults.
 */

import { connected, type TestNode } from './nodes';
import { PerTopology } from './per-topology';
import { FaultyProxy } from './proxy';
import type { RedisServer } from './redis-server';
import { TIMING } from './timing';
import { isMixed, type Topology } from './topologies';

/** No node may ever log it. */
export const CANARY = 'canary-4711-password';
export const NAMESPACE = 'faults';
/** The site's Redis disconnects a subscriber that is this far behind. */
const OUTPUT_BUFFER_LIMIT = 'client-output-buffer-limit pubsub 256kb 0 0';

export interface Side {
  readonly node: TestNode;
  /** Between the node and Redis. */
  readonly proxy: FaultyProxy;
}

export interface FaultSite {
  readonly redis: RedisServer;
  readonly sides: readonly [Side, Side];
}

const shared = new PerTopology(async (topology, scope): Promise<FaultSite> => {
  const config = [`requirepass ${CANARY}`, OUTPUT_BUFFER_LIMIT];
  const redis = await scope.startRedis({ password: CANARY, config });
  const startSide = async (strategy: Topology['strategies'][0]): Promise<Side> => {
    const proxy = await scope.use(FaultyProxy.start(redis.port), (started) => started.close());
    const cluster = { ...siteOptions({ redis }), port: proxy.port, strategy };
    return { proxy, node: await scope.startNode({ cluster }) };
  };
  const [strategyOfA, strategyOfB] = topology.strategies;
  const sides = await Promise.all([startSide(strategyOfA), startSide(strategyOfB)]);
  await connected(sides.map(({ node }) => node));
  return { redis, sides };
});

/** Returns the site of a topology. */
export function faultSite(topology: Topology): Promise<FaultSite> {
  return shared.get(topology);
}

/** Returns which sides a fault on one side is injected into: in a mixed topology each strategy's in turn. */
export function hitSides(topology: Topology): readonly (0 | 1)[] {
  return isMixed(topology) ? [0, 1] : [1];
}

/** Returns the options of a further node at the site, without a proxy. */
export function siteOptions({ redis }: Pick<FaultSite, 'redis'>) {
  return { port: redis.port, password: CANARY, namespace: NAMESPACE, ...TIMING };
}
