/**
 * The random scenario: rounds of writes under random faults. After each round everything is healed, and every node must
 * show every change.
 *
 * Called by `scripts/simulate.ts` and by the tests. The seed determines everything.
 */

import type { Random } from '../tools/random';
import { type ClusterShape, SimulatedCluster } from './cluster';
import { Faults } from './faults';
import type { Traffic } from './redis';
import { VirtualTime } from './virtual-time';

export interface RandomScenario {
  readonly seed: number;
  readonly writes: number;
  readonly shape: ClusterShape;
  /** The kinds of faults that occur. @default all */
  readonly faults?: readonly string[];
  /** Whether the first finding ends the run. */
  readonly stopsWhenFound?: boolean;
  /** Called after each round. */
  readonly onRound?: (result: ScenarioResult) => void;
}

export interface ScenarioResult {
  readonly seed: number;
  rounds: number;
  /** Documents that were written. */
  writes: number;
  lost: string[];
  /** See `Findings`. */
  unsettled: string[];
  leftToPolling: number;
  faults: ReadonlyMap<string, number>;
  virtualMs: number;
  /** Equal for runs in which the same happened. */
  fingerprint: number;
  reads: number;
  requeries: number;
  traffic: Readonly<Traffic>;
}

/** The length of a round without healing, in ms. */
const ROUND_MS = [1000, 40_000] as const;
/** The time between two writes of the cluster, in ms. */
const PAUSE_MS = [10, 1000] as const;
/** The documents written in a round, about. More rounds find more than more writes: healing costs as much as 300 of them. */
const MAX_WRITES = 500;
/** How many live queries are opened or closed, for each write or burst. */
const QUERY_CHANGES = 0.1;
/** How many of the writes of a round are bursts. */
const BURSTINESS = [0, 0.3, 1] as const;
/** The time between two faults, in ms. Where it is long, a round has one, of which no other hides what it loses. */
const CALM_MS = [200, 60_000] as const;
/** Standstills end by themselves. In ms. */
const STANDSTILL_MS = 20_000;
/**
 * How long nodes may take until they show everything, in ms. It adds the time-out of a socket, the pause before a reconnect,
 * `heartbeatTimeout` and the next heartbeat. A resync that has used up its allowance takes the rest, spread over the same
 * time.
 */
const SETTLED_MS = 23_000 + 2000 + 9000 + 7000 + 7000 + 2000;

export function runRandomScenario({
  seed,
  writes,
  shape,
  faults: kinds,
  stopsWhenFound,
  onRound,
}: RandomScenario): Promise<ScenarioResult> {
  const time = new VirtualTime(seed);
  return time.run(async (driver) => {
    const random = time.random.fork('scenario');
    const cluster = new SimulatedCluster(time, driver, shape);
    const faults = new Faults(cluster, kinds);
    const result: ScenarioResult = {
      seed,
      rounds: 0,
      writes: 0,
      lost: [],
      unsettled: [],
      leftToPolling: 0,
      faults: faults.counts,
      virtualMs: 0,
      fingerprint: 0,
      reads: 0,
      requeries: 0,
      traffic: cluster.redis.traffic,
    };
    for (const place of cluster.places) cluster.start(place);
    await cluster.sleep(SETTLED_MS);
    while (cluster.database.writes < writes) {
      const endsAt = time.now + spread(random, ROUND_MS);
      const writesUntil = cluster.database.writes + MAX_WRITES;
      faults.choose();
      // A node may have left after its fault had ended.
      for (const place of cluster.places) cluster.start(place);
      const pauseMs = spread(random, PAUSE_MS);
      const burstiness = random.pick(BURSTINESS);
      const calmMs = spread(random, CALM_MS);
      let faultAt = time.now + random.below(Math.min(calmMs, endsAt - time.now));
      while (time.now < endsAt && cluster.database.writes < writesUntil) {
        if (random.chance(burstiness)) cluster.burst(random.pick(cluster.places));
        else cluster.write(random.pick(cluster.places));
        if (random.chance(QUERY_CHANGES)) cluster.changeQueries(random.pick(cluster.places));
        if (time.now >= faultAt) {
          faults.begin();
          faultAt = time.now + random.below(2 * calmMs);
        }
        await cluster.sleep(random.below(2 * pauseMs));
      }
      faults.heal();
      await cluster.sleep(STANDSTILL_MS + SETTLED_MS);
      const { lost, leftToPolling, unsettled } = cluster.check();
      result.rounds += 1;
      const inRound = (found: string) => `round ${result.rounds}: ${found}`;
      result.lost.push(...lost.map(inRound));
      result.unsettled.push(...unsettled.map(inRound));
      result.leftToPolling += leftToPolling;
      result.writes = cluster.database.writes;
      result.reads = cluster.database.reads;
      result.requeries = cluster.requeries;
      result.virtualMs = time.now;
      result.fingerprint = time.fingerprint;
      onRound?.(result);
      if (stopsWhenFound && isFound(result)) break;
    }
    return result;
  });
}

/** Returns whether something went wrong. */
export function isFound({ lost, unsettled }: Pick<ScenarioResult, 'lost' | 'unsettled'>): boolean {
  return lost.length + unsettled.length > 0;
}

/** Returns a number of which every order of magnitude is equally probable. */
function spread(random: Random, [least, most]: readonly [number, number]): number {
  return Math.round(least * (most / least) ** random.fraction());
}
