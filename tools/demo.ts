/**
 * The demo: nodes of the chat that come and go, and a Redis that can be stopped and started.
 *
 * Called by scripts/start.ts and by the browser's tests. The status page controls it through demo-control.ts. Everything ends
 * with this process.
 */

import type { DemoEvent, DemoState } from '../examples/chat/imports/demo-state';
import { startChatNodes } from './chat-nodes';
import { type DemoActions, type DemoControl, DemoError, startDemoControl } from './demo-control';
import { isFree } from './free-port';
import { NO_REDIS, type Services } from './services';
import { type StandInNodes, urlOf } from './stand-in-nodes';

/** A small machine runs as many without delays that would be mistaken for Cluster's. */
const MOST_NODES = 8;
const MAX_PORT = 65_535;
/** As many events are kept, for pages that are opened later. The list of the page has eight lines. */
const MOST_EVENTS = 20;

export interface DemoOptions {
  /** The first nodes. A node that is added later takes the lowest free port from the first on. */
  readonly ports: readonly number[];
  readonly services: Pick<Services, 'redisUrl' | 'mongoUrl' | 'ownRedis'>;
  /** Variables of the nodes. */
  readonly env?: NodeJS.ProcessEnv;
  /** Called with each line of a node's log. */
  readonly onLine?: (port: number, line: string) => void;
}

export class Demo implements DemoActions {
  readonly #options: DemoOptions;
  readonly #nodes = new Map<number, StandInNodes>();
  /** The ports of nodes that are starting or stopping. */
  readonly #changing = new Set<number>();
  #redis: DemoState['redis'];
  #events: readonly DemoEvent[] = [];
  #control: DemoControl | undefined;
  #fail: (error: Error) => void = () => {};
  /** Rejects when a node ends that nobody has stopped. Never resolves. */
  readonly failed = new Promise<never>((_, reject) => {
    this.#fail = reject;
  });

  private constructor(options: DemoOptions) {
    this.#options = options;
    this.#redis = options.services.ownRedis ? 'running' : 'foreign';
    // Not every caller waits for it.
    this.failed.catch(() => {});
  }

  /**
   * Starts the first nodes and waits until each answers.
   *
   * @throws Error with a node's log when it does not answer; no node is left running then
   */
  static async start(options: DemoOptions): Promise<Demo> {
    const demo = new Demo(options);
    try {
      demo.#control = await startDemoControl(demo);
      const starting = options.ports.map((port) => demo.startNode(port));
      // All of them first: one that is still starting could not be stopped.
      await Promise.allSettled(starting);
      await Promise.all(starting);
      return demo;
    } catch (error) {
      await demo.stop();
      throw error;
    }
  }

  /** The URLs of the first nodes. */
  get urls(): readonly string[] {
    return this.#options.ports.map(urlOf);
  }

  /** Where demo-control.ts listens. */
  get controlUrl(): string {
    return this.#control?.url ?? '';
  }

  get state(): DemoState {
    const nodes = [...this.#nodes.keys()].sort((a, b) => a - b);
    return {
      nodes: nodes.map((port) => ({ url: urlOf(port), isChanging: this.#changing.has(port) })),
      starting: [...this.#changing].filter((port) => !this.#nodes.has(port)).length,
      redis: this.#redis,
      events: this.#events,
    };
  }

  /** @throws DemoError when there are enough nodes, or no Redis */
  async addNode(): Promise<void> {
    if (this.#options.services.redisUrl === NO_REDIS)
      throw new DemoError('With CLUSTER_URL=none there is one node.');
    const used = new Set([...this.#nodes.keys(), ...this.#changing]);
    if (used.size >= MOST_NODES) throw new DemoError(`The demo runs ${MOST_NODES} nodes at most.`);
    const [first = MAX_PORT] = this.#options.ports;
    for (let port = first; port <= MAX_PORT; port += 1) {
      // Another request may have taken it meanwhile.
      if (used.has(port) || !(await isFree(port)) || this.#changing.has(port)) continue;
      await this.startNode(port);
      this.note(nameOf(port), 'added');
      return;
    }
    throw new DemoError(`No port from ${first} on is free.`);
  }

  /**
   * @param signal SIGTERM lets the node leave, SIGKILL does not
   * @throws DemoError when there is no such node, or no other
   */
  async stopNode(port: number, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const node = this.#nodes.get(port);
    if (!node || this.#changing.has(port)) throw new DemoError(`No node is running at port ${port}.`);
    const stopping = [...this.#nodes.keys()].filter((each) => this.#changing.has(each));
    if (this.#nodes.size - stopping.length === 1) throw new DemoError('The last node stays.');
    await this.change(port, async () => {
      await node.stop(signal);
      this.#nodes.delete(port);
    });
    this.note(nameOf(port), signal === 'SIGKILL' ? 'killed' : 'stopped');
  }

  /** @throws DemoError when Redis is not the demo's own, or is not in the state to do so */
  async switchRedis(to: 'running' | 'stopped'): Promise<void> {
    const { ownRedis } = this.#options.services;
    const from = to === 'running' ? 'stopped' : 'running';
    if (!ownRedis || this.#redis !== from) throw new DemoError(`Redis is ${this.#redis}, not ${from}.`);
    this.#redis = 'changing';
    try {
      await (to === 'running' ? ownRedis.start() : ownRedis.stop());
      this.#redis = to;
      this.note('Redis', to === 'running' ? 'started' : 'stopped');
    } catch (error) {
      this.#redis = from;
      throw error;
    }
  }

  /** Stops all nodes. Idempotent. Redis stops with the services. */
  async stop(): Promise<void> {
    await this.#control?.stop();
    await Promise.all([...this.#nodes.values()].map((node) => node.stop()));
  }

  private async startNode(port: number): Promise<void> {
    const { ports, services, env, onLine } = this.#options;
    await this.change(port, async () => {
      const node = await startChatNodes({
        ports: [port],
        services,
        env: {
          CHAT_NODES: ports.map(urlOf).join(','),
          CHAT_CONTROL: this.controlUrl,
          ...env,
        },
        ...(onLine && { onLine }),
      });
      this.#nodes.set(port, node);
      node.failed.catch(this.#fail);
    });
  }

  private note(name: string, text: string): void {
    this.#events = [...this.#events, { at: Date.now(), name, text }].slice(-MOST_EVENTS);
  }

  private async change(port: number, work: () => Promise<void>): Promise<void> {
    this.#changing.add(port);
    try {
      await work();
    } finally {
      this.#changing.delete(port);
    }
  }
}

/** As the nodes name themselves. */
function nameOf(port: number): string {
  return `node ${port}`;
}
