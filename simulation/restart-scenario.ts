/**
 * Nodes that leave, join or are killed while nothing is written: what that costs the others, and those that join.
 *
 * Called by `scripts/simulate.ts` and by the tests.
 */

import { type ClusterShape, SimulatedCluster } from './cluster';
import { VirtualTime } from './virtual-time';

export interface RestartScenario {
  readonly seed: number;
  readonly shape: ClusterShape;
  /** How a node ends, before a new one starts in its place. */
  readonly ending: 'leave' | 'kill';
  /** How many nodes are restarted, one after the other. */
  readonly restarts: number;
}

export interface RestartResult {
  /** How often each node that stayed has resynced each collection, per restart. */
  readonly resyncsPerCollection: number;
  /** Live queries that ran again on the nodes that stayed. */
  readonly requeries: number;
  /** The most resyncs of each collection on a node that has joined. */
  readonly resyncsOfJoined: number;
}

/** How long nodes need to know each other, and to resync because one was killed, in ms. */
const SETTLED_MS = 30_000;
/** How long a node is away, and how long its peers are observed after it is back, in ms. */
const AWAY_MS = { leave: 5000, kill: SETTLED_MS } as const;

export function runRestartScenario({
  seed,
  shape,
  ending,
  restarts,
}: RestartScenario): Promise<RestartResult> {
  const time = new VirtualTime(seed);
  return time.run(async (driver) => {
    const cluster = new SimulatedCluster(time, driver, shape);
    for (const place of cluster.places) cluster.start(place);
    // All have written, so that their counts are not 0.
    await cluster.sleep(SETTLED_MS);
    for (const place of cluster.places) for (let n = 0; n < 20; n += 1) cluster.write(place);
    await cluster.sleep(SETTLED_MS);
    let [resyncs, requeries, witnesses, resyncsOfJoined] = [0, 0, 0, 0];
    for (const place of cluster.places.slice(0, restarts)) {
      const others = cluster.nodes.filter((node) => node !== place.node);
      const total = () => ({
        resyncs: others.reduce((sum, { status }) => sum + status.resyncs, 0),
        requeries: others.reduce((sum, { application }) => sum + application.requeries, 0),
      });
      const before = total();
      cluster[ending](place);
      await cluster.sleep(AWAY_MS[ending]);
      cluster.start(place);
      await cluster.sleep(AWAY_MS[ending]);
      const after = total();
      resyncs += after.resyncs - before.resyncs;
      requeries += after.requeries - before.requeries;
      witnesses += others.length;
      const ofJoined = (place.node?.status.resyncs ?? 0) / shape.collections;
      resyncsOfJoined = Math.max(resyncsOfJoined, ofJoined);
    }
    return { resyncsPerCollection: resyncs / witnesses / shape.collections, requeries, resyncsOfJoined };
  });
}
