/**
 * A simulated node: the package's session in a process of its own, with a simulated Redis, and an application.
 *
 * The cluster starts, kills and checks it. A node that starts again is a new one of this class.
 */

import { resolveOptions } from '../src/config/options';
import { createHasher } from '../src/matching/hint';
import { ReceivedUntil } from '../src/membership/received-until';
import { Log } from '../src/observability/log';
import { Metrics } from '../src/observability/metrics';
import { ClusterSession } from '../src/session/cluster-session';
import { QUIET } from '../tools/quiet-logger';
import { SimulatedClient } from './client';
import type { SimulatedLink } from './link';
import type { SimulatedRedis } from './redis';
import { VirtualProcess, type VirtualTime } from './virtual-time';
import type { Application, Workload, Writer } from './workload';

/** Polling would show what was lost. A day, in ms: longer than any round. */
const NO_POLLING_MS = 86_400_000;
const DATABASE = 'simulated';
/** A node that has not been connected for so long may have peers that do not know it. In ms. */
const KNOWN_AFTER_MS = 1000;

export interface NodeContext {
  readonly time: VirtualTime;
  readonly link: SimulatedLink;
  readonly workload: Workload;
  /** The number of its place. */
  readonly index: number;
  readonly collections: ReadonlySet<string>;
  /** Options of `Cluster.init`. */
  readonly config: object;
  server(): SimulatedRedis;
}

export class SimulatedNode implements Writer {
  readonly process: VirtualProcess;
  readonly application: Application;
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
    const { time, collections, workload, index } = context;
    this.#context = context;
    this.process = new VirtualProcess(time);
    this.#synced = new Set(collections);
    const [received, metrics, log, hash] = [
      new ReceivedUntil(),
      new Metrics(),
      new Log(QUIET),
      createHasher(''),
    ];
    this.application = workload.createApplication({
      process: this.process,
      writer: this,
      index,
      databaseName: DATABASE,
      collections,
      hash,
      log,
      metrics,
      receivedUntil: () => received.time,
    });
    const createClient = () => {
      const client = new SimulatedClient({ ...context, process: this.process });
      this.#clients.push(client);
      return client;
    };
    const options = {
      ...resolveOptions({ pollingInterval: NO_POLLING_MS, ...context.config, createClient }, {}),
      redis: createClient,
    };
    this.#isolatedSince = this.startedAt = time.now;
    this.#session = new ClusterSession({
      options,
      strategyName: 'feed',
      strategy: this.application.strategy,
      log,
      namespace: DATABASE,
      database: DATABASE,
      synced: this.#synced,
      hash,
      received,
      metrics,
      clock: this.process.clock,
      databasesOf: () => [DATABASE],
      onBroadcast: () => true,
      emit: (event) => {
        if (event === 'connect') this.#isConnected = true;
        else if (event === 'disconnect') this.#isConnected = false;
      },
    });
    this.process.post(() => {
      this.#session.open();
      this.application.start(this.#session);
    });
  }

  get status() {
    return this.#session.status;
  }

  /** How many documents have a change that is not published. */
  get pending(): number {
    return this.#session.metrics.gauges.pending;
  }

  /** Writes as an application does. */
  write(collection: string): void {
    this.process.post(() => this.application.write(collection));
  }

  changeQueries(): void {
    this.process.post(() => this.application.changeQueries());
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
    // Its feed has timers of the real process, which would keep it for ever.
    this.application.strategy.stop();
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
