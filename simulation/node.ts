/**
 * A simulated node: the package's session in a process of its own, with a simulated Redis, database and strategy.
 *
 * The cluster starts, kills and checks it. A node that starts again is a new one of this class.
 */

import type { ChangedIds } from '../src/changes/change';
import { resolveOptions } from '../src/config/options';
import { createHasher } from '../src/matching/hint';
import { ReceivedUntil } from '../src/membership/received-until';
import { Log } from '../src/observability/log';
import { Metrics } from '../src/observability/metrics';
import { ClusterSession } from '../src/session/cluster-session';
import { QUIET } from '../tools/quiet-logger';
import { SimulatedClient } from './client';
import type { SimulatedDatabase } from './database';
import type { SimulatedLink } from './link';
import type { SimulatedRedis } from './redis';
import { SimulatedStrategy } from './strategy';
import { VirtualProcess, type VirtualTime } from './virtual-time';

const DATABASE = 'simulated';
/** A node that has not been connected for so long may have peers that do not know it. In ms. */
const KNOWN_AFTER_MS = 1000;

export interface NodeContext {
  readonly time: VirtualTime;
  readonly link: SimulatedLink;
  readonly database: SimulatedDatabase<SimulatedNode>;
  readonly collections: ReadonlySet<string>;
  readonly liveQueriesPerCollection: number;
  readonly ignoresResyncs: boolean;
  /** Options of `Cluster.init`. */
  readonly config: object;
  server(): SimulatedRedis;
  shows(id: string): boolean;
}

export class SimulatedNode {
  readonly process: VirtualProcess;
  readonly strategy: SimulatedStrategy;
  readonly #context: NodeContext;
  readonly #session: ClusterSession;
  /** Since when this node cannot publish, or may not be known; `undefined`: it is connected. */
  #isolatedSince: number | undefined = 0;
  /** As `status` has it, which takes longer. */
  #isConnected = false;
  #wellSince = Number.POSITIVE_INFINITY;
  readonly #clients: SimulatedClient[] = [];
  readonly #synced: Set<string>;
  /** The writes of this node from this time on need not be seen by peers before they poll: it ended while isolated. */
  leftToPollingFrom = Number.POSITIVE_INFINITY;
  readonly startedAt: number;
  /** When it was killed. */
  killedAt = Number.POSITIVE_INFINITY;
  /** When it was killed, or began to leave. */
  endedAt = Number.POSITIVE_INFINITY;

  constructor(context: NodeContext) {
    const { time, collections, database } = context;
    this.#context = context;
    this.process = new VirtualProcess(time);
    this.#synced = new Set(collections);
    this.strategy = new SimulatedStrategy({ ...context, process: this.process, database });
    const createClient = () => {
      const client = new SimulatedClient({ ...context, process: this.process });
      this.#clients.push(client);
      return client;
    };
    const options = { ...resolveOptions({ ...context.config, createClient }, {}), redis: createClient };
    this.#isolatedSince = this.startedAt = time.now;
    this.#session = new ClusterSession({
      ...{ options, strategyName: 'feed', strategy: this.strategy, log: new Log(QUIET) },
      ...{ namespace: DATABASE, database: DATABASE, synced: this.#synced, hash: createHasher('') },
      received: new ReceivedUntil(),
      databasesOf: () => [DATABASE],
      onBroadcast: () => true,
      emit: (event) => {
        if (event === 'connect') this.#isConnected = true;
        else if (event === 'disconnect') this.#isConnected = false;
      },
      metrics: new Metrics(),
    });
    this.process.post(() => {
      this.#session.open();
      for (const collection of collections)
        this.strategy.handleChange({ database: DATABASE, collection, ids: 'all' });
    });
  }

  /** Whether a live query of this node shows a document. */
  shows(id: string): boolean {
    return this.#context.shows(id);
  }

  get status() {
    return this.#session.status;
  }

  /** How many documents have a change that is not published. */
  get pending(): number {
    return this.#session.metrics.gauges.pending;
  }

  /** Writes as an application does. @param ids `'all'`: documents of which the node does not know the ids */
  write(collection: string, documents: readonly string[], ids: ChangedIds): void {
    this.process.post(() => {
      const end = this.#session.beginWrite();
      this.#context.database.write(this, this.process, collection, documents, () =>
        end({ database: DATABASE, collection, ids }),
      );
    });
  }

  /** Stops as on SIGTERM: may write until its process ends, in the turn in which it has left. */
  leave(): void {
    this.endedAt = this.#context.time.now;
    this.noteEnd();
    this.process.post(() => void this.#session.close(() => this.process.end()));
  }

  /** Ends at once, as with SIGKILL. */
  kill(): void {
    this.noteEnd();
    this.killedAt = this.endedAt = this.#context.time.now;
    this.process.end();
    for (const client of this.#clients) client.processEnded();
  }

  /** As when a firewall forgets the connections: neither end learns of it. */
  killConnections(): void {
    for (const client of this.#clients) client.isDead = client.isReady;
  }

  resetConnections(): void {
    for (const client of this.#clients) if (client.isOpen) client.reset();
  }

  /** Called again and again: notes whether what this node writes can reach its peers. */
  noteIsolation(isReachable: boolean): void {
    const { time } = this.#context;
    if (!isReachable || !this.#isConnected || this.process.standsStillUntil > time.now) {
      this.#isolatedSince ??= time.now;
      this.#wellSince = Number.POSITIVE_INFINITY;
      return;
    }
    this.#wellSince = Math.min(this.#wellSince, time.now);
    if (time.now - this.#wellSince > KNOWN_AFTER_MS) this.#isolatedSince = undefined;
  }

  private noteEnd(): void {
    const { now } = this.#context.time;
    const isolatedSince = this.process.standsStillUntil > now ? now : this.#isolatedSince;
    if (isolatedSince !== undefined) this.leftToPollingFrom = isolatedSince - KNOWN_AFTER_MS;
  }
}
