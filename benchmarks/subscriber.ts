/**
 * A client that looks at one node and notes when it sees what was written. Called by site.ts, memory.ts and stress.ts.
 */

import { WebSocket } from 'ws';
import { DdpClient, type Fields } from '../../stand-in/ddp-client';

interface Expectation {
  readonly n: number;
  readonly missing: Set<string>;
  seen(at: number): void;
}

export class Viewer {
  /** The index of the node that it looks at. */
  readonly node: number;
  readonly #client: DdpClient;
  readonly #collection: string;
  readonly #expectations = new Map<string, Set<Expectation>>();

  constructor(url: string, node: number, collection: string) {
    this.node = node;
    this.#client = new DdpClient(url, WebSocket as never);
    this.#collection = collection;
    const noted = (id: string, { n }: Fields) => this.note(id, Number(n));
    this.#client.observe(collection, { added: noted, changed: noted });
  }

  /** Settles when the node has sent what there is. */
  subscribe(name: string, ...params: unknown[]): Promise<void> {
    return new Promise((onReady, reject) => {
      const onStop = (error?: Error) => reject(error ?? new Error(`subscription ${name} stopped`));
      this.#client.subscribe(name, [this.#collection, ...params], { onReady, onStop });
    });
  }

  /** Settles with the time at which the last of these documents was seen at `n` or later. */
  sees(ids: readonly string[], n: number): Promise<number> {
    return new Promise((seen) => {
      const expectation = { n, missing: new Set(ids), seen };
      for (const id of ids) {
        const expectations = this.#expectations.get(id) ?? new Set();
        this.#expectations.set(id, expectations.add(expectation));
      }
    });
  }

  /** What it sees, by id. */
  documents(): Map<string, Fields> {
    return new Map(
      this.#client.documents(this.#collection).map((document) => [String(document._id), document]),
    );
  }

  close(): void {
    this.#client.close();
  }

  private note(id: string, n: number): void {
    const at = performance.now();
    const expectations = this.#expectations.get(id) ?? new Set();
    for (const expectation of expectations) {
      if (n < expectation.n) continue;
      expectations.delete(expectation);
      expectation.missing.delete(id);
      if (expectation.missing.size === 0) expectation.seen(at);
    }
  }
}
