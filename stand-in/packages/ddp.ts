/** Stands in for `meteor/ddp`: connections from this process to a server. */

import { WebSocket } from 'ws';
import { DdpClient } from '../ddp-client';

interface Callbacks {
  onReady?: () => void;
  onStop?: (error?: Error) => void;
}

export class Connection {
  readonly #client: DdpClient;

  constructor(url: string) {
    this.#client = new DdpClient(url, WebSocket as never);
  }

  callAsync(name: string, ...params: unknown[]): Promise<unknown> {
    return this.#client.call(name, params);
  }

  subscribe(name: string, ...params: unknown[]): { stop(): void } {
    const last = params.at(-1);
    const hasCallbacks = typeof last === 'object' && last !== null && ('onReady' in last || 'onStop' in last);
    return hasCallbacks
      ? this.#client.subscribe(name, params.slice(0, -1), last as Callbacks)
      : this.#client.subscribe(name, params);
  }

  disconnect(): void {
    this.#client.close();
  }

  /** For the stand-in's `Mongo.Collection`: what the server has sent. */
  _documents(collection: string) {
    return this.#client.documents(collection);
  }
}

export const DDP = { connect: (url: string) => new Connection(url) };
