/**
 * The channel on Redis: one connection to publish, one to subscribe (Redis does not let one do both).
 *
 * Created and closed by `session.ts`, which owns every decision; here are only the connections and their state.
 * Both reconnect by themselves for as long as the channel is open. Nothing is queued while a connection is away:
 * a queued message would be sent before the other nodes are back, to nobody.
 */

import { isIP } from 'node:net';
import { createClient } from 'redis';
import {
  type ClientRole,
  describeAddress,
  type Options,
  type RedisAddress,
  type RedisClient,
} from './options';
import { type Report, reasonOf } from './report';

export interface ChannelEvents {
  /** A message of any node, this one included. */
  message(text: string): void;
  /** The node hears and is heard, for the first time or again. What was said in between is lost to it. */
  ready(): void;
}

/** Longest pause between two attempts to reconnect, in ms. */
const MAX_RETRY_DELAY = 2000;
/** Pause before subscribing again where Redis has refused it, in ms. */
const SUBSCRIBE_RETRY_DELAY = 2000;
/** How long `close` waits for Redis to take the last message, in ms. */
const FAREWELL_TIMEOUT = 1000;

export class Channel {
  readonly #name: string;
  readonly #options: Options;
  readonly #events: ChannelEvents;
  readonly #report: Report;
  #connections: Connections | undefined;
  #isOpen = false;

  /** @param name the channel's name on Redis */
  constructor(name: string, options: Options, events: ChannelEvents, report: Report) {
    this.#name = name;
    this.#options = options;
    this.#events = events;
    this.#report = report;
  }

  /** Starts connecting, and goes on until `close`. */
  open(): void {
    this.#isOpen = true;
    const connections: Connections = {
      publisher: this.createClient('publisher'),
      subscriber: this.createClient('subscriber'),
      subscription: 'none',
      told: false,
      retry: undefined,
    };
    this.#connections = connections;
    const { publisher, subscriber } = connections;
    for (const client of [publisher, subscriber]) {
      client.on('error', (error) => this.troubled(connections, error));
    }
    onReady(publisher, () => this.settled(connections));
    // On a reconnect the client has subscribed again before it says so.
    onReady(subscriber, () => {
      if (connections.subscription === 'none') void this.subscribe(connections);
      else this.settled(connections);
    });
    for (const client of [publisher, subscriber]) {
      client.connect().catch((error) => this.troubled(connections, error));
    }
  }

  /** Whether this node hears the channel and can speak on it, as far as the connections know. */
  get isReady(): boolean {
    const { publisher, subscriber, subscription } = this.#connections ?? {};
    return Boolean(subscription === 'there' && publisher?.isReady && subscriber?.isReady);
  }

  /** Whether a connection is neither there nor being tried for: only `reopen` helps. */
  get hasGivenUp(): boolean {
    const { publisher, subscriber } = this.#connections ?? {};
    return this.#isOpen && !(publisher?.isOpen && subscriber?.isOpen);
  }

  /** @throws Error when Redis has not taken the message; it may have reached some nodes all the same */
  async publish(text: string): Promise<void> {
    const { publisher } = this.#connections ?? {};
    if (!publisher) throw new Error('the channel is closed');
    const { sharded, heartbeatTimeout } = this.#options;
    const published = sharded ? publisher.sPublish?.(this.#name, text) : publisher.publish(this.#name, text);
    await beforeDeadline(published, heartbeatTimeout);
  }

  /** Gives up both connections and makes new ones: those there are have gone silent without noticing. */
  reopen(): void {
    this.close();
    try {
      this.open();
    } catch (error) {
      // `open` has begun: `hasGivenUp` says so, and the next heartbeat tries again.
      this.#report.warn(
        'redis',
        `no connection to ${this.place()} (${this.explain(error)}); it is tried again`,
      );
    }
  }

  /**
   * Ends both connections; safe to call again. Messages on their way in are dropped.
   *
   * @param farewells what is still to be said, if there is a connection to say it on
   */
  close(farewells: readonly string[] = []): void {
    this.#isOpen = false;
    const connections = this.#connections;
    if (!connections) return;
    const { publisher, subscriber, retry } = connections;
    const said = this.isReady ? farewells.map((text) => this.publish(text)) : [];
    this.#connections = undefined;
    clearTimeout(retry);
    end(subscriber);
    if (said.length === 0) {
      end(publisher);
      return;
    }
    let timer: NodeJS.Timeout | undefined;
    const deadline = new Promise((resolve) => {
      timer = setTimeout(resolve, FAREWELL_TIMEOUT);
    });
    void Promise.race([Promise.allSettled(said), deadline]).then(() => {
      clearTimeout(timer);
      end(publisher);
    });
  }

  private createClient(role: ClientRole): RedisClient {
    const { redis } = this.#options;
    if (typeof redis !== 'function') return createOwnClient(redis, this.#options);
    const client = redis(role);
    const needed = this.#options.sharded
      ? (['sPublish', 'sSubscribe'] as const)
      : (['publish', 'subscribe'] as const);
    for (const method of needed) {
      if (typeof client?.[method] === 'function') continue;
      throw new Error(
        `Cluster: the option "createClient" must return a Redis client; what came has no ${method}()`,
      );
    }
    return client;
  }

  private async subscribe(connections: Connections): Promise<void> {
    const { subscriber } = connections;
    const listener = (text: string) => {
      if (connections === this.#connections) this.#events.message(text);
    };
    connections.subscription = 'asked';
    try {
      if (this.#options.sharded) await subscriber.sSubscribe?.(this.#name, listener);
      else await subscriber.subscribe(this.#name, listener);
      connections.subscription = 'there';
      this.settled(connections);
    } catch (error) {
      connections.subscription = 'none';
      this.troubled(connections, error);
      if (connections !== this.#connections) return;
      connections.retry = setTimeout(() => {
        if (subscriber.isReady && connections.subscription === 'none') void this.subscribe(connections);
      }, SUBSCRIBE_RETRY_DELAY).unref();
    }
  }

  private settled(connections: Connections): void {
    if (connections !== this.#connections || !this.isReady) return;
    this.#report.settle('trouble');
    const again = this.#report.settle('redis') ? 'again ' : '';
    // One of the many connections to a Redis Cluster that is back is no news.
    if (again || !connections.told) {
      this.#report.info(`${again}connected to ${this.place()}, channel "${this.#name}"`);
    }
    connections.told = true;
    this.#events.ready();
  }

  private troubled(connections: Connections, error: unknown): void {
    if (connections !== this.#connections) return;
    const what = `${this.place()} (${this.explain(error)})`;
    if (this.isReady) {
      this.#report.warn('trouble', `trouble with the connection to ${what}`);
      return;
    }
    this.#report.warn(
      'redis',
      `no connection to ${what}; it is tried again until it succeeds. ` +
        'Meanwhile this node and the others see each other’s writes only when they look at the database by themselves',
    );
  }

  /** What an error of the connection says, and what to do about it. */
  explain(error: unknown): string {
    const reason = reasonOf(error);
    return `${reason}${this.advice(reason)}`;
  }

  private place(): string {
    const { redis } = this.#options;
    return typeof redis === 'function' ? 'Redis (by createClient)' : describeAddress(redis);
  }

  private advice(reason: string): string {
    if (/^(WRONGPASS|NOAUTH)|without any password|invalid password/.test(reason)) {
      return ': check the user name and the password in CLUSTER_URL or in what init() was given';
    }
    if (isForbidden(reason)) {
      return `: the ACL user needs "resetchannels &${this.#name} +publish +subscribe +ping" and no keys`;
    }
    return '';
  }
}

/** Whether Redis answers that this user may not do this: a new connection would be told the same. */
export function isForbidden(reason: string): boolean {
  return /^NOPERM/.test(reason);
}

interface Connections {
  readonly publisher: RedisClient;
  readonly subscriber: RedisClient;
  subscription: 'none' | 'asked' | 'there';
  /** Whether the first success has been told. */
  told: boolean;
  retry: NodeJS.Timeout | undefined;
}

/**
 * Calls back when a client is ready, for the first time or again. A Redis Cluster says `connect` where others say
 * `ready`, and of its connections, the one that hears the channel among them, that a node is ready.
 */
function onReady(client: RedisClient, listener: () => void): void {
  for (const event of ['ready', 'connect', 'node-ready'] as const) {
    client.on(event, () => {
      if (client.isReady) listener();
    });
  }
}

/** A client that leaves a message unanswered is taken to have lost it. */
async function beforeDeadline(published: Promise<unknown> | undefined, ms: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${ms} ms`)), ms).unref();
  });
  try {
    await Promise.race([published, deadline]);
  } finally {
    clearTimeout(timer);
  }
}

/** Clients of several kinds throw, or reject, when they are closed already. */
function end(client: RedisClient): void {
  void (async () => client.destroy())().catch(() => {});
}

function createOwnClient(
  address: RedisAddress,
  { heartbeatInterval, heartbeatTimeout }: Options,
): RedisClient {
  const { host, port, tls, username, password, db } = address;
  const reconnectStrategy = (retries: number) =>
    Math.min(50 * 2 ** Math.min(retries, 10), MAX_RETRY_DELAY) * (0.5 + Math.random() / 2);
  const timing = { reconnectStrategy, socketTimeout: heartbeatTimeout, connectTimeout: heartbeatTimeout };
  return createClient({
    // The older protocol is understood by every Redis, and by what is compatible with it.
    RESP: 2,
    socket: tls ? { host, port, tls: true, ...serverName(host), ...timing } : { host, port, ...timing },
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(db === undefined ? {} : { database: db }),
    pingInterval: heartbeatInterval,
    disableOfflineQueue: true,
  });
}

/** TLS knows names of servers only (RFC 6066); an address is compared with the certificate without one. */
function serverName(host: string): { servername?: string } {
  return isIP(host) === 0 ? { servername: host } : {};
}
