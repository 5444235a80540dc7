/**
 * A client of one node that notes when it receives what was written.
 *
 * Called by fixture.ts and memory.ts.
 */

import { WebSocket } from 'ws';
import { DdpClient, type Fields } from '../stand-in/ddp-client';

interface Expectation {
  readonly n: number;
  readonly missing: Set<string>;
  received(at: number): void;
}

export class Subscriber {
  /** The index of its node. */
  readonly node: number;
  readonly #client: DdpClient;
  readonly #collection: string;
  readonly #expectations = new Map<string, Set<Expectation>>();

  constructor(url: string, node: number, collection: string) {
    this.node = node;
    this.#client = new DdpClient(url, WebSocket as never);
    this.#collection = collection;
    const received = (id: string, { n }: Fields) => this.#note(id, Number(n));
    this.#client.observe(collection, { added: received, changed: received });
  }

  /** Resolves when the node has sent the documents of the subscription. */
  subscribe(name: string, ...params: unknown[]): Promise<void> {
    return new Promise((onReady, reject) => {
      const onStop = (error?: Error) => reject(error ?? new Error(`Subscription ${name} stopped`));
      this.#client.subscribe(name, [this.#collection, ...params], { onReady, onStop });
    });
  }

  /** Resolves with the time at which the last of these documents was received with `n` or a higher number. */
  receives(ids: readonly string[], n: number): Promise<number> {
    return new Promise((received) => {
      const expectation = { n, missing: new Set(ids), received };
      for (const id of ids) {
        const expectations = this.#expectations.get(id) ?? new Set();
        this.#expectations.set(id, expectations.add(expectation));
      }
    });
  }

  /** Returns the documents it has, by id. */
  documents(): Map<string, Fields> {
    const documents = this.#client.documents(this.#collection);
    return new Map(documents.map((document) => [String(document._id), document]));
  }

  close(): void {
    this.#client.close();
  }

  #note(id: string, n: number): void {
    const at = performance.now();
    const expectations = this.#expectations.get(id) ?? new Set();
    for (const expectation of expectations) {
      if (n < expectation.n) continue;
      expectations.delete(expectation);
      expectation.missing.delete(id);
      if (expectation.missing.size === 0) expectation.received(at);
    }
  }
}
