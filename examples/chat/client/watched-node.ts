/** One node, as the status page sees it: over a DDP connection of its own. Called by `status.ts` and `traffic.ts`. */

import { DDP } from 'meteor/ddp';
import { Mongo } from 'meteor/mongo';
import type { NodeStatus } from '../imports/node-status';
import type { Write } from '../imports/traffic';

/** `unreachable`: it does not answer the page. `disconnected`: it does not reach Redis. `off`: Cluster is turned off. */
export type NodeCondition = 'connected' | 'disconnected' | 'off' | 'unreachable';

export class WatchedNode {
  readonly url: string;
  readonly #connection: ReturnType<typeof DDP.connect>;
  #status: NodeStatus | undefined;

  constructor(url: string) {
    this.url = url;
    const connection = DDP.connect(url);
    this.#connection = connection;
    // Every node has a collection of this name, on a connection of its own.
    const options = { connection, _suppressSameNameError: true, defineMutationMethods: false };
    new Mongo.Collection<NodeStatus>('statuses', options as object).find().observeChanges({
      added: (_id, fields) => {
        this.#status = { _id, ...fields } as NodeStatus;
      },
      changed: (_id, fields) => {
        if (this.#status) this.#status = { ...this.#status, ...fields };
      },
    });
    connection.subscribe('status');
    // A live query of this node, so that one change in as many as there are nodes concerns it.
    connection.subscribe('traffic', url);
  }

  get name(): string {
    return `node ${new URL(this.url).port || new URL(this.url).hostname}`;
  }

  /** The latest that the node has published; `undefined` until it has answered. */
  get status(): NodeStatus | undefined {
    return this.#status;
  }

  get condition(): NodeCondition {
    if (!this.#status || !this.#connection.status().connected) return 'unreachable';
    if (!this.#status.cluster) return 'off';
    return this.#status.connected ? 'connected' : 'disconnected';
  }

  /** Writes a document through this node. */
  async write(write: Write): Promise<void> {
    await this.#connection.callAsync('write', write);
  }

  close(): void {
    this.#connection.disconnect();
  }
}
