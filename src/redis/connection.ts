/**
 * One connection to the channel: a client that publishes and one that subscribes, as Redis does not let one do both.
 *
 * The channel creates one per attempt and closes it for good. Both clients reconnect by themselves until then. After
 * `close` no event is emitted.
 */

import { type CancelTimer, type Clock, withTimeout } from '../base/time';
import type { RedisClient } from '../config/interfaces';
import type { ConnectedOptions } from '../config/options';
import { createClient, destroyClient, onReady, required } from './client';

export interface ConnectionEvents {
  /** Called with every text on the channel, this node's own included. */
  message(text: string): void;
  /** Called when both clients are ready and subscribed, for the first time or again. */
  ready(): void;
  /** Called with every error of the clients. */
  error(error: unknown): void;
}

/** Pause before subscribing again after Redis has refused it, in ms. */
const SUBSCRIBE_RETRY_DELAY_MS = 2000;

export class Connection {
  readonly #channel: string;
  readonly #options: ConnectedOptions;
  readonly #events: ConnectionEvents;
  readonly #clock: Clock;
  readonly #publisher: RedisClient;
  readonly #subscriber: RedisClient;
  #subscription: 'none' | 'requested' | 'active' = 'none';
  #cancelRetry: CancelTimer = () => {};
  /** Further channels and patterns that are subscribed or requested. On a reconnect the client subscribes them again. */
  readonly #further = new Set<string>();
  #isClosed = false;

  /**
   * Creates both clients and starts connecting.
   *
   * @throws what the application's `createClient` throws
   */
  constructor(channel: string, options: ConnectedOptions, clock: Clock, events: ConnectionEvents) {
    this.#channel = channel;
    this.#options = options;
    this.#events = events;
    this.#clock = clock;
    this.#publisher = createClient('publisher', options);
    try {
      this.#subscriber = createClient('subscriber', options);
    } catch (error) {
      destroyClient(this.#publisher);
      throw error;
    }
    onReady(this.#publisher, () => this.emitReady());
    // On a reconnect the client has subscribed again before it is ready.
    onReady(this.#subscriber, () => {
      if (this.#subscription === 'none') void this.subscribe();
      else this.emitReady();
    });
    for (const client of [this.#publisher, this.#subscriber]) {
      client.on('error', (error) => this.emitError(error));
      client.connect().catch((error) => this.emitError(error));
    }
  }

  /** Whether this node can publish and receives the channel, as far as the clients know. */
  get isReady(): boolean {
    return this.#subscription === 'active' && this.#publisher.isReady && this.#subscriber.isReady;
  }

  /** Whether a client is neither connected nor reconnecting: only a new connection helps. */
  get hasGivenUp(): boolean {
    return !(this.#publisher.isOpen && this.#subscriber.isOpen);
  }

  /** @throws Error when Redis has not accepted the message; some nodes may have received it all the same */
  async publish(text: string): Promise<void> {
    const { sharded, heartbeatTimeoutMs } = this.#options;
    const client = this.#publisher;
    const publish = sharded ? required(client.sPublish, 'sPublish') : client.publish;
    // A client that leaves a message unanswered has probably lost it.
    await withTimeout(this.#clock, heartbeatTimeoutMs, publish.call(client, this.#channel, text));
  }

  /**
   * Subscribes to one more channel, or pattern of channels, until `close`.
   *
   * @returns whether it was not subscribed or requested before
   * @throws Error when Redis refuses it, or the connection is lost before it answers
   */
  async subscribeTo(
    name: string,
    isPattern: boolean,
    listener: (text: string, channel: string) => void,
  ): Promise<boolean> {
    const key = `${isPattern} ${name}`;
    if (this.#isClosed || this.#further.has(key)) return false;
    this.#further.add(key);
    const client = this.#subscriber;
    const receive = (text: string, channel: string) => {
      if (!this.#isClosed) listener(text, channel);
    };
    try {
      await (isPattern ? required(client.pSubscribe, 'pSubscribe') : client.subscribe).call(
        client,
        name,
        receive,
      );
      return true;
    } catch (error) {
      this.#further.delete(key);
      throw error;
    }
  }

  /** Closes both clients. Idempotent. */
  close(): void {
    this.#isClosed = true;
    this.#cancelRetry();
    destroyClient(this.#subscriber);
    destroyClient(this.#publisher);
  }

  private async subscribe(): Promise<void> {
    const listener = (text: string) => {
      if (!this.#isClosed) this.#events.message(text);
    };
    this.#subscription = 'requested';
    try {
      const client = this.#subscriber;
      const subscribe = this.#options.sharded ? required(client.sSubscribe, 'sSubscribe') : client.subscribe;
      await subscribe.call(client, this.#channel, listener);
      this.#subscription = 'active';
      this.emitReady();
    } catch (error) {
      this.#subscription = 'none';
      this.emitError(error);
      if (!this.#isClosed) this.subscribeLater();
    }
  }

  private subscribeLater(): void {
    this.#cancelRetry = this.#clock.after(SUBSCRIBE_RETRY_DELAY_MS, () => {
      if (this.#subscriber.isReady && this.#subscription === 'none') void this.subscribe();
    });
  }

  private emitReady(): void {
    if (!this.#isClosed && this.isReady) this.#events.ready();
  }

  private emitError(error: unknown): void {
    if (!this.#isClosed) this.#events.error(error);
  }
}
