/**
 * A simulated Redis: channels, their subscribers, and replicas.
 *
 * The clients of `client.ts` connect to it. As the real one, it delivers each message at most once, and keeps none.
 */

import type { VirtualProcess } from './virtual-time';

/** A connection, as the server knows it. */
export interface Subscriber {
  /** Called with a message of a channel that is subscribed to. */
  deliver(channel: string, text: string): void;
  /** Called when the server has closed the connection. */
  lose(): void;
}

/** The messages that have gone through a server. */
export interface Traffic {
  publishedMessages: number;
  publishedBytes: number;
  deliveredMessages: number;
  deliveredBytes: number;
}

export class SimulatedRedis {
  readonly process: VirtualProcess;
  readonly traffic: Traffic = {
    publishedMessages: 0,
    publishedBytes: 0,
    deliveredMessages: 0,
    deliveredBytes: 0,
  };
  /** Messages published here reach the subscribers of these too, not the other way round. */
  readonly replicas: SimulatedRedis[] = [];
  readonly #connections = new Set<Subscriber>();
  readonly #channels = new Map<string, Set<Subscriber>>();
  /** Whether it refuses messages, as while its memory is full. */
  isReadOnly = false;
  #isUp = true;

  constructor(process: VirtualProcess) {
    this.process = process;
  }

  get isUp(): boolean {
    return this.#isUp;
  }

  connect(connection: Subscriber): void {
    this.#connections.add(connection);
  }

  isConnected(connection: Subscriber): boolean {
    return this.#connections.has(connection);
  }

  disconnect(connection: Subscriber): void {
    this.#connections.delete(connection);
    for (const subscribers of this.#channels.values()) subscribers.delete(connection);
  }

  subscribe(connection: Subscriber, channel: string): void {
    const subscribers = this.#channels.get(channel) ?? new Set();
    this.#channels.set(channel, subscribers);
    subscribers.add(connection);
  }

  /** @throws Error when it refuses the message */
  publish(channel: string, text: string): void {
    if (this.isReadOnly) throw new Error('OOM command not allowed when used memory > maxmemory');
    this.traffic.publishedMessages += 1;
    this.traffic.publishedBytes += text.length + overheadOf(channel);
    this.deliver(channel, text);
    for (const replica of this.replicas) replica.deliver(channel, text);
  }

  /** Closes all connections, and accepts none until `start`. */
  stop(): void {
    this.#isUp = false;
    const connections = [...this.#connections];
    this.#connections.clear();
    this.#channels.clear();
    for (const connection of connections) connection.lose();
  }

  start(): void {
    this.#isUp = true;
  }

  private deliver(channel: string, text: string): void {
    const subscribers = this.#channels.get(channel) ?? [];
    for (const subscriber of subscribers) {
      this.traffic.deliveredMessages += 1;
      this.traffic.deliveredBytes += text.length + overheadOf(channel);
      subscriber.deliver(channel, text);
    }
  }
}

/** Returns the bytes of Redis' protocol around a text: `*3`, `$7 message`, `$n channel`, `$nnn text`. */
function overheadOf(channel: string): number {
  return 4 + 13 + 5 + channel.length + 2 + 6 + 2;
}
