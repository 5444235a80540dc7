/**
 * Nodes with a proxy each between them and Redis, and clients of each node.
 *
 * Used by `convergence-run.ts`. The views of the clients are compared with the results of the same queries in the database.
 */

import type { StrategyName } from 'meteor/cluster';
import type { Random } from '../../tools/random';
import { proxyRedis } from './default-redis';
import type { Query } from './fleet-queries';
import type { Item } from './node-config';
import { connected, knowPeers, startNode, type TestClient, type TestNode } from './nodes';
import type { FaultyProxy } from './proxy';

/** Short, so that nodes notice faults while a test waits. In ms. */
const TIMING = { heartbeatInterval: 150, heartbeatTimeout: 750, resyncJitter: 100 };
/** How long a fault lasts at most, in ms: longer than `heartbeatTimeout`, so that nodes expire in some and not in others. */
export const LONGEST_FAULT_MS = 1200;

export interface NodeSetup {
  readonly strategy: StrategyName;
  /** The option `hints`. */
  readonly hints: boolean;
  /** The queries of the clients of the node, one each. */
  readonly queries: readonly Query[];
}

export interface FleetOptions {
  readonly namespace: string;
  readonly nodes: readonly NodeSetup[];
}

export interface Member {
  readonly name: string;
  readonly setup: NodeSetup;
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

export class Fleet {
  readonly #namespace: string;
  readonly #members: Member[] = [];
  readonly #clients = new Map<Member, TestClient[]>();

  private constructor(namespace: string) {
    this.#namespace = namespace;
  }

  /** @throws Error when Redis is on another machine or needs TLS, which the proxies do not support; no node runs then */
  static async start({ namespace, nodes }: FleetOptions): Promise<Fleet> {
    const fleet = new Fleet(namespace);
    const adding = nodes.map((setup, index) => fleet.add(nameOf(setup, index), setup));
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

  /** The number of views: one for each live query of each node. */
  get size(): number {
    return this.#members.reduce((total, { setup }) => total + setup.queries.length, 0);
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
    const found: string[] = [];
    // Nodes may have the same queries: each is asked for once.
    const asked = new Map<string, Promise<string>>();
    const find = (query: Query) => {
      const answer = asked.get(nameOfQuery(query)) ?? query.find().then(text);
      asked.set(nameOfQuery(query), answer);
      return answer;
    };
    for (const [member, clients] of this.#clients) {
      const { queries } = member.setup;
      const expected = await Promise.all(queries.map(find));
      for (const [index, client] of clients.entries()) {
        const [shown, stored] = [text(await client.items()), expected[index]];
        const view = `${nameOfQuery(queries[index] as Query)} on ${member.name}`;
        if (shown !== stored) found.push(`${view}\n    shows  ${shown}\n    stored ${stored}`);
      }
    }
    return found;
  }

  /** Returns how many skipped documents the nodes of now have audited, and how many of them were skipped wrongly. */
  async audits(): Promise<{ audited: number; wrong: number }> {
    const counters = await Promise.all(this.#members.map(({ node }) => node.call('counters')));
    const sum = (name: 'audited' | 'wrong') => counters.reduce((total, each) => total + each[name], 0);
    return { audited: sum('audited'), wrong: sum('wrong') };
  }

  /** Replaces one of a node's clients by another one with the same subscription. No node may be killed meanwhile. */
  async resubscribe(member: Member, random: Random): Promise<void> {
    const clients = this.#clients.get(member) ?? [];
    const index = random.below(clients.length);
    const { publication, params } = member.setup.queries[index] as Query;
    // The live query of the first one ends before that of the second one is opened.
    clients[index]?.disconnect();
    clients[index] = await member.node.client(publication, ...params);
  }

  async stop(): Promise<void> {
    await Promise.allSettled(this.#members.map(({ ready }) => ready));
    for (const clients of this.#clients.values()) for (const client of clients) client.disconnect();
    await Promise.all(this.#members.map(({ node }) => node.stop()));
    for (const { proxy } of this.#members) proxy.close();
  }

  private async add(name: string, setup: NodeSetup): Promise<void> {
    const { proxy, url } = await proxyRedis();
    const node = await this.startNode(url, setup);
    const member: Member = {
      name,
      setup,
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
    member.node = await this.startNode(member.redisUrl, member.setup);
    member.ended = endOf(member.node);
    await this.subscribe(member);
  }

  private startNode(url: string, { strategy, hints }: NodeSetup): Promise<TestNode> {
    return startNode({ cluster: { ...TIMING, url, strategy, hints, audit: 1, namespace: this.#namespace } });
  }

  private async subscribe(member: Member): Promise<void> {
    const clients = member.setup.queries.map(({ publication, params }) =>
      member.node.client(publication, ...params),
    );
    this.#clients.set(member, await Promise.all(clients));
  }
}

function nameOf({ strategy, hints }: NodeSetup, index: number): string {
  return `node ${index} (${strategy}${hints ? '' : ', without hints'})`;
}

function nameOfQuery({ publication, params }: Query): string {
  return `${publication}(${params.join()})`;
}

function endOf({ ended, url }: TestNode): Promise<never> {
  const rejected = ended.then(() => Promise.reject(new Error(`${url} has ended`)));
  rejected.catch(() => {});
  return rejected;
}

function text(items: readonly Item[]): string {
  return JSON.stringify(
    [...items].sort((a, b) => (a._id < b._id ? -1 : 1)),
    ['_id', 'group', 'kind', 'n'],
  );
}
