/**
 * A DDP client: one connection, its subscriptions, its method calls and the documents it received.
 *
 * Called by `packages/ddp.ts` on a server, by `client/` in a page and by the benchmark. Runs in both places, so it uses
 * only a `WebSocket` and EJSON. It reconnects and then subscribes again.
 */

import { parse, stringify } from 'mongodb-livedata-server/dist/meteor/ejson/ejson';

export type Fields = Record<string, unknown>;
type WebSocketClass = new (
  url: string,
) => Pick<WebSocket, 'send' | 'close' | 'readyState' | 'addEventListener'>;

export interface CollectionListener {
  added?(id: string, fields: Fields): void;
  changed?(id: string, fields: Fields): void;
  removed?(id: string): void;
}

interface SubscriptionCallbacks {
  onReady?: (() => void) | undefined;
  onStop?: ((error?: Error) => void) | undefined;
}

interface Subscription extends SubscriptionCallbacks {
  readonly name: string;
  readonly params: unknown[];
}

/** The message that ends a call: `result`, or `updated` too, when the caller's subscriptions show its writes. */
export type CallEnd = 'result' | 'updated';

interface Call {
  readonly name: string;
  readonly params: unknown[];
  /** Called when the result and the message that ends the call have arrived. */
  settle?: () => void;
  /** Whether `updated` has arrived, or the call does not wait for it. */
  isUpdated: boolean;
  resolve(result: unknown): void;
  reject(error: Error): void;
}

/** Pause before a reconnect, in ms. */
const RECONNECT_DELAY_MS = 500;

export class DdpClient {
  readonly #url: string;
  readonly #webSocket: WebSocketClass;
  readonly #collections = new Map<string, Map<string, Fields>>();
  readonly #listeners = new Map<string, Set<CollectionListener>>();
  readonly #subscriptions = new Map<string, Subscription>();
  readonly #calls = new Map<string, Call>();
  readonly #statusListeners = new Set<(connected: boolean) => void>();
  #socket: InstanceType<WebSocketClass> | undefined;
  #connected = false;
  #closed = false;
  #nextId = 1;

  /** @param url the server's, `http://…` */
  constructor(url: string, webSocket: WebSocketClass) {
    this.#url = `${url.replace(/^http/, 'ws').replace(/\/$/, '')}/websocket`;
    this.#webSocket = webSocket;
    this.#open();
  }

  get connected(): boolean {
    return this.#connected;
  }

  onStatus(listener: (connected: boolean) => void): void {
    this.#statusListeners.add(listener);
  }

  subscribe(name: string, params: unknown[], callbacks: SubscriptionCallbacks = {}): { stop(): void } {
    const id = this.#newId();
    const subscription = { name, params, ...callbacks };
    this.#subscriptions.set(id, subscription);
    this.#send({ msg: 'sub', id, name, params });
    return {
      stop: () => {
        if (this.#subscriptions.delete(id)) this.#send({ msg: 'unsub', id });
      },
    };
  }

  /**
   * @param end until when to wait; `updated` as in Meteor's client
   * @throws the server's error, with its `error` and `reason`; Error when the connection is lost before the result
   */
  call(name: string, params: unknown[], end: CallEnd = 'updated'): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const id = this.#newId();
      this.#calls.set(id, { name, params, isUpdated: end === 'result', resolve, reject });
      this.#send({ msg: 'method', id, method: name, params });
    });
  }

  documents(collection: string): Fields[] {
    return [...(this.#collections.get(collection) ?? [])].map(([_id, fields]) => ({ _id, ...fields }));
  }

  /**
   * Calls back for the documents already received and for every later change.
   *
   * @returns stops it
   */
  observe(collection: string, listener: CollectionListener): () => void {
    const listeners = this.#listeners.get(collection) ?? new Set();
    this.#listeners.set(collection, listeners.add(listener));
    for (const [id, fields] of this.#collections.get(collection) ?? []) listener.added?.(id, fields);
    return () => listeners.delete(listener);
  }

  close(): void {
    this.#closed = true;
    this.#socket?.close();
  }

  #newId(): string {
    return String(this.#nextId++);
  }

  #open(): void {
    const socket = new this.#webSocket(this.#url);
    this.#socket = socket;
    socket.addEventListener('open', () =>
      socket.send(JSON.stringify({ msg: 'connect', version: '1', support: ['1'] })),
    );
    socket.addEventListener('message', ({ data }: { data: unknown }) => this.#receive(String(data)));
    socket.addEventListener('error', () => {});
    socket.addEventListener('close', () => this.#onClose());
  }

  #onClose(): void {
    const wasConnected = this.#connected;
    this.#connected = false;
    if (wasConnected) {
      // The server may have run these methods already, so they are not called again.
      for (const call of this.#calls.values())
        call.reject(new Error(`the connection was lost before ${call.name} returned`));
      this.#calls.clear();
      for (const listener of this.#statusListeners) listener(false);
    }
    if (!this.#closed) setTimeout(() => this.#closed || this.#open(), RECONNECT_DELAY_MS);
  }

  #send(message: Fields): void {
    if (this.#connected) this.#socket?.send(stringify(message as never));
  }

  #receive(text: string): void {
    const message = parse(text) as unknown as Fields & { msg?: string };
    const id = String(message.id);
    switch (message.msg) {
      case 'connected':
        this.#onConnected();
        break;
      case 'ping':
        this.#send({ msg: 'pong', ...('id' in message ? { id } : {}) });
        break;
      case 'added':
      case 'changed':
      case 'removed':
        this.#onDocument(message as unknown as DocumentMessage);
        break;
      case 'ready':
        for (const readyId of message.subs as string[]) this.#subscriptions.get(readyId)?.onReady?.();
        break;
      case 'nosub': {
        const subscription = this.#subscriptions.get(id);
        this.#subscriptions.delete(id);
        subscription?.onStop?.(message.error ? errorOf(message.error) : undefined);
        break;
      }
      case 'result': {
        const call = this.#calls.get(id);
        if (!call) break;
        call.settle = message.error
          ? () => call.reject(errorOf(message.error))
          : () => call.resolve(message.result);
        this.#settle(id, call);
        break;
      }
      case 'updated':
        for (const updated of message.methods as string[]) {
          const call = this.#calls.get(updated);
          if (!call) continue;
          call.isUpdated = true;
          this.#settle(updated, call);
        }
        break;
    }
  }

  #onConnected(): void {
    this.#connected = true;
    for (const [name, documents] of this.#collections) {
      for (const id of documents.keys()) this.#notify(name, (listener) => listener.removed?.(id));
    }
    this.#collections.clear();
    for (const [id, { name, params }] of this.#subscriptions) this.#send({ msg: 'sub', id, name, params });
    for (const [id, { name, params }] of this.#calls) this.#send({ msg: 'method', id, method: name, params });
    for (const listener of this.#statusListeners) listener(true);
  }

  #settle(id: string, call: Call): void {
    if (!call.settle || !call.isUpdated) return;
    this.#calls.delete(id);
    call.settle();
  }

  #onDocument({ msg, collection, id, fields = {}, cleared = [] }: DocumentMessage): void {
    const documents = this.#collections.get(collection) ?? new Map<string, Fields>();
    this.#collections.set(collection, documents);
    if (msg === 'removed') {
      documents.delete(id);
      this.#notify(collection, (listener) => listener.removed?.(id));
      return;
    }
    const document = msg === 'added' ? fields : { ...documents.get(id), ...fields };
    for (const name of cleared) delete document[name];
    documents.set(id, document);
    this.#notify(collection, (listener) => listener[msg]?.(id, document));
  }

  #notify(collection: string, call: (listener: CollectionListener) => void): void {
    for (const listener of this.#listeners.get(collection) ?? []) call(listener);
  }
}

interface DocumentMessage {
  readonly msg: 'added' | 'changed' | 'removed';
  readonly collection: string;
  readonly id: string;
  readonly fields?: Fields;
  readonly cleared?: string[];
}

function errorOf(error: unknown): Error {
  const { message, ...properties } = error as { message?: string; reason?: string };
  return Object.assign(new Error(message ?? properties.reason ?? 'unknown error'), properties);
}
