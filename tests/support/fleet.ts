/**
 * Nodes with a proxy each between them and Redis, and clients that look at the same data through each of them.
 *
 * Used by `convergence-run.ts`. What the clients see is compared with what the same queries find in the database.
 */

import { once } from 'node:events';
import { type RedisAddress, resolveOptions, type StrategyName } from '../../src/options';
import { rawItems } from './database';
import { eventually } from './eventually';
import type { Item } from './node-app';
import { connected, startNode, type TestClient, type TestNode } from './nodes';
import { FaultyProxy } from './proxy';
import { KINDS } from './workload';

/** Nodes notice soon that something is wrong: a test has no time for the defaults. In ms. */
const TIMES = { heartbeatInterval: 150, heartbeatTimeout: 750, resyncJitter: 100 };
/** How long a fault lasts at most, in ms: longer than a node is waited for, so that both happen. */
export const LONGEST_FAULT = 1200;
const LIMIT = 5;

export interface FleetOptions {
  readonly nodes: number;
  readonly strategy: StrategyName;
  readonly namespace: string;
  /** The group that the clients look at. */
  readonly group: string;
  /** Documents that clients look at one by one. */
  readonly ids: readonly string[];
}

export interface Member {
  readonly name: string;
  readonly proxy: FaultyProxy;
  node: TestNode;
  /** Settles when the node serves; pending while it is being replaced. */
  ready: Promise<void>;
  /** Its node's writes that have no answer yet. */
  readonly writes: Set<Promise<unknown>>;
  /** Writes that had no answer when their node crashed. */
  readonly interrupted: WeakSet<Promise<unknown>>;
  /** Rejects when the node has ended: nobody should wait for its answer. */
  gone: Promise<never>;
}

/** One query, as a publication and as the database is asked it. */
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

  /** @throws Error when Redis is on another machine or talks TLS, which the proxies do not */
  static async start(options: FleetOptions): Promise<Fleet> {
    const fleet = new Fleet(options);
    const names = Array.from({ length: options.nodes }, (_, index) => `node ${index}`);
    await Promise.all(names.map((name) => fleet.add(name)));
    await fleet.settled();
    return fleet;
  }

  get members(): readonly Member[] {
    return this.#members;
  }

  get group(): string {
    return this.#options.group;
  }

  /** How many views there are. */
  get size(): number {
    return this.#queries.length * this.#members.length;
  }

  /**
   * Ends a node as a power cut would, in the middle of its writes, and starts another in its place.
   *
   * @param unannounced what the node writes last of all, with no time to tell anybody
   */
  crash(member: Member, unannounced?: Item): void {
    member.ready = this.replace(member, unannounced);
  }

  /** Waits until every node is connected and knows the others, and only them. */
  async settled(): Promise<void> {
    const others = this.#members.length - 1;
    await connected(this.#members.map(({ node }) => node));
    for (const { name, node } of this.#members) {
      await eventually(`${name} to know ${others} other nodes`, async () => {
        return (await node.call('status')).peers === others;
      });
    }
  }

  /** @returns what is wrong with each view that is not what the database holds */
  async differences(): Promise<string[]> {
    const expected = await Promise.all(this.#queries.map(async ({ find }) => text(await find())));
    const found: string[] = [];
    for (const [member, clients] of this.#clients) {
      for (const [index, client] of clients.entries()) {
        const [seen, stored] = [text(await client.items()), expected[index]];
        const { publication, params } = this.#queries[index] as Query;
        const view = `${publication}(${params.join()}) on ${member.name}`;
        if (seen !== stored) found.push(`${view}\n    shows  ${seen}\n    stored ${stored}`);
      }
    }
    return found;
  }

  async stop(): Promise<void> {
    await Promise.all(this.#members.map(({ ready }) => ready));
    for (const clients of this.#clients.values()) for (const client of clients) client.disconnect();
    await Promise.all(this.#members.map(({ node }) => node.stop()));
  }

  private async add(name: string): Promise<void> {
    const proxy = await FaultyProxy.start(redisPort());
    const node = await this.startNode(proxy);
    const member: Member = {
      name,
      proxy,
      node,
      ready: Promise.resolve(),
      writes: new Set(),
      interrupted: new WeakSet(),
      gone: endOf(node),
    };
    this.#members.push(member);
    await this.look(member);
  }

  private async replace(member: Member, unannounced: Item | undefined): Promise<void> {
    const { node, gone } = member;
    if (unannounced) {
      await Promise.allSettled(member.writes);
      await Promise.race([node.call('insertAndDie', unannounced), gone]).catch(() => {});
    }
    for (const write of member.writes) member.interrupted.add(write);
    node.process.kill('SIGKILL');
    for (const client of this.#clients.get(member) ?? []) client.disconnect();
    this.#clients.delete(member);
    await node.stop();
    member.node = await this.startNode(member.proxy);
    member.gone = endOf(member.node);
    await this.look(member);
  }

  private startNode(proxy: FaultyProxy): Promise<TestNode> {
    const { strategy, namespace } = this.#options;
    const url = new URL(process.env.CLUSTER_URL || 'redis://127.0.0.1');
    url.host = `127.0.0.1:${proxy.port}`;
    return startNode({ cluster: { ...TIMES, strategy, namespace }, env: { CLUSTER_URL: url.href } });
  }

  private async look(member: Member): Promise<void> {
    const clients = this.#queries.map(({ publication, params }) =>
      member.node.client(publication, ...params),
    );
    this.#clients.set(member, await Promise.all(clients));
  }
}

function endOf({ process, url }: TestNode): Promise<never> {
  const gone = once(process, 'exit').then(() => Promise.reject(new Error(`${url} has ended`)));
  gone.catch(() => {});
  return gone;
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

/** Whether there is a Redis that the proxies can stand in front of. */
export function canProxyRedis(): boolean {
  const { host, tls } = redisAddress();
  return !tls && ['127.0.0.1', 'localhost'].includes(host);
}

function redisPort(): number {
  if (!canProxyRedis()) throw new Error('CLUSTER_URL must be a Redis on this machine, without TLS');
  return redisAddress().port;
}

/** Where Cluster looks for Redis when nothing is configured. */
function redisAddress(): RedisAddress {
  return resolveOptions(undefined).redis as RedisAddress;
}

function text(items: readonly Item[]): string {
  return JSON.stringify(
    [...items].sort((a, b) => (a._id < b._id ? -1 : 1)),
    ['_id', 'group', 'kind', 'n'],
  );
}
