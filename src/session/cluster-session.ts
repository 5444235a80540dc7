/**
 * The session of a node in a cluster: publishes its changes, and passes the strategy what other nodes write.
 *
 * Created by `create-session.ts`. Owns the components that `components.ts` creates.
 */

import { randomBytes } from 'node:crypto';
import { Deferred, TimeoutError, withTimeout } from '../base/time';
import type { Change } from '../changes/change';
import type { ClusterMetrics } from '../observability/metrics';
import type { SessionStatus } from '../observability/status';
import { WritesInProgress } from '../publishing/writes-in-progress';
import type { Strategy } from '../strategies/strategy';
import { type ClusterSessionContext, type Components, createComponents } from './components';
import { leave, settled } from './leave';
import { LeaveNotice } from './leave-notice';
import { type EndSessionWrite, type Session, withKnowledge } from './session';

/**
 * For how many heartbeat intervals a node that has connected gathers resyncs. Each peer publishes its counts once per interval,
 * and each first count shows changes that the node has missed. A timer may be late by half an interval.
 */
const GATHERING_INTERVALS = 1.5;

export class ClusterSession implements Session {
  readonly #context: ClusterSessionContext;
  readonly #nodeId = randomBytes(9).toString('base64url');
  readonly #components: Components;
  /** Resolves when the node is connected for the first time, or the session ends. */
  readonly #firstReady = new Deferred();
  readonly #writes = new WritesInProgress();
  readonly #notice: LeaveNotice;
  #hasStopped = false;
  #isStarting = true;
  #hasBeenReady = false;

  constructor(context: ClusterSessionContext) {
    this.#context = context;
    this.#components = createComponents(context, this.#nodeId);
    const { clock, options } = context;
    this.#notice = new LeaveNotice({ ...this.#components, clock, options, writes: this.#writes });
  }

  get strategy(): Strategy {
    return this.#context.strategy;
  }

  get status(): SessionStatus {
    const { connectivity, publisher, receiver, redisOplog, peers, resync } = this.#components;
    return {
      ...connectivity.status,
      nodeId: this.#nodeId,
      namespace: this.#context.namespace,
      strategy: this.#context.strategyName,
      published: publisher.published,
      received: receiver.received + (redisOplog?.received ?? 0),
      dropped: receiver.dropped + (redisOplog?.dropped ?? 0),
      peers: peers.count,
      resyncs: resync.count,
    };
  }

  get metrics(): ClusterMetrics {
    const { publisher, receiver, redisOplog } = this.#components;
    const dropped = { ...receiver.droppedByReason };
    dropped.malformed += redisOplog?.dropped ?? 0;
    const { pending } = publisher;
    return this.#context.metrics.snapshot({
      status: this.status,
      dropped,
      pending,
      ...this.strategy.gauges,
    });
  }

  get isStarting(): boolean {
    return this.#isStarting;
  }

  /** @throws Error what the application's `createClient` throws, or that it created no client */
  open(): void {
    const { channel, receiver, heartbeat, connectivity } = this.#components;
    channel.open({
      message: (text) => {
        if (!this.#hasStopped) receiver.receive(text);
      },
      ready: () => this.onReady(),
      error: () => connectivity.update(),
    });
    heartbeat.start();
    connectivity.update();
  }

  async waitUntilReady(): Promise<boolean> {
    const { clock, options } = this.#context;
    await withTimeout(clock, options.timeoutMs, this.#firstReady.promise).catch(() => {});
    this.#isStarting = false;
    return this.#components.channel.isReady;
  }

  announceLeave(onStay: () => void): void {
    this.#notice.give(onStay);
  }

  /** Publishes what is pending and a leave message before it ends. Resolves after 1.5 s, at most. */
  close(onEnd: () => void): Promise<void> {
    this.#notice.stop();
    const { publisher, channel } = this.#components;
    const end = () => {
      this.end();
      onEnd();
    };
    return leave({ clock: this.#context.clock, writes: this.#writes, publisher, channel, end });
  }

  stop(): void {
    if (this.#hasStopped) return;
    this.#hasStopped = true;
    const { connectivity, heartbeat, resync, redisOplog } = this.#components;
    connectivity.close();
    heartbeat.stop();
    resync.stop();
    redisOplog?.stop();
    this.strategy.stop();
  }

  addCollection(name: string, database: string): void {
    this.#components.redisOplog?.addCollection(name, database);
  }

  beginWrite(): EndSessionWrite {
    const { clock, hash, options } = this.#context;
    const [endLocally, endInProgress] = [this.strategy.beginWrite(), this.#writes.begin()];
    this.#notice.onActivity();
    const context = { clock, hash, isHinted: options.hints, since: clock.now() };
    return (change, knowledge = {}, document) => {
      const known = change && withKnowledge(change, knowledge, context);
      if (known) this.#components.publisher.add(known);
      endLocally(known, document);
      endInProgress();
    };
  }

  publish(change: Change): void {
    this.beginWrite()(change);
  }

  async flush(): Promise<void> {
    const { clock, options } = this.#context;
    const limitMs = options.timeoutMs;
    const flushed = settled(this.#writes, this.#components.publisher, limitMs);
    await withTimeout(clock, limitMs, flushed).catch((error) => {
      throw error instanceof TimeoutError ? new TimeoutError(this.unflushed(limitMs)) : error;
    });
  }

  async broadcast(topic: string, payload: string | undefined): Promise<boolean> {
    this.#notice.onActivity();
    // Peers ignore what arrives after a leave message.
    const { publisher, broadcasts } = this.#components;
    return publisher.hasLeft ? false : broadcasts.publish(topic, payload);
  }

  /** Returns what `flush` has waited for. */
  private unflushed(limitMs: number): string {
    if (!this.#components.channel.isReady) return `no connection to Redis within ${limitMs} ms`;
    const waitedFor = this.#writes.isEmpty
      ? 'Redis has accepted no change'
      : 'the database has not answered a write';
    return `${waitedFor} within ${limitMs} ms`;
  }

  private end(): void {
    this.stop();
    this.#components.publisher.close();
    this.#components.channel.close();
    this.#firstReady.resolve();
  }

  /** Messages published while the subscriber was disconnected are lost, so resync every collection. */
  private onReady(): void {
    if (this.#hasStopped) return;
    this.requestResync();
    const { redisOplog, publisher, heartbeat, broadcasts, connectivity } = this.#components;
    redisOplog?.start();
    publisher.start();
    heartbeat.restart();
    broadcasts.restart();
    connectivity.update();
    this.#firstReady.resolve();
  }

  /**
   * A node that joins resyncs once, when it knows its peers. One that has lost its connection resyncs at once, and once more where
   * the counts of its peers show a gap.
   */
  private requestResync(): void {
    const { resync } = this.#components;
    const { options, synced } = this.#context;
    const gatheringMs = GATHERING_INTERVALS * options.heartbeatIntervalMs;
    if (this.#hasBeenReady) resync.request(synced);
    resync.gather(gatheringMs);
    if (!this.#hasBeenReady) resync.request(synced);
    this.#hasBeenReady = true;
  }
}
