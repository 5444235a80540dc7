/**
 * The life between `init()` and `close()`: builds this node's part of the cluster, starts it and stops it.
 *
 * Created by `cluster.ts`, which knows the application's collections and their writes. Owns the channel, the publisher,
 * the receiver, the heartbeat and the resyncs; passes the strategy what other nodes write.
 */

import { randomBytes } from 'node:crypto';
import type { Options, StrategyName } from '../config/options';
import { pollingIntervalMs } from '../config/polling';
import { type Hasher, hintOf, type WrittenFields } from '../matching/hint';
import type { Log } from '../observability/log';
import type { SessionStatus } from '../observability/status';
import { Authenticator } from '../protocol/authenticator';
import { channelName } from '../protocol/channel-name';
import { Channel } from '../redis/channel';
import type { Strategy } from '../strategies/strategy';
import { Deferred } from '../timing/deferred';
import { withTimeout } from '../timing/timeout';
import type { Change } from '../writes/change';
import { Heartbeat } from './heartbeat';
import { Peers } from './peers';
import { Publisher } from './publisher';
import { Receiver } from './receiver';
import { Resync } from './resync';

/** What a session needs to know of the application. */
export interface SessionContext {
  readonly options: Options;
  readonly namespace: string;
  /** The name of the default database. */
  readonly database: string;
  /** Returns the databases in which a collection of a name is open. */
  databasesOf(collection: string): readonly string[];
  readonly strategyName: StrategyName;
  readonly strategy: Strategy;
  /** The names of the synced collections, as of now. */
  readonly synced: ReadonlySet<string>;
  /** Hashes values for hints. */
  readonly hash: Hasher;
  readonly log: Log;
}

export class Session {
  readonly #context: SessionContext;
  readonly #nodeId = randomBytes(9).toString('base64url');
  readonly #channel: Channel;
  readonly #peers = new Peers();
  readonly #publisher: Publisher;
  readonly #receiver: Receiver;
  readonly #heartbeat: Heartbeat;
  readonly #resync: Resync;
  /** Resolves when the node is connected for the first time, or the session ends. */
  readonly #firstReady: Promise<void>;
  #resolveFirstReady = () => {};
  /** Writes of the application that the database has not answered yet. */
  readonly #unfinishedWrites = new Set<Deferred>();

  constructor(context: SessionContext) {
    const { options, namespace, databasesOf, strategy, synced, log } = context;
    const name = channelName(namespace);
    const nodeId = this.#nodeId;
    const authenticator = options.secret === undefined ? undefined : new Authenticator(options.secret, name);
    const onMissing = (collections: readonly string[]) =>
      this.#resync.request(collections.filter((collection) => synced.has(collection)));
    this.#context = context;
    this.#firstReady = new Promise((resolve) => {
      this.#resolveFirstReady = resolve;
    });
    this.#resync = new Resync(options.resyncJitterMs, (collection) => {
      for (const database of databasesOf(collection)) {
        strategy.handleChange({ database, collection, ids: 'all' });
      }
    });
    this.#channel = new Channel(name, options, log, {
      message: (text) => this.#receiver.receive(text),
      ready: () => this.onReady(),
    });
    this.#publisher = new Publisher(this.#channel, { nodeId, synced, authenticator, log });
    this.#heartbeat = new Heartbeat({
      ...{ options, log, channel: this.#channel, publisher: this.#publisher, peers: this.#peers },
      onBeat: () => this.updatePollingInterval(),
      onExpire: onMissing,
    });
    this.#receiver = new Receiver({
      ...{ nodeId, synced, authenticator, log, peers: this.#peers },
      onEcho: (message) => {
        if (message.kind === 'change') this.#publisher.receiveEcho(message);
        else this.#heartbeat.receiveEcho();
      },
      onGap: onMissing,
      onChange: (change) => strategy.handleChange(change),
    });
  }

  get strategy(): Strategy {
    return this.#context.strategy;
  }

  get status(): SessionStatus {
    return {
      connected: this.#channel.isReady,
      nodeId: this.#nodeId,
      namespace: this.#context.namespace,
      strategy: this.#context.strategyName,
      published: this.#publisher.published,
      received: this.#receiver.received,
      dropped: this.#receiver.dropped,
      peers: this.#peers.count,
      resyncs: this.#resync.count,
    };
  }

  /**
   * Starts connecting, and keeps trying until `close`.
   *
   * @throws Error what the application's `createClient` throws, or that it created no client
   */
  open(): void {
    this.#channel.open();
    this.#heartbeat.start();
    this.updatePollingInterval();
  }

  /**
   * Waits until the node is connected, at most `startupTimeout`.
   *
   * @returns whether it is
   */
  async waitUntilReady(): Promise<boolean> {
    await withTimeout(this.#context.options.startupTimeoutMs, this.#firstReady).catch(() => {});
    return this.#channel.isReady;
  }

  /** Publishes what is pending and a leave message, then ends everything. Resolves within the channel's stated time. */
  async close(): Promise<void> {
    this.#heartbeat.stop();
    this.#resync.stop();
    this.strategy.stop();
    const { hasPending } = this.#publisher;
    const closed = this.#channel.close(this.#publisher.close(this.#unfinishedWrites.size > 0));
    this.#resolveFirstReady();
    if (!(await closed) && hasPending) {
      this.#context.log.warn(
        'close',
        'closed before Redis accepted the last changes; other nodes see them when their live queries poll',
      );
    }
    this.#publisher.releaseWaiting();
  }

  /**
   * Called when the application is about to write to a synced collection.
   *
   * @returns ends that, and publishes what was written
   */
  beginWrite(): (change?: Change, fields?: WrittenFields) => void {
    const end = this.strategy.beginWrite();
    const ended = new Deferred();
    this.#unfinishedWrites.add(ended);
    return (change, fields) => {
      const hinted = change && { ...change, hints: this.hintsOf(change, fields) };
      if (hinted) this.#publisher.add(this.forMessage(hinted));
      end(hinted);
      this.#unfinishedWrites.delete(ended);
      ended.resolve();
    };
  }

  /**
   * Resolves when Redis has accepted every change written so far.
   *
   * @throws TimeoutError after `startupTimeout`
   */
  async flush(): Promise<void> {
    // The ids of some writes are found after the application's promise has resolved.
    const ended = Promise.all([...this.#unfinishedWrites].map(({ promise }) => promise));
    const { startupTimeoutMs } = this.#context.options;
    const flushed = ended.then(() => this.#publisher.flush(startupTimeoutMs));
    await withTimeout(startupTimeoutMs, flushed);
  }

  private hintsOf({ ids }: Change, fields: WrittenFields | undefined): Change['hints'] {
    const { options, hash } = this.#context;
    const hint = options.hints && fields && ids !== 'all' ? hintOf(fields, hash) : undefined;
    return hint && ids !== 'all' ? new Map(ids.map((id) => [id, hint])) : undefined;
  }

  /** Messages name the database only where it is not the default one. */
  private forMessage(change: Change): Change {
    return change.database === this.#context.database ? { ...change, database: undefined } : change;
  }

  /** Messages published while the subscriber was disconnected are lost, so resync every collection. */
  private onReady(): void {
    this.#resync.request(this.#context.synced);
    this.#publisher.start();
    this.#heartbeat.restart();
    this.updatePollingInterval();
    this.#resolveFirstReady();
  }

  private updatePollingInterval(): void {
    const { options, strategy } = this.#context;
    strategy.setPollingInterval(pollingIntervalMs(options.pollingIntervalMs, this.#channel.isReady));
  }
}
