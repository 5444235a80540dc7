/**
 * The faults of the random scenario: each begins somewhere and ends after a random time.
 *
 * Called by `random-scenario.ts`. After `heal`, nothing of them is left but what they have lost.
 */

import type { Random } from '../tools/random';
import type { Place, SimulatedCluster } from './cluster';

/** Begins a fault. @returns ends it; `undefined`: it has no end */
type Fault = (cluster: SimulatedCluster, place: Place, random: Random) => (() => void) | undefined;

/** The longest fault, in ms: longer than `heartbeatTimeout` is long. */
const MAX_FAULT_MS = 20_000;
/** The time that a node takes to leave at most, in ms. */
const LEAVING_MS = 1500;

const FAULTS: Readonly<Record<string, Fault>> = {
  'node cut off': (_, { link }) => {
    link.cut('in', 'out');
    return () => link.heal();
  },
  'node receives nothing': (_, { link }) => {
    link.cut('in');
    return () => link.heal();
  },
  'node sends nothing': (_, { link }) => {
    link.cut('out');
    return () => link.heal();
  },
  'slow network': (_, { link }, random) => {
    link.latencyMs = [10, random.between(20, 2000)];
    return () => link.heal();
  },
  'messages lost': (_, { link }, random) => {
    link.lost = random.between(1, 50) / 100;
    return () => link.heal();
  },
  'messages doubled and overtaken': (_, { link }) => {
    link.doubled = link.overtaken = 0.2;
    return () => link.heal();
  },
  'node on the replica': (_, place) => {
    place.isOnReplica = true;
    resetConnections(place);
    return () => {
      place.isOnReplica = false;
      resetConnections(place);
    };
  },
  'connections reset': (_, place) => {
    resetConnections(place);
    return undefined;
  },
  'connections dead in silence': (_, { node }) => {
    node?.killConnections();
    return undefined;
  },
  'Redis down': ({ redis, replica }) => {
    for (const server of [redis, replica]) server.stop();
    return () => {
      for (const server of [redis, replica]) server.start();
    };
  },
  'Redis stands still': ({ redis }, _, random) => {
    redis.process.standStill(random.between(100, MAX_FAULT_MS));
    return undefined;
  },
  'node stands still': (_, { node }, random) => {
    node?.process.standStill(random.between(100, MAX_FAULT_MS));
    return undefined;
  },
  'node killed': (cluster, place) => {
    cluster.kill(place);
    return () => cluster.start(place);
  },
  'node killed during a write': (cluster, place, random) => {
    cluster.write(place);
    cluster.later(random.between(0, 8), () => cluster.kill(place));
    return () => cluster.start(place);
  },
  'node leaves': (cluster, place) => {
    cluster.leave(place);
    return () => cluster.start(place);
  },
  'node leaves during a write': (cluster, place, random) => {
    cluster.write(place);
    cluster.later(random.between(0, 8), () => cluster.leave(place));
    return () => cluster.start(place);
  },
  'node leaves while it writes': (cluster, place, random) => {
    const { node } = place;
    cluster.leave(place);
    const pauseMs = random.between(4, 40);
    for (let at = 0; at < LEAVING_MS; at += random.between(0, pauseMs))
      cluster.later(at, () => cluster.write({ node }));
    return () => cluster.start(place);
  },
  'short visit of a node': (cluster, place, random) => {
    cluster.kill(place);
    cluster.start(place);
    cluster.later(random.between(1100, 3000), () => {
      cluster.write(place);
      cluster.later(random.between(5, 2000), () => cluster.leave(place));
    });
    return () => cluster.start(place);
  },
  'slow database': ({ database }, _, random) => {
    database.latencyMs = [1, random.between(50, 2000)];
    return () => {
      database.latencyMs = [1, 5];
    };
  },
};

export const FAULT_NAMES = Object.keys(FAULTS);

/** Begins and ends faults, and counts them by name. */
export class Faults {
  readonly counts = new Map<string, number>();
  readonly #cluster: SimulatedCluster;
  readonly #random: Random;
  readonly #ends = new Set<() => void>();

  constructor(cluster: SimulatedCluster) {
    this.#cluster = cluster;
    this.#random = cluster.time.random.fork('faults');
  }

  /** Begins a random fault. */
  begin(): void {
    const name = this.#random.pick(FAULT_NAMES);
    this.counts.set(name, (this.counts.get(name) ?? 0) + 1);
    const end = FAULTS[name]?.(this.#cluster, this.#random.pick(this.#cluster.places), this.#random);
    if (!end) return;
    this.#ends.add(end);
    this.#cluster.later(this.#random.between(100, MAX_FAULT_MS), () => {
      if (this.#ends.delete(end)) end();
    });
  }

  /** Ends all faults. */
  heal(): void {
    for (const end of this.#ends) end();
    this.#ends.clear();
  }
}

function resetConnections({ node }: Place): void {
  node?.resetConnections();
}
