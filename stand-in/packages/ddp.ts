/**
 * Stands in for `meteor/ddp`: connections from this process to a server.
 *
 * Called by the tests, and by the pages of applications. Opens one WebSocket per connection.
 */

import { WebSocket } from 'ws';
import { type CollectionListener, DdpClient } from '../ddp-client';

interface Callbacks {
  onReady?: () => void;
  onStop?: (error?: Error) => void;
}

/** Meteor's connections offer compression. Between processes of one machine it takes more time than it saves. */
class UncompressedWebSocket extends WebSocket {
  constructor(url: string) {
    super(url, { perMessageDeflate: false });
  }
}

export class Connection {
  readonly #client: DdpClient;

  constructor(url: string) {
    this.#client = new DdpClient(url, UncompressedWebSocket as never);
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

  status(): { connected: boolean } {
    return { connected: this.#client.connected };
  }

  /** Calls back for the documents that the server sent, and sends. Called by `client/mongo.ts`. @returns stops it */
  _observe(collection: string, listener: CollectionListener): () => void {
    return this.#client.observe(collection, listener);
  }

  /** Returns the documents that the server sent. Called by `mongo.ts`. */
  _documents(collection: string) {
    return this.#client.documents(collection);
  }
}

export const DDP = { connect: (url: string) => new Connection(url) };
