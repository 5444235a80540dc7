/**
 * A simulated cluster: nodes, a Redis with a replica, a database; and the check that every node shows every change.
 *
 * The scenarios of this folder drive it.
 */

import type { Random } from '../tools/random';
import { FedWorkload } from './fed-application';
import { SimulatedLink } from './link';
import { SimulatedNode } from './node';
import { type PlainShape, PlainWorkload } from './plain-application';
import { SimulatedRedis } from './redis';
import { VirtualProcess, type VirtualTime } from './virtual-time';
import type { Workload, Writer, Written } from './workload';

export interface ClusterShape {
  readonly nodes: number;
  readonly collections: number;
  /** The writes and views of nodes; `'live queries'`: writes of every form, and live queries that are fed. */
  readonly workload: PlainShape | 'live queries';
  /** Options of `Cluster.init`. */
  readonly config?: object;
}

/** The findings of a check. */
export interface Findings {
  /** The documents that a node shows wrongly. */
  readonly lost: string[];
  /** The same, where the writer ended while it was isolated, or before the node knew it: polling finds these. */
  readonly leftToPolling: number;
  /** Nodes that are not connected, do not know their peers, or have changes that are not published. */
  readonly unsettled: string[];
}

/** The place of a node, which outlives it. */
export interface Place {
  readonly index: number;
  readonly link: SimulatedLink;
  /** Whether the node is connected to the replica of Redis. */
  isOnReplica: boolean;
  node: SimulatedNode | undefined;
}

/** The changes of a burst, at most. */
const MAX_BURST = 8;
/** The time between two changes of a burst, in ms: as short as a write takes, and as long as one by a slow database. */
const BURST_PAUSES_MS = [1, 5, 30] as const;
const ISOLATION_INTERVAL_MS = 100;
/** A node that loses messages for so long before a peer is killed may not know of that peer. In ms. */
const LOSSY_MS = 20_000;
/** It may have received nothing of a peer that has lived so shortly. In ms. */
const SHORT_LIFE_MS = 10_000;
/** A node that has started so shortly before a peer ended, or later, may have received no heartbeat of it. In ms. */
const JOINED_MS = 3000;

export class SimulatedCluster {
  readonly time: VirtualTime;
  readonly shape: ClusterShape;
  readonly redis: SimulatedRedis;
  readonly replica: SimulatedRedis;
  readonly workload: Workload;
  readonly places: readonly Place[];
  readonly collections: ReadonlySet<string>;
  readonly #random: Random;
  readonly #driver: VirtualProcess;

  /** @param driver the process of the simulation itself */
  constructor(time: VirtualTime, driver: VirtualProcess, shape: ClusterShape) {
    this.time = time;
    this.shape = shape;
    this.#driver = driver;
    this.#random = time.random.fork('cluster');
    this.redis = new SimulatedRedis(new VirtualProcess(time));
    this.replica = new SimulatedRedis(new VirtualProcess(time));
    this.redis.replicas.push(this.replica);
    this.workload = workloadOf(time, shape);
    // As long as the names of collections are.
    const names = Array.from(
      { length: shape.collections },
      (_, n) => `collection-${String(n).padStart(4, '0')}`,
    );
    this.collections = new Set(names);
    this.places = Array.from({ length: shape.nodes }, (_, index) => ({
      index,
      link: new SimulatedLink(time.random.fork(`link ${index}`)),
      isOnReplica: false,
      node: undefined,
    }));
    this.noteIsolation();
  }

  get nodes(): SimulatedNode[] {
    return this.places.flatMap(({ node }) => node ?? []);
  }

  get database(): Workload['database'] {
    return this.workload.database;
  }

  /** How many live queries the present nodes have re-queried. */
  get requeries(): number {
    return this.nodes.reduce((total, { application }) => total + application.requeries, 0);
  }

  /** Starts a node where there is none. */
  start(place: Place): void {
    const { time, workload, collections, shape } = this;
    place.node ??= new SimulatedNode({
      time,
      workload,
      collections,
      link: place.link,
      index: place.index,
      config: shape.config ?? {},
      server: () => (place.isOnReplica ? this.replica : this.redis),
    });
  }

  kill(place: Place): void {
    place.node?.kill();
    place.node = undefined;
  }

  leave(place: Place): void {
    place.node?.leave();
    place.node = undefined;
  }

  /** Makes a node write a random change. */
  write(place: Pick<Place, 'node'>): void {
    place.node?.write(this.#random.pick([...this.collections]));
  }

  /** Makes a node open or close a live query. */
  changeQueries({ node }: Pick<Place, 'node'>): void {
    node?.changeQueries();
  }

  /** Makes a node write several changes of one collection, a few ms apart, as a method does. */
  burst({ node }: Pick<Place, 'node'>): void {
    const collection = this.#random.pick([...this.collections]);
    const pauseMs = this.#random.pick(BURST_PAUSES_MS);
    const count = this.#random.between(2, MAX_BURST);
    let at = 0;
    for (let n = 0; n < count; n += 1, at += this.#random.between(0, 2 * pauseMs))
      this.later(at, () => node?.write(collection));
  }

  /** Does something after a while. */
  later(ms: number, run: () => void): void {
    this.#driver.post(run, ms);
  }

  /** Resolves after a while, in the process of the simulation. */
  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => this.#driver.post(resolve, ms));
  }

  /** Compares what each node shows with the database. Afterwards all nodes show what they should, as if they had polled. */
  check(): Findings {
    const lost: string[] = [];
    let leftToPolling = 0;
    for (const { index, node, link } of this.places) {
      if (!node) continue;
      const isLeft = ({ committedAt, writer }: Written) =>
        committedAt >= writer.leftToPollingFrom || mayNotKnow(node, link, writer);
      for (const { text, isLeftToPolling } of node.application.check(isLeft)) {
        if (isLeftToPolling) leftToPolling += 1;
        else lost.push(`node ${index} ${text}`);
      }
    }
    this.workload.endRound();
    return { lost, leftToPolling, unsettled: this.unsettled };
  }

  private get unsettled(): string[] {
    const peers = this.nodes.length - 1;
    return this.places.flatMap(({ index, node }) => {
      if (!node || (node.status.connected && node.status.peers === peers && node.pending === 0)) return [];
      const { connected, peers: known } = node.status;
      return `node ${index}: connected ${connected}, ${known} of ${peers} peers, ${node.pending} changes pending`;
    });
  }

  private noteIsolation(): void {
    for (const { node, link, isOnReplica } of this.places) {
      if (link.lost > 0) link.lossyUntil = this.time.now;
      const isServed =
        this.redis.isUp && !this.redis.isReadOnly && this.redis.process.standsStillUntil <= this.time.now;
      node?.noteIsolation(isServed && !link.isCut && !isOnReplica);
    }
    this.#driver.post(() => this.noteIsolation(), ISOLATION_INTERVAL_MS);
  }
}

/**
 * Returns whether a node may not know of a writer that has ended. Nothing then shows it that messages of the writer were
 * lost, or had not been published. A write may be committed after the node's first query.
 */
function mayNotKnow(node: SimulatedNode, { lossyUntil = 0 }: SimulatedLink, writer: Writer): boolean {
  if (node.startedAt > writer.endedAt - JOINED_MS || lossyUntil > writer.killedAt - LOSSY_MS) return true;
  return lossyUntil > writer.startedAt && writer.endedAt - writer.startedAt < SHORT_LIFE_MS;
}

function workloadOf(time: VirtualTime, { workload }: ClusterShape): Workload {
  const process = new VirtualProcess(time);
  return workload === 'live queries'
    ? new FedWorkload(time, process)
    : new PlainWorkload(time, process, workload);
}
