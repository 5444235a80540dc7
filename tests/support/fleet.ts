/**
 * Nodes with a proxy each between them and Redis, and clients of each node with the same subscriptions.
 *
 * Used by `convergence-run.ts`. What the clients show is compared with what the same queries find in the database.
 */

import type { StrategyName } from 'meteor/cluster';
import { rawItems } from './database';
import { proxyRedis } from './default-redis';
import type { Item } from './node-config';
import { connected, knowPeers, startNode, type TestClient, type TestNode } from './nodes';
import type { FaultyProxy } from './proxy';
import { KINDS } from './workload';

/** Short, so that nodes notice faults while a test waits. In ms. */
const TIMING = { heartbeatInterval: 150, heartbeatTimeout: 750, resyncJitter: 100 };
/** How long a fault lasts at most, in ms: longer than `heartbeatTimeout`, so that nodes expire in some and not in others. */
export const LONGEST_FAULT_MS = 1200;
const LIMIT = 5;

export interface FleetOptions {
  /** The strategy of each node. */
  readonly strategies: readonly StrategyName[];
  readonly namespace: string;
  /** The group that the clients subscribe to. */
  readonly group: string;
  /** Documents that clients subscribe to one by one. */
  readonly ids: readonly string[];
}

export interface Member {
  readonly name: string;
  readonly strategy: StrategyName;
  readonly proxy: FaultyProxy;
  /** Of Redis, by way of the proxy. */
  readonly redisUrl: string;
  node: TestNode;
  /** Resolves when the node serves; pending while it is being replaced. */
  ready: Promise<void>;
  /** Writes on this node that have no answer yet. */
  readonly writes: Set<Promise<unknown>>;
  /** Writes that had no answer when their node crashed. */
  readonly interrupted: WeakSet<Promise<unknown>>;
  /** Rejects when the process has ended: there will be no answer. */
  ended: Promise<never>;
}

/** One query, as a publication and as a query of the database. */
interface Query {
  readonly publication: string;
  readonly params: readonly unknown[];
  find(): Promise<Item[]>;
}

export class Fleet {
  readonly #options: FleetOptions;
  readonly #queries: readonly Query[];
  readonly #members: Member[] = [];
  readonly #clients = new Map<Member, TestClient[]>();

  private constructor(options: FleetOptions) {
    this.#options = options;
    this.#queries = queriesOf(options);
  }

  /** @throws Error when Redis is on another machine or needs TLS, which the proxies do not support; no node runs then */
  static async start(options: FleetOptions): Promise<Fleet> {
    const fleet = new Fleet(options);
    const { strategies } = options;
    const adding = strategies.map((strategy, index) => fleet.add(`node ${index} (${strategy})`, strategy));
    try {
      await Promise.all(adding);
      await fleet.ready();
    } catch (error) {
      await Promise.allSettled(adding);
      await fleet.stop();
      throw error;
    }
    return fleet;
  }

  get members(): readonly Member[] {
    return this.#members;
  }

  get group(): string {
    return this.#options.group;
  }

  /** The number of views: one for each query and node. */
  get size(): number {
    return this.#queries.length * this.#members.length;
  }

  /**
   * Kills a node in the middle of its writes, and starts another in its place.
   *
   * @param unpublished what the node writes last, with no time to publish it
   */
  kill(member: Member, unpublished?: Item): void {
    member.ready = this.replace(member, unpublished);
  }

  /** Waits until every node is connected and knows the others, and only them. */
  async ready(): Promise<void> {
    const nodes = this.#members.map(({ node }) => node);
    await connected(nodes);
    await knowPeers(nodes, nodes.length - 1);
  }

  /** Returns, for each view that is not what the database holds, what it shows and what is stored. */
  async differences(): Promise<string[]> {
    const expected = await Promise.all(this.#queries.map(async ({ find }) => text(await find())));
    const found: string[] = [];
    for (const [member, clients] of this.#clients) {
      for (const [index, client] of clients.entries()) {
        const [shown, stored] = [text(await client.items()), expected[index]];
        const { publication, params } = this.#queries[index] as Query;
        const view = `${publication}(${params.join()}) on ${member.name}`;
        if (shown !== stored) found.push(`${view}\n    shows  ${shown}\n    stored ${stored}`);
      }
    }
    return found;
  }

  async stop(): Promise<void> {
    await Promise.allSettled(this.#members.map(({ ready }) => ready));
    for (const clients of this.#clients.values()) for (const client of clients) client.disconnect();
    await Promise.all(this.#members.map(({ node }) => node.stop()));
    for (const { proxy } of this.#members) proxy.close();
  }

  private async add(name: string, strategy: StrategyName): Promise<void> {
    const { proxy, url } = await proxyRedis();
    const node = await this.startNode(url, strategy);
    const member: Member = {
      name,
      strategy,
      redisUrl: url,
      proxy,
      node,
      ready: Promise.resolve(),
      writes: new Set(),
      interrupted: new WeakSet(),
      ended: endOf(node),
    };
    this.#members.push(member);
    await this.subscribe(member);
  }

  private async replace(member: Member, unpublished: Item | undefined): Promise<void> {
    const { node, ended } = member;
    if (unpublished) {
      await Promise.allSettled(member.writes);
      await Promise.race([node.call('insertThenKill', unpublished), ended]).catch(() => {});
    }
    for (const write of member.writes) member.interrupted.add(write);
    node.process.kill('SIGKILL');
    for (const client of this.#clients.get(member) ?? []) client.disconnect();
    this.#clients.delete(member);
    await node.stop();
    member.node = await this.startNode(member.redisUrl, member.strategy);
    member.ended = endOf(member.node);
    await this.subscribe(member);
  }

  private startNode(redisUrl: string, strategy: StrategyName): Promise<TestNode> {
    const { namespace } = this.#options;
    return startNode({ cluster: { ...TIMING, url: redisUrl, strategy, namespace } });
  }

  private async subscribe(member: Member): Promise<void> {
    const clients = this.#queries.map(({ publication, params }) =>
      member.node.client(publication, ...params),
    );
    this.#clients.set(member, await Promise.all(clients));
  }
}

function endOf({ ended, url }: TestNode): Promise<never> {
  const rejected = ended.then(() => Promise.reject(new Error(`${url} has ended`)));
  rejected.catch(() => {});
  return rejected;
}

function queriesOf({ group, ids }: FleetOptions): Query[] {
  const items = rawItems();
  const [kind] = KINDS;
  return [
    { publication: 'group', params: [group], find: () => items.find({ group }).toArray() },
    { publication: 'kind', params: [group, kind], find: () => items.find({ group, kind }).toArray() },
    ...ids.map((id) => ({ publication: 'one', params: [id], find: () => items.find({ _id: id }).toArray() })),
    {
      publication: 'top',
      params: [group, LIMIT],
      find: () => items.find({ group }).sort({ n: -1 }).limit(LIMIT).toArray(),
    },
  ];
}

function text(items: readonly Item[]): string {
  return JSON.stringify(
    [...items].sort((a, b) => (a._id < b._id ? -1 : 1)),
    ['_id', 'group', 'kind', 'n'],
  );
}
