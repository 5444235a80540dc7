/**
 * The faults of the random scenario: each begins somewhere and ends after a random time.
 *
 * Called by `random-scenario.ts`. After `heal`, nothing of them is left but what they have lost.
 */

import type { Random } from '../tools/random';
import type { Place, SimulatedCluster } from './cluster';

/** Begins a fault. @returns ends it; `undefined`: it has no end */
type Fault = (cluster: SimulatedCluster, place: Place, random: Random) => (() => void) | undefined;

const FAST_DATABASE_MS = [1, 5] as const;
/** The longest fault, in ms: longer than `heartbeatTimeout` is long. */
const MAX_FAULT_MS = 20_000;
/** A closed connection is noticed within this time, and no other one is there before it is over: as links are fast. In ms. */
const RESET_MS = 2;
/** Within this time a node that writes nothing has left, on fast links. In ms. */
const LEFT_MS = 50;
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
  'Redis accepts no messages': ({ redis }) => {
    redis.isReadOnly = true;
    return () => {
      redis.isReadOnly = false;
    };
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
    const { node, link } = place;
    const { database } = cluster;
    // A write may then end, or an answer arrive, when the time to leave is over.
    if (random.chance(0.5)) database.latencyMs = [1, random.between(100, LEAVING_MS)];
    if (random.chance(0.5)) link.latencyMs = [10, random.between(20, 200)];
    cluster.leave(place);
    const pauseMs = random.between(4, 40);
    for (let at = 0; at < LEAVING_MS; at += random.between(0, pauseMs))
      cluster.later(at, () => cluster.write({ node }));
    return () => {
      database.latencyMs = FAST_DATABASE_MS;
      link.heal();
      cluster.start(place);
    };
  },
  'node leaves while messages are lost': (cluster, place, random) => {
    const links = cluster.places.map(({ link }) => link);
    for (const link of links) link.lost = random.between(5, 70) / 100;
    cluster.burst(place);
    cluster.later(random.between(0, 100), () => cluster.leave(place));
    return () => {
      for (const link of links) link.heal();
      cluster.start(place);
    };
  },
  'node killed while it leaves': (cluster, place, random) => {
    const { node } = place;
    const { database, places } = cluster;
    const slowMs = random.between(2, 100);
    database.latencyMs = [1, slowMs];
    if (random.chance(0.5)) for (const { link } of places) link.overtaken = 0.5;
    cluster.leave(place);
    // It leaves at once. A write before Redis has answered takes that back.
    const pauseMs = random.between(1, 10);
    for (let at = 0; at < slowMs; at += random.between(0, pauseMs))
      cluster.later(at, () => cluster.write({ node }));
    cluster.later(random.between(0, slowMs), () => node?.kill());
    return () => {
      database.latencyMs = FAST_DATABASE_MS;
      for (const { link } of places) link.heal();
      cluster.start(place);
    };
  },
  'short visit of a node': (cluster, place, random) => {
    visit(cluster, place, random);
    return () => cluster.start(place);
  },
  'short visit of a node while another is away': (cluster, place, random) => {
    const away = random.pick(cluster.places);
    let hasEnded = false;
    const later = (ms: number, run: () => void) =>
      cluster.later(LEFT_MS + ms, () => {
        if (!hasEnded) run();
      });
    // All know that the earlier node of the place has left, so its end makes nobody resync.
    cluster.leave(place);
    later(0, () => resetConnections(away));
    // Both ends learn that the connection is closed; after that, no attempt at another one arrives.
    later(RESET_MS, () => away.link.cut('in', 'out'));
    later(3 * RESET_MS, () => visit(cluster, place, random, [1500, 300]));
    return () => {
      hasEnded = true;
      away.link.heal();
      cluster.start(place);
    };
  },
  'slow database': ({ database }, _, random) => {
    database.latencyMs = [1, random.between(50, 2000)];
    return () => {
      database.latencyMs = FAST_DATABASE_MS;
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
  /** The kinds that begin in this round. */
  #names: readonly string[] = [];
  readonly #kinds: readonly string[];

  /** @param kinds those that may occur */
  constructor(cluster: SimulatedCluster, kinds: readonly string[] = FAULT_NAMES) {
    this.#cluster = cluster;
    this.#kinds = kinds;
    this.#random = cluster.time.random.fork('faults');
  }

  /**
   * Chooses the kinds of the next round: mostly few. A fault that makes all nodes resync hides what the others have lost, so
   * in most rounds it does not occur ("swarm testing").
   */
  choose(): void {
    const count = Math.round(this.#kinds.length ** this.#random.fraction());
    this.#names = this.#random.shuffled(this.#kinds).slice(0, count);
  }

  /** Begins a random fault, sometimes two. */
  begin(): void {
    this.beginOne();
    if (this.#random.chance(0.3)) this.beginOne();
  }

  private beginOne(): void {
    const name = this.#random.pick(this.#names);
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

/** A new node takes a place, writes when its peers know it, and leaves. */
function visit(
  cluster: SimulatedCluster,
  place: Place,
  random: Random,
  [writesWithinMs, leavesWithinMs]: readonly [number, number] = [3000, 2000],
): void {
  cluster.kill(place);
  cluster.start(place);
  cluster.later(random.between(1100, writesWithinMs), () => {
    cluster.burst(place);
    cluster.later(random.between(5, leavesWithinMs), () => cluster.leave(place));
  });
}

function resetConnections({ node }: Place): void {
  node?.resetConnections();
}
