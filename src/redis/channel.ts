/**
 * The cluster's channel on Redis: holds the current connection, replaces it, and logs its state.
 *
 * Created and closed by `session/cluster-session.ts`, which owns every decision. Nothing is queued while the connection is down: a
 * queued message would be published before the other nodes are subscribed again, and be lost.
 */

import type { Clock } from '../base/time';
import { describeAddress } from '../config/address';
import type { ConnectedOptions } from '../config/options';
import type { Log } from '../observability/log';
import { Connection } from './connection';
import { adviceOnTls, explain } from './error-advice';

export interface ChannelEvents {
  /** Called with every text on the channel, this node's own included. */
  message(text: string): void;
  /** Called when the node is connected, for the first time or again. Messages published meanwhile are lost to it. */
  ready(): void;
  /** Called with an error of the connection, which may be lost now. */
  error(): void;
}

export class Channel {
  readonly name: string;
  readonly #options: ConnectedOptions;
  readonly #log: Log;
  readonly #clock: Clock;
  /** `undefined`: it is not open. */
  #events: ChannelEvents | undefined;
  #connection: Connection | undefined;
  /** Whether any connection was. */
  #hasBeenReady = false;

  /** @param name the channel's name on Redis */
  constructor(name: string, options: ConnectedOptions, log: Log, clock: Clock) {
    this.name = name;
    this.#options = options;
    this.#log = log;
    this.#clock = clock;
  }

  /**
   * Starts connecting, and keeps trying until `close`.
   *
   * @throws what the application's `createClient` throws
   */
  open(events: ChannelEvents): void {
    this.#events = events;
    let isFirst = true;
    this.#connection = new Connection(this.name, this.#options, this.#clock, {
      message: (text) => events.message(text),
      error: (error) => {
        this.logError(error);
        events.error();
      },
      ready: () => {
        this.logReady(isFirst);
        isFirst = false;
        this.#hasBeenReady = true;
        events.ready();
      },
    });
  }

  /** Whether this node can publish and receives the channel, as far as the clients know. */
  get isReady(): boolean {
    return this.#connection?.isReady ?? false;
  }

  /** Whether there is neither a connection nor an attempt at one: only `reopen` helps. */
  get hasGivenUp(): boolean {
    return this.#events !== undefined && (this.#connection?.hasGivenUp ?? true);
  }

  /** @throws Error when Redis has not accepted the message; some nodes may have received it all the same */
  async publish(text: string): Promise<void> {
    if (!this.#connection) throw new Error('the channel is closed');
    await this.#connection.publish(text);
  }

  /**
   * Subscribes to another channel, or pattern of channels, on the current connection.
   *
   * @returns whether it was not subscribed or requested before
   * @throws Error when Redis refuses it, or there is no connection
   */
  async subscribeTo(
    name: string,
    isPattern: boolean,
    listener: (text: string, channel: string) => void,
  ): Promise<boolean> {
    if (!this.#connection) throw new Error('the channel is closed');
    return this.#connection.subscribeTo(name, isPattern, listener);
  }

  /** Replaces a connection that has failed silently. */
  reopen(): void {
    const events = this.#events;
    if (!events) return;
    this.#connection?.close();
    this.#connection = undefined;
    try {
      this.open(events);
    } catch (error) {
      // `hasGivenUp` is true now, and the next heartbeat tries again.
      this.#log.warn('reopen', `no new connection to ${this.place()} (${this.explain(error)}); trying again`);
    }
  }

  /** Closes the connection. Messages on their way in are dropped. */
  close(): void {
    this.#events = undefined;
    this.#connection?.close();
    this.#connection = undefined;
  }

  private logReady(isFirst: boolean): void {
    this.#log.resolve('connection');
    this.#log.resolve('reopen');
    const again = this.#log.resolve('redis') ? 'again ' : '';
    // A Redis Cluster has many connections; that one of them is back needs no line.
    if (again || isFirst) this.#log.info(`${again}connected to ${this.place()}, channel "${this.name}"`);
  }

  private logError(error: unknown): void {
    const what = `${this.place()} (${this.explain(error)})`;
    if (this.isReady) {
      this.#log.warn('connection', `error on the connection to ${what}`);
      return;
    }
    this.#log.warn(
      'redis',
      `no connection to ${what}; trying again until it succeeds. ` +
        'Meanwhile this node and its peers see each other’s writes only when their live queries poll',
    );
  }

  private place(): string {
    const { redis } = this.#options;
    return typeof redis === 'function' ? 'Redis (by createClient)' : describeAddress(redis);
  }

  private explain(error: unknown): string {
    const { redis } = this.#options;
    const mayExpectTls = !this.#hasBeenReady && typeof redis !== 'function';
    return `${explain(error, this.name)}${mayExpectTls ? adviceOnTls(error, redis.tls) : ''}`;
  }
}
