/**
 * The session of a node in a cluster: publishes its changes, and passes the strategy what other nodes write.
 *
 * Created by `cluster.ts`. Owns the channel, the publisher, the receiver, the heartbeat and the resyncs.
 */

import { randomBytes } from 'node:crypto';
import type { ConnectedOptions } from '../config/options';
import { pollingIntervalMs } from '../config/polling';
import type { ClusterMetrics } from '../observability/metrics';
import type { SessionStatus } from '../observability/status';
import { Authenticator } from '../protocol/authenticator';
import { channelName } from '../protocol/channel-name';
import { Channel } from '../redis/channel';
import { RedisOplogSource } from '../redis-oplog/source';
import type { Strategy } from '../strategies/strategy';
import { Deferred } from '../timing/deferred';
import { withTimeout } from '../timing/timeout';
import { BroadcastExchange } from './broadcast-exchange';
import { now } from './clock';
import { Connectivity } from './connectivity';
import { Heartbeat } from './heartbeat';
import { leave } from './leave';
import { OutdatedNodes } from './outdated-nodes';
import { Peers } from './peers';
import { Publisher } from './publisher';
import type { ReceivedUntil } from './received-until';
import { Receiver } from './receiver';
import { Resync } from './resync';
import { type EndSessionWrite, type Session, type SessionContext, withKnowledge } from './session';
import { WritesInProgress } from './writes-in-progress';

export interface ClusterSessionContext extends SessionContext {
  readonly options: ConnectedOptions;
  readonly namespace: string;
  /** The name of the default database. */
  readonly database: string;
  /** Returns the databases in which a collection of a name is open. */
  databasesOf(collection: string): readonly string[];
  /** The names of the synced collections, as of now. */
  readonly synced: ReadonlySet<string>;
  readonly received: ReceivedUntil;
}

export class ClusterSession implements Session {
  readonly #context: ClusterSessionContext;
  readonly #nodeId = randomBytes(9).toString('base64url');
  readonly #channel: Channel;
  readonly #peers: Peers;
  readonly #outdated = new OutdatedNodes();
  readonly #publisher: Publisher;
  readonly #receiver: Receiver;
  readonly #heartbeat: Heartbeat;
  readonly #broadcasts: BroadcastExchange;
  /** `undefined`: the option `redisOplog` is off. */
  readonly #redisOplog: RedisOplogSource | undefined;
  readonly #resync: Resync;
  /** Resolves when the node is connected for the first time, or the session ends. */
  readonly #firstReady = new Deferred();
  readonly #writes = new WritesInProgress();
  #hasStopped = false;
  readonly #connectivity: Connectivity;
  #isStarting = true;

  constructor(context: ClusterSessionContext) {
    const { options, namespace, database, databasesOf, strategy, synced, log, emit, metrics, received } =
      context;
    const name = channelName(namespace);
    const nodeId = this.#nodeId;
    const authenticator = options.secrets && new Authenticator(options.secrets, name);
    const onMissing = (collections: readonly string[]) =>
      this.#resync.request(collections.filter((collection) => synced.has(collection)));
    this.#context = context;
    this.#peers = new Peers((event, node) => emit(event, { node }));
    this.#resync = new Resync({
      ...{ jitterMs: options.resyncJitterMs, intervalMs: options.heartbeatTimeoutMs, log, now },
      peerCount: () => this.#peers.count,
      run: (collection) => {
        emit('resync', { collection });
        for (const database of databasesOf(collection)) {
          strategy.handleChange({ database, collection, ids: 'all', isResync: true });
        }
      },
    });
    this.#channel = new Channel(name, options, log, {
      message: (text) => {
        if (!this.#hasStopped) this.#receiver.receive(text);
      },
      ready: () => this.onReady(),
      error: () => this.#connectivity.update(),
    });
    this.#publisher = new Publisher(this.#channel, {
      ...{ nodeId, database, synced, authenticator, log },
      nextNamedPeers: () => this.#peers.nextNamed(),
      onAccepted: (writtenAt) => metrics.publishMs.record(now() - writtenAt),
    });
    this.#connectivity = new Connectivity({
      ...{ options, log, emit, channel: this.#channel, publisher: this.#publisher },
      ...{ peers: this.#peers, outdated: this.#outdated },
      onUpdate: (receivesAll) =>
        strategy.setPollingInterval(pollingIntervalMs(options.pollingIntervalMs, receivesAll)),
    });
    this.#heartbeat = new Heartbeat({
      ...{ options, synced, received, log },
      ...{ channel: this.#channel, publisher: this.#publisher, peers: this.#peers },
      onBeat: () => this.#connectivity.onBeat(),
      onReplaced: () => this.#connectivity.update(),
      onExpire: onMissing,
      onRoundTrip: (ms) => metrics.heartbeatMs.record(ms),
    });
    this.#broadcasts = new BroadcastExchange({
      ...{ nodeId, channel: this.#channel, authenticator, log },
      hasLeft: (node) => this.#peers.hasLeft(node),
      onBroadcast: context.onBroadcast,
    });
    this.#redisOplog = options.redisOplog === false ? undefined : this.createSource(options.redisOplog);
    this.#receiver = new Receiver({
      ...{ nodeId, options, synced, authenticator, log, peers: this.#peers, outdated: this.#outdated },
      onEcho: (message) => {
        if (message.kind === 'change') this.#publisher.receiveEcho(message);
        else this.#heartbeat.receiveEcho(message.beat);
      },
      onGap: onMissing,
      onChange: (change) => strategy.handleChange(change),
      onBroadcast: (message) => this.#broadcasts.receive(message),
      onDrop: (event) => emit('drop', event),
    });
  }

  get strategy(): Strategy {
    return this.#context.strategy;
  }

  get status(): SessionStatus {
    return {
      ...this.#connectivity.status,
      nodeId: this.#nodeId,
      namespace: this.#context.namespace,
      strategy: this.#context.strategyName,
      published: this.#publisher.published,
      received: this.#receiver.received + (this.#redisOplog?.received ?? 0),
      dropped: this.#receiver.dropped + (this.#redisOplog?.dropped ?? 0),
      peers: this.#peers.count,
      resyncs: this.#resync.count,
    };
  }

  get metrics(): ClusterMetrics {
    const dropped = { ...this.#receiver.droppedByReason };
    dropped.malformed += this.#redisOplog?.dropped ?? 0;
    return this.#context.metrics.snapshot({ status: this.status, dropped, pending: this.#publisher.pending });
  }

  get isStarting(): boolean {
    return this.#isStarting;
  }

  /** @throws Error what the application's `createClient` throws, or that it created no client */
  open(): void {
    this.#channel.open();
    this.#heartbeat.start();
    this.#connectivity.update();
  }

  async waitUntilReady(): Promise<boolean> {
    await withTimeout(this.#context.options.startupTimeoutMs, this.#firstReady.promise).catch(() => {});
    this.#isStarting = false;
    return this.#channel.isReady;
  }

  /** Publishes what is pending and a leave message before it ends. Resolves after 1.5 s, at most. */
  close(onEnd: () => void): Promise<void> {
    const end = () => {
      this.end();
      onEnd();
    };
    return leave({ writes: this.#writes, publisher: this.#publisher, channel: this.#channel, end });
  }

  stop(): void {
    if (this.#hasStopped) return;
    this.#hasStopped = true;
    this.#connectivity.close();
    this.#heartbeat.stop();
    this.#resync.stop();
    this.#redisOplog?.stop();
    this.strategy.stop();
  }

  addCollection(name: string, database: string): void {
    this.#redisOplog?.addCollection(name, database);
  }

  beginWrite(): EndSessionWrite {
    const { hash, options } = this.#context;
    const [endLocally, endInProgress] = [this.strategy.beginWrite(), this.#writes.begin()];
    const context = { hash, isHinted: options.hints, since: now() };
    return (change, knowledge = {}) => {
      const known = change && withKnowledge(change, knowledge, context);
      if (known) this.#publisher.add(known);
      endLocally(known);
      endInProgress();
    };
  }

  async flush(): Promise<void> {
    const { startupTimeoutMs: limitMs } = this.#context.options;
    await withTimeout(
      limitMs,
      this.#writes.ended().then(() => this.#publisher.flush(limitMs)),
    );
  }

  async broadcast(topic: string, payload: string | undefined): Promise<boolean> {
    // Peers ignore what arrives after a leave message.
    if (this.#publisher.hasLeft) return false;
    return this.#broadcasts.publish(topic, payload);
  }

  private end(): void {
    this.stop();
    this.#publisher.close();
    this.#channel.close();
    this.#firstReady.resolve();
  }

  private createSource(option: true | string): RedisOplogSource {
    const { databasesOf, strategy, log, emit } = this.#context;
    return new RedisOplogSource({
      ...{ option, databasesOf, log, emit },
      isReady: () => this.#channel.isReady,
      subscribe: ({ name, isPattern }, listener) => this.#channel.subscribeTo(name, isPattern, listener),
      onChange: (change) => strategy.handleChange(change),
      onGap: (collection) => this.#resync.request([collection]),
    });
  }

  /** Messages published while the subscriber was disconnected are lost, so resync every collection. */
  private onReady(): void {
    if (this.#hasStopped) return;
    this.#resync.request(this.#context.synced);
    this.#redisOplog?.start();
    this.#publisher.start();
    this.#heartbeat.restart();
    this.#broadcasts.restart();
    this.#connectivity.update();
    this.#firstReady.resolve();
  }
}
