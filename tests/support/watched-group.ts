/** A group of documents and one client on each node that watches it: what a test of faults writes and compares. */

import { stored } from './database';
import { eventually } from './eventually';
import { newGroup } from './groups';
import type { Item } from './node-config';
import { connected, type TestClient, type TestNode } from './nodes';
import type { Scope } from './scope';
import { HEALED_WITHIN_MS, logMeasured, secondsSince } from './timing';

type Write = (node: TestNode, updatedId: string, removedId: string) => Promise<unknown>;

export class WatchedGroup {
  readonly name = newGroup();
  readonly #nodes: readonly TestNode[];
  readonly #clients = new Map<TestNode, TestClient>();
  #count = 0;

  private constructor(nodes: readonly TestNode[]) {
    this.#nodes = nodes;
  }

  /** Inserts some documents, which every client then shows, to be updated and removed. */
  static async open(scope: Scope, ...nodes: TestNode[]): Promise<WatchedGroup> {
    const group = new WatchedGroup(nodes);
    for (const node of nodes) {
      for (let n = 0; n < 4; n += 1) await node.call('insert', group.item());
    }
    for (const node of nodes) group.#clients.set(node, await scope.client(node, 'group', group.name));
    await group.converged('before the fault');
    return group;
  }

  /** Returns a new document, not inserted yet. */
  item(): Item {
    this.#count += 1;
    return { _id: `${this.name}-${String(this.#count).padStart(4, '0')}`, group: this.name, n: this.#count };
  }

  /**
   * Inserts, updates and removes on nodes. The update that names no ids comes first, on all of them. It re-runs live queries
   * of the whole group, and later writes of one node must not be covered by it.
   *
   * @returns how long the slowest write took, in ms
   */
  async write(...nodes: TestNode[]): Promise<number> {
    const writes: Write[] = [
      (node) => node.call('update', { group: this.name }, { $inc: { n: 1000 } }, { multi: true }),
      (node) => node.call('insert', this.item()),
      (node) => node.call('insert', this.item()),
      (node, updatedId) => node.call('update', updatedId, { $set: { n: -this.#count } }),
      (node, _updatedId, removedId) => node.call('remove', removedId),
    ];
    let slowest = 0;
    for (const write of writes) {
      for (const node of nodes) {
        const [updated, removed] = (await stored(this.name)).map(({ _id }) => _id);
        if (!updated || !removed) throw new Error('there are no documents to update and to remove');
        const start = performance.now();
        await write(node, updated, removed);
        slowest = Math.max(slowest, performance.now() - start);
      }
    }
    return slowest;
  }

  /** Waits until every client shows what the database holds. */
  async converged(when: string, timeoutMs = HEALED_WITHIN_MS): Promise<void> {
    const start = performance.now();
    const times = this.#nodes.map(async (node) => {
      await this.convergedOn(node, when, timeoutMs);
      return `${node.strategy} ${secondsSince(start)}`;
    });
    logMeasured(`all seen ${when}: ${(await Promise.all(times)).join(', ')}`);
  }

  /** Waits until the client of one node shows what the database holds. */
  async convergedOn(node: TestNode, when: string, timeoutMs = HEALED_WITHIN_MS): Promise<void> {
    const what = () =>
      `the client of ${node.url} (${node.strategy}) to show what the database holds ${when}; ` +
      `its node has logged:\n${node.log()}`;
    await eventually(what, () => this.isRight(node), timeoutMs);
  }

  /** Waits until every node publishes to every other: a resync alone does not show that. */
  async replicates(): Promise<void> {
    await connected(this.#nodes);
    for (const node of this.#nodes) {
      await node.call('insert', this.item());
      await this.converged('after a write without faults');
    }
  }

  private async isRight(node: TestNode): Promise<boolean> {
    const [shown, held] = await Promise.all([this.#clients.get(node)?.items(), stored(this.name)]);
    return JSON.stringify(shown?.map(compared)) === JSON.stringify(held.map(compared));
  }
}

function compared({ _id, n }: Item): [string, number] {
  return [_id, n];
}
