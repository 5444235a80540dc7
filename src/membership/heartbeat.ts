/**
 * The heartbeat: publishes that this node is alive, expires silent peers, and replaces a connection that has failed
 * silently.
 *
 * The session starts and stops it, the receiver reports this node's own heartbeats coming back (echoes). A node that does
 * not receive its echoes has a dead connection, even where the socket still looks open.
 */

import type { CancelTimer, Clock } from '../base/time';
import type { Options } from '../config/options';
import type { Log } from '../observability/log';
import type { Publisher } from '../publishing/publisher';
import type { Channel } from '../redis/channel';
import { stretchOf } from './heartbeat-timing';
import type { Peers } from './peers';
import type { ReceivedUntil } from './received-until';

/** Reconnecting clients retry by themselves. After so many `heartbeatTimeout`s without success, one counts as stuck. */
const STUCK_FACTOR = 10;

export interface HeartbeatContext {
  readonly clock: Clock;
  readonly options: Options;
  readonly channel: Channel;
  readonly publisher: Publisher;
  readonly peers: Peers;
  /** The names of the synced collections, as of now. */
  readonly synced: ReadonlySet<string>;
  readonly received: ReceivedUntil;
  readonly log: Log;
  /** Called before each heartbeat. */
  onHeartbeat(): void;
  /** Called when the connection has been replaced. */
  onReplaced(): void;
  /** Called with the collections that expired peers may have written without publishing. */
  onExpire(collections: readonly string[]): void;
  /** Called with the time from a heartbeat to its echo. */
  onRoundTrip(ms: number): void;
}

export class Heartbeat {
  readonly #context: HeartbeatContext;
  readonly #clock: Clock;
  /** `undefined`: it is stopped. */
  #cancelTimer: CancelTimer | undefined;
  /** When the last echo arrived, or the time from which the next one is awaited. By the clock's `now`, in ms. */
  #echoedAt: number;
  /** When the oldest heartbeat without an echo was published. */
  #unechoedSince: number | undefined;
  /** When each heartbeat without an echo was published, by its number. */
  readonly #publishedAt = new Map<number, number>();
  #replacedAt = Number.NEGATIVE_INFINITY;
  #heartbeatAt: number;
  /** The time until the next heartbeat, in ms. */
  #intervalMs = 0;

  constructor(context: HeartbeatContext) {
    this.#context = context;
    this.#clock = context.clock;
    this.#echoedAt = this.#heartbeatAt = this.#clock.now();
  }

  start(): void {
    this.schedule();
  }

  stop(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
  }

  /**
   * Called when this node's own heartbeat has come back.
   *
   * @param heartbeat its number; `undefined`: there was none to come back
   */
  receiveEcho(heartbeat?: number): void {
    if (heartbeat !== undefined) this.advanceTo(heartbeat);
    this.#echoedAt = this.#clock.now();
    const publishedAt = this.#unechoedSince;
    this.#unechoedSince = undefined;
    if (publishedAt !== undefined) this.#context.onRoundTrip(this.#echoedAt - publishedAt);
  }

  /** Everything that Redis had accepted before that heartbeat was published has been received. */
  private advanceTo(heartbeat: number): void {
    const publishedAt = this.#publishedAt.get(heartbeat);
    if (publishedAt !== undefined) this.#context.received.advance(publishedAt);
    for (const each of this.#publishedAt.keys()) if (each <= heartbeat) this.#publishedAt.delete(each);
  }

  /** Called when the channel is ready. All time-outs start again: nothing could be received until now. */
  restart(): void {
    this.restartTimeouts();
    void this.publish();
  }

  private restartTimeouts(): void {
    // A heartbeat of an earlier connection says nothing of what this one has received.
    this.#publishedAt.clear();
    this.#unechoedSince = undefined;
    this.#echoedAt = this.#clock.now();
    this.#context.peers.restartTimeouts(this.#echoedAt);
  }

  private schedule(): void {
    const { options, peers } = this.#context;
    this.#heartbeatAt = this.#clock.now();
    this.#intervalMs = Math.round(options.heartbeatIntervalMs * stretchOf(peers.count));
    this.#cancelTimer = this.#clock.after(this.#intervalMs, () => void this.heartbeat());
  }

  private async heartbeat(): Promise<void> {
    this.discountStall();
    const elapsedMs = this.#intervalMs;
    this.schedule();
    // After a stall of this process, timers run before sockets. Read the sockets before peers expire.
    await this.#clock.nextTurn();
    if (this.#cancelTimer === undefined) return;
    this.#context.onHeartbeat();
    this.expirePeers();
    const silence = this.#clock.now() - this.#echoedAt;
    if (this.isStuck(silence, elapsedMs)) {
      this.replaceConnection(`nothing received from Redis for ${Math.round(silence)} ms`);
    } else if (this.losesAnswers()) {
      this.replaceConnection('Redis does not answer, although messages come back');
    } else {
      void this.publish();
    }
  }

  /** A heartbeat that was not published in time has no echo: the delay of the timer is no silence of Redis. */
  private discountStall(): void {
    const now = this.#clock.now();
    const delay = now - this.#heartbeatAt - this.#intervalMs;
    if (delay > 0) this.#echoedAt = Math.min(now, this.#echoedAt + delay);
  }

  private replaceConnection(reason: string): void {
    const { channel, publisher, log, onReplaced } = this.#context;
    log.warn('redis', `${reason}; opening a new connection`);
    this.#replacedAt = this.#clock.now();
    this.restartTimeouts();
    publisher.restart();
    channel.reopen();
    onReplaced();
  }

  /** Replacing the connection may not help, and each time costs a resync: not too often. */
  private losesAnswers(): boolean {
    const { options, publisher } = this.#context;
    return (
      publisher.isUnanswered &&
      this.#clock.now() - this.#replacedAt > STUCK_FACTOR * options.heartbeatTimeoutMs
    );
  }

  private expirePeers(): void {
    const { options, peers, synced, onExpire } = this.#context;
    // Without echoes the silence of peers means nothing: their time-outs stand still.
    const now = this.#clock.now();
    const receivingUntil = Math.min(now, this.#echoedAt + this.#intervalMs);
    onExpire(peers.expire(receivingUntil - options.heartbeatTimeoutMs, now, synced));
  }

  /**
   * @param silence since the last echo, in ms
   * @param elapsedMs the interval since the last heartbeat: there were more peers then, maybe
   */
  private isStuck(silence: number, elapsedMs: number): boolean {
    const { channel, options, peers } = this.#context;
    const stretch = Math.max(stretchOf(peers.count), elapsedMs / options.heartbeatIntervalMs);
    const timeoutMs = options.heartbeatTimeoutMs * stretch;
    if (channel.isReady || channel.hasGivenUp) return silence > timeoutMs;
    // A client without time-outs may wait for ever for the answer to a handshake.
    return silence > STUCK_FACTOR * timeoutMs;
  }

  private async publish(): Promise<void> {
    const { channel, publisher } = this.#context;
    // Peers would take back a node that leaves. A later write publishes the return.
    if (!channel.isReady || publisher.hasLeft) return;
    const publishedAt = this.#clock.now();
    this.#unechoedSince ??= publishedAt;
    const publishing = publisher.heartbeat(this.#intervalMs);
    this.#publishedAt.set(publisher.lastHeartbeat, publishedAt);
    const result = await publishing;
    // It has no echo that could be measured.
    if (result !== 'accepted') this.#unechoedSince = undefined;
    // A user who may not publish gets the same answer over a new connection: do not open one.
    if (result !== 'forbidden') return;
    this.#publishedAt.clear();
    this.receiveEcho();
  }
}
