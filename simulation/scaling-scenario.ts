/**
 * A cluster of a given size under a steady load: what goes through Redis and through each node.
 *
 * Called by `scripts/simulate.ts`, for the table of `docs/measurements.md`.
 */

import { type ClusterShape, SimulatedCluster } from './cluster';
import { VirtualTime } from './virtual-time';

export interface ScalingScenario {
  readonly seed: number;
  readonly shape: ClusterShape;
  /** Writes of the whole cluster, per second. */
  readonly writesPerSecond: number;
}

/** All per second. */
export interface Load {
  /** Delivered by Redis to each node. */
  readonly messagesPerNode: number;
  readonly bytesPerNode: number;
  /** Delivered by Redis to all nodes. */
  readonly messages: number;
  readonly bytes: number;
  /** Reads of the database by all nodes. */
  readonly reads: number;
  /** CPU time of this machine for each node, the simulation's own work included, in ms. */
  readonly cpuMsPerNode: number;
}

const WARM_UP_MS = 20_000;
const MEASURED_MS = 20_000;

export function runScalingScenario({ seed, shape, writesPerSecond }: ScalingScenario): Promise<Load> {
  const time = new VirtualTime(seed);
  return time.run(async (driver) => {
    const random = time.random.fork('scenario');
    const cluster = new SimulatedCluster(time, driver, shape);
    for (const place of cluster.places) {
      cluster.start(place);
      await cluster.sleep(random.between(1, 20));
    }
    await cluster.sleep(WARM_UP_MS);
    const before = { ...cluster.redis.traffic, reads: cluster.database.reads, cpu: process.cpuUsage() };
    const endsAt = time.now + MEASURED_MS;
    if (writesPerSecond === 0) await cluster.sleep(MEASURED_MS);
    while (time.now < endsAt) {
      cluster.write(random.pick(cluster.places));
      await cluster.sleep((2 * random.fraction() * 1000) / writesPerSecond);
    }
    const { traffic } = cluster.redis;
    const { user, system } = process.cpuUsage(before.cpu);
    const perSecond = (amount: number) => amount / (MEASURED_MS / 1000);
    const messages = perSecond(traffic.deliveredMessages - before.deliveredMessages);
    const bytes = perSecond(traffic.deliveredBytes - before.deliveredBytes);
    return {
      messages,
      bytes,
      messagesPerNode: messages / shape.nodes,
      bytesPerNode: bytes / shape.nodes,
      reads: perSecond(cluster.database.reads - before.reads),
      cpuMsPerNode: perSecond((user + system) / 1000) / shape.nodes,
    };
  });
}
