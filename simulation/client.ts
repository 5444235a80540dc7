/**
 * A client of the simulated Redis, with the interface that the package expects of npm `redis`. It reconnects by itself,
 * refuses to publish while it is not connected, and subscribes again before it is ready.
 *
 * The package creates it by its option `createClient`, within a simulated process.
 */

import type { RedisClient } from '../src/config/interfaces';
import { reconnectDelayMs } from '../src/redis/client';
import type { Direction, SimulatedLink } from './link';
import type { SimulatedRedis, Subscriber } from './redis';
import type { VirtualProcess, VirtualTime } from './virtual-time';

/** As of `src/redis/client.ts`, with the default `heartbeatTimeout`. */
const CONNECT_TIMEOUT_MS = 7000;
/** A socket is given up that is silent for so long after a `PING`. */
const SOCKET_TIMEOUT_MS = 21_000;
const PING_INTERVAL_MS = 2000;

export interface ClientSurroundings {
  readonly time: VirtualTime;
  readonly process: VirtualProcess;
  readonly link: SimulatedLink;
  /** The server to connect to, as of now. */
  server(): SimulatedRedis;
}

export class SimulatedClient implements RedisClient, Subscriber {
  isOpen = false;
  isReady = false;
  /** Whether nothing of this connection arrives any more. */
  isDead = false;
  readonly #surroundings: ClientSurroundings;
  readonly #listeners = new Map<string, ((error?: unknown) => void)[]>();
  readonly #subscriptions = new Map<string, (text: string, channel: string) => void>();
  /** Rejects the answers that are awaited. */
  readonly #awaited = new Set<(error: Error) => void>();
  /** When the last packet arrives in each direction: TCP keeps the order. */
  readonly #lastArrival = { in: 0, out: 0 };
  #server: SimulatedRedis;
  /** Numbers the connections. Messages of an earlier one are dropped. */
  #connection = 0;
  #attempts = 0;
  #retry: NodeJS.Timeout | undefined;
  #ping: NodeJS.Timeout | undefined;

  constructor(surroundings: ClientSurroundings) {
    this.#surroundings = surroundings;
    this.#server = surroundings.server();
  }

  on(event: string, listener: (error?: unknown) => void): this {
    this.#listeners.set(event, [...(this.#listeners.get(event) ?? []), listener]);
    return this;
  }

  async connect(): Promise<void> {
    this.isOpen = true;
    await this.attempt();
  }

  async publish(channel: string, text: string): Promise<void> {
    if (!this.isReady) throw new Error('The client is offline');
    await this.request(() => this.#server.publish(channel, text));
  }

  async subscribe(channel: string, listener: (text: string, channel: string) => void): Promise<void> {
    this.#subscriptions.set(channel, listener);
    await this.request(() => this.#server.subscribe(this, channel));
  }

  deliver(channel: string, text: string): void {
    for (const delayMs of this.#surroundings.link.nextCopies()) {
      this.send('in', () => this.#subscriptions.get(channel)?.(text, channel), delayMs);
    }
  }

  lose(): void {
    this.send('in', () => this.fail('Socket closed unexpectedly'));
  }

  /** Called when the network has closed the connection: both ends notice it. */
  reset(): void {
    this.#server.disconnect(this);
    this.lose();
  }

  /** Called when the process has ended: the server notices it. */
  processEnded(): void {
    this.#server.disconnect(this);
  }

  destroy(): void {
    this.isOpen = false;
    clearTimeout(this.#retry);
    this.disconnect('The client is closed');
  }

  private async attempt(): Promise<void> {
    this.#server = this.#surroundings.server();
    const connection = this.#connection;
    this.#retry = setTimeout(() => this.fail('Connection timeout'), CONNECT_TIMEOUT_MS);
    try {
      await this.request(() => this.#server.connect(this), true);
      for (const channel of this.#subscriptions.keys()) {
        await this.request(() => this.#server.subscribe(this, channel));
      }
    } catch {
      return;
    }
    if (connection !== this.#connection) return;
    clearTimeout(this.#retry);
    this.#attempts = 0;
    this.isReady = true;
    this.pingLater();
    this.emit('ready');
  }

  /** Clients ping all the time, so that a connection that is dead in silence is noticed. */
  private pingLater(): void {
    this.#ping = setTimeout(() => {
      this.#ping = setTimeout(() => this.fail('Socket timeout'), SOCKET_TIMEOUT_MS);
      const answered = this.request(() => {});
      answered.then(
        () => {
          clearTimeout(this.#ping);
          this.pingLater();
        },
        () => {},
      );
    }, PING_INTERVAL_MS);
  }

  private fail(reason: string): void {
    this.disconnect(reason);
    if (!this.isOpen) return;
    const delayMs = reconnectDelayMs(this.#attempts);
    this.#attempts += 1;
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => void this.attempt(), delayMs);
    this.emit('error', new Error(reason));
  }

  private disconnect(reason: string): void {
    clearTimeout(this.#ping);
    this.isReady = this.isDead = false;
    this.#connection += 1;
    this.#server.disconnect(this);
    for (const reject of this.#awaited) reject(new Error(reason));
    this.#awaited.clear();
  }

  /** Does something on the server and resolves with its answer; rejects when the server refuses it, or the connection ends before. */
  private request(onServer: () => void, isFirst = false): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#awaited.add(reject);
      this.send('out', () => {
        if (!this.#server.isUp) return this.send('in', () => this.fail('connect ECONNREFUSED'));
        if (!isFirst && !this.#server.isConnected(this)) return this.lose();
        const refusal = errorOf(onServer);
        this.send('in', () => {
          this.#awaited.delete(reject);
          if (refusal) reject(refusal);
          else resolve();
        });
      });
    });
  }

  private send(direction: Direction, arrive: () => void, delayMs = 0): void {
    const { time, process, link } = this.#surroundings;
    const connection = this.#connection;
    link.send(direction, (latencyMs) => {
      let at = time.now + latencyMs + delayMs;
      // A message that is late lets others overtake it.
      if (delayMs === 0) this.#lastArrival[direction] = at = Math.max(at, this.#lastArrival[direction]);
      time.schedule(direction === 'in' ? process : this.#server.process, 'socket', at - time.now, () => {
        if (connection === this.#connection && !this.isDead) arrive();
      });
    });
  }

  private emit(event: string, error?: unknown): void {
    for (const listener of this.#listeners.get(event) ?? []) listener(error);
  }
}

function errorOf(run: () => void): unknown {
  try {
    run();
    return undefined;
  } catch (error) {
    return error;
  }
}
