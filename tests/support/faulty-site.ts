/**
 * Two nodes, one of each strategy, each behind a proxy of its own, and a Redis of theirs, for the tests that break all
 * these; and what every such test does: look, break, write, heal, and see every client see what the database holds.
 *
 * Used by `faults.tests.ts`. Started at the first call; ends with this process.
 */

import { stored } from './database';
import { eventually } from './eventually';
import type { Item } from './node-app';
import { connected, startNode, type TestClient, type TestNode } from './nodes';
import { FaultyProxy } from './proxy';
import { RedisServer } from './redis-server';
import { newGroup } from './shared-nodes';

/** What no node may ever log. */
export const CANARY = 'canary-4711-password';
/** Set, the tests run with the times that are the package's defaults, and tell how long things took: README's table. */
const MEASURING = Boolean(process.env.CLUSTER_TEST_MEASURE);
/** Short, so that a dead connection and a dead node are noticed while a test waits. In ms. */
export const TIMING = MEASURING
  ? { heartbeatInterval: 2000, heartbeatTimeout: 7000, resyncJitter: 500 }
  : { heartbeatInterval: 200, heartbeatTimeout: 700, resyncJitter: 50 };
/** For nodes whose log is counted: a busy machine must not make a connection look dead. In ms. */
export const CALM = { ...TIMING, heartbeatTimeout: MEASURING ? TIMING.heartbeatTimeout : 2000 };
/** A stated time: the longest pause between two attempts to connect, a heartbeat's time-out, and a slow machine. */
export const HEALED_WITHIN = 9000 + 1.5 * TIMING.heartbeatTimeout;
/**
 * In ms. A write that waited for Redis would never end, as faults are healed after it; this is for one that waited for a
 * time-out. A database may be slow by itself.
 */
export const WRITTEN_WITHIN = 5000;

export interface Site {
  readonly redis: RedisServer;
  readonly a: TestNode;
  readonly b: TestNode;
  /** Between `a` and Redis. */
  readonly proxyOfA: FaultyProxy;
  readonly proxyOfB: FaultyProxy;
}

let site: Promise<Site> | undefined;

export function faultySite(): Promise<Site> {
  site ??= start();
  return site;
}

async function start(): Promise<Site> {
  const redis = await RedisServer.start({
    password: CANARY,
    config: [`requirepass ${CANARY}`, 'client-output-buffer-limit pubsub 256kb 0 0'],
  });
  const [proxyOfA, proxyOfB] = await Promise.all([
    FaultyProxy.start(redis.port),
    FaultyProxy.start(redis.port),
  ]);
  const [a, b] = await Promise.all(
    [
      { port: proxyOfA.port, strategy: 'update' as const },
      { port: proxyOfB.port, strategy: 'oplog' as const },
    ].map((own) => startNode({ cluster: { ...own, auth: CANARY, namespace: 'faults', ...TIMING } })),
  );
  if (!a || !b) throw new Error('two nodes were to be started');
  await connected([a, b]);
  return { redis, a, b, proxyOfA, proxyOfB };
}

/** A group of documents, and a client on each node that watches it. */
export class WatchedGroup {
  readonly name = newGroup();
  readonly #nodes: readonly TestNode[];
  readonly #clients: TestClient[] = [];
  #count = 0;

  private constructor(nodes: readonly TestNode[]) {
    this.#nodes = nodes;
  }

  /** Some documents are there already, on every client, to be updated and removed. */
  static async on(...nodes: TestNode[]): Promise<WatchedGroup> {
    const group = new WatchedGroup(nodes);
    for (const node of nodes) {
      for (let n = 0; n < 4; n += 1) await node.call('insert', group.item());
    }
    for (const node of nodes) group.#clients.push(await node.client('group', group.name));
    await group.seenEverywhere('before the fault');
    return group;
  }

  /** A new document, not inserted yet. */
  item(): Item {
    this.#count += 1;
    return { _id: `${this.name}-${String(this.#count).padStart(4, '0')}`, group: this.name, n: this.#count };
  }

  /**
   * Inserts, updates and removes on nodes. The update that names no ids comes first, on all of them: it has live queries look
   * at the whole group, and what one node writes after it another has to be told.
   *
   * @returns how long the slowest write took, in ms
   */
  async write(...nodes: TestNode[]): Promise<number> {
    const kinds: ((node: TestNode, updated: string, removed: string) => Promise<unknown>)[] = [
      (node) => node.call('update', { group: this.name }, { $inc: { n: 1000 } }, { multi: true }),
      (node) => node.call('insert', this.item()),
      (node) => node.call('insert', this.item()),
      (node, updated) => node.call('update', updated, { $set: { n: -this.#count } }),
      (node, _updated, removed) => node.call('remove', removed),
    ];
    let slowest = 0;
    for (const write of kinds) {
      for (const node of nodes) {
        const [updated, removed] = (await stored(this.name)).map(({ _id }) => _id);
        if (!updated || !removed) throw new Error('there was to be something to update and to remove');
        const started = performance.now();
        await write(node, updated, removed);
        slowest = Math.max(slowest, performance.now() - started);
      }
    }
    return slowest;
  }

  /** Waits until every client sees what the database holds. */
  async seenEverywhere(when: string, timeout = HEALED_WITHIN): Promise<void> {
    const since = performance.now();
    const times = this.#nodes.map(async (node) => {
      await this.seenBy(node, when, timeout);
      return `${node.strategy} ${tellTime(since)}`;
    });
    measured(`all seen ${when}: ${(await Promise.all(times)).join(', ')}`);
  }

  async seenBy(node: TestNode, when: string, timeout = HEALED_WITHIN): Promise<void> {
    const n = this.#nodes.indexOf(node);
    const client = this.#clients[n];
    if (!client) throw new Error('this node has no client');
    const what = `client ${n} to see what the database holds ${when}`;
    await eventually(what, () => this.sees(client), timeout).catch((error) => {
      throw new Error(`${error.message}; its node has logged:\n${node.log()}`);
    });
  }

  /** Waits until every node tells every other: what a resync has mended does not yet show that. */
  async alive(): Promise<void> {
    await connected(this.#nodes);
    for (const node of this.#nodes) {
      await node.call('insert', this.item());
      await this.seenEverywhere('after a write when all was well again');
    }
  }

  end(): void {
    for (const client of this.#clients) client.disconnect();
  }

  private async sees(client: TestClient): Promise<boolean> {
    const [seen, held] = await Promise.all([client.items(), stored(this.name)]);
    return JSON.stringify(seen.map(fields)) === JSON.stringify(held.map(fields));
  }
}

/** Says what is to be known of a test that measures. */
export function measured(what: string): void {
  if (MEASURING) console.info(`measured: ${what}`);
}

/** @param since by `performance.now()` */
export function tellTime(since: number): string {
  return `${((performance.now() - since) / 1000).toFixed(2)} s`;
}

function fields({ _id, n }: Item): [string, number] {
  return [_id, n];
}
