/**
 * The channel on Redis: one connection to publish, one to subscribe (Redis does not let one do both).
 *
 * Created and closed by `cluster.ts`, which owns every decision; here are only the connections and their state.
 * Both reconnect by themselves for as long as the channel is open. Nothing is queued while a connection is away:
 * a queued message would be sent before the other nodes are back, to nobody.
 */

import { createClient } from 'redis';
import { describeAddress, type RedisAddress } from './options';
import { type Report, reasonOf } from './report';

export interface ChannelEvents {
  /** A message of any node, this one included. */
  message(text: string): void;
  /** The node hears and is heard, for the first time or again. What was said in between is lost to it. */
  ready(): void;
}

/** Longest pause between two attempts to reconnect, in ms. */
const MAX_RETRY_DELAY = 2000;
/** A PING this often, in ms, keeps a healthy connection from looking silent. */
const PING_INTERVAL = 3000;
/** A connection that says nothing for this long, in ms, is dead even if its socket does not know it. */
const SOCKET_TIMEOUT = 10_000;

export class Channel {
  readonly #name: string;
  readonly #address: RedisAddress;
  readonly #events: ChannelEvents;
  readonly #report: Report;
  readonly #publisher: Client;
  readonly #subscriber: Client;
  #subscribed = false;
  #closed = false;

  /** @param name the channel's name on Redis */
  constructor(name: string, address: RedisAddress, events: ChannelEvents, report: Report) {
    this.#name = name;
    this.#address = address;
    this.#events = events;
    this.#report = report;
    this.#publisher = connection(address);
    this.#subscriber = connection(address);
  }

  /** Starts connecting, and goes on until `close`. */
  open(): void {
    for (const client of [this.#publisher, this.#subscriber]) {
      client.on('error', (error: unknown) => this.#troubled(error));
    }
    this.#publisher.on('ready', () => this.#settled());
    // On a reconnect the client has subscribed again before it says so.
    this.#subscriber.on('ready', () => {
      if (this.#subscribed) this.#settled();
      else void this.#subscribe();
    });
    for (const client of [this.#publisher, this.#subscriber]) {
      // Rejects only when the channel is closed while it connects: every other failure is an 'error' and a retry.
      client.connect().catch(() => {});
    }
  }

  /** Whether this node hears the channel and can speak on it. */
  get isReady(): boolean {
    return !this.#closed && this.#subscribed && this.#publisher.isReady && this.#subscriber.isReady;
  }

  /** @throws Error when Redis has not taken the message; it may have reached some nodes all the same */
  async publish(text: string): Promise<void> {
    await this.#publisher.publish(this.#name, text);
  }

  /** Ends both connections; safe to call again. Messages on their way are dropped. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const client of [this.#publisher, this.#subscriber]) client.destroy();
  }

  async #subscribe(): Promise<void> {
    try {
      await this.#subscriber.subscribe(this.#name, (text) => {
        if (!this.#closed) this.#events.message(text);
      });
      this.#subscribed = true;
      this.#settled();
    } catch (error) {
      this.#troubled(error);
    }
  }

  #settled(): void {
    if (!this.isReady) return;
    const again = this.#report.settle('redis') ? 'again ' : '';
    this.#report.info(`${again}connected to ${describeAddress(this.#address)}, channel "${this.#name}"`);
    this.#events.ready();
  }

  #troubled(error: unknown): void {
    if (this.#closed) return;
    this.#report.warn(
      'redis',
      `no connection to ${describeAddress(this.#address)} (${reasonOf(error)}); it is tried again until it succeeds. ` +
        'Meanwhile other nodes see this one’s writes only when they poll, and the reverse',
    );
  }
}

type Client = ReturnType<typeof connection>;

function connection({ host, port, tls, username, password, db }: RedisAddress) {
  const reconnectStrategy = (retries: number) =>
    Math.min(50 * 2 ** Math.min(retries, 10), MAX_RETRY_DELAY) * (0.5 + Math.random() / 2);
  const timing = { reconnectStrategy, socketTimeout: SOCKET_TIMEOUT };
  return createClient({
    // The older protocol is understood by every Redis, and by what is compatible with it.
    RESP: 2,
    socket: tls ? { host, port, tls: true, servername: host, ...timing } : { host, port, ...timing },
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(db === undefined ? {} : { database: db }),
    pingInterval: PING_INTERVAL,
    disableOfflineQueue: true,
  });
}
