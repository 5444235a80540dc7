/**
 * The nodes of one strategy, one process each, and what they use. Called by bench.ts.
 *
 * With Cluster, nodes look at the database by themselves only every hour: what a client sees of another node's writes,
 * it sees because of Cluster.
 */

import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { WebSocket } from 'ws';
import { DdpClient } from '../../stand-in/ddp-client';
import { freePort, spawnWatched, type WatchedChild } from '../child-server';
import type { Services } from '../services';
import type { Methods, NodeConfig } from './bench-node';
import type { Strategy } from './matrix';
import { meterRedis, type RedisMeter } from './redis-meter';

const ROOT = new URL('../../', import.meta.url);
const STAND_IN = fileURLToPath(new URL('stand-in/main.ts', ROOT));
const STAND_IN_TSCONFIG = fileURLToPath(new URL('stand-in/tsconfig.json', ROOT));
const BENCH_NODE = fileURLToPath(new URL('bench-node.ts', import.meta.url));

const HOUR = 3_600_000;
/** How often Meteor looks at the database by itself, in ms. */
const METEORS_INTERVAL = 10_000;
/** How long nodes may take to answer and to hear of each other, in ms. Eight at once on a small machine take seconds. */
const START_TIMEOUT = 90_000;

/** A connection to a node that calls its methods; those of one connection run one after the other. */
export interface Caller {
  call<Name extends keyof Methods>(name: Name, ...args: Parameters<Methods[Name]>): ReturnType<Methods[Name]>;
  close(): void;
}

export interface BenchNode extends Caller {
  readonly url: string;
}

/** What all nodes together have used since they started. */
export interface Usage {
  /** CPU of all node processes, in ms. */
  readonly cpu: number;
  readonly reads: number;
  readonly writes: number;
  readonly messages: number;
  readonly bytes: number;
}

export interface Site {
  readonly strategy: Strategy;
  readonly nodes: readonly BenchNode[];
  usage(): Promise<Usage>;
  /** Settles only if a node ends by itself: rejects with what it wrote last. */
  readonly failed: Promise<never>;
  stop(): Promise<void>;
}

/** @throws Error with the end of a node's output, when one does not start; none is left running then */
export async function startSite(strategy: Strategy, count: number, services: Services): Promise<Site> {
  const namespace = `bench-${strategy}-${randomBytes(6).toString('hex')}`;
  const cluster = strategy === 'none' ? null : { url: services.redisUrl, namespace, strategy };
  const children: WatchedChild[] = [];
  const nodes: BenchNode[] = [];
  let meter: RedisMeter | undefined;
  let stopping = false;
  const stop = async () => {
    stopping = true;
    for (const node of nodes) node.close();
    meter?.stop();
    await Promise.all(children.map((child) => child.stop()));
  };
  try {
    for (let i = 0; i < count; i += 1) {
      const port = await freePort();
      children.push(startNode(port, { cluster }, services));
      const url = `http://127.0.0.1:${port}`;
      nodes.push({ url, ...openCaller(url) });
    }
    const failed = Promise.race(
      children.map((child) =>
        child.ended.then((how): Promise<never> => {
          if (stopping) return new Promise(() => {});
          throw new Error(`a node of strategy ${strategy} ended (${how}):\n${child.tail()}`);
        }),
      ),
    );
    failed.catch(() => {});
    if (cluster) meter = await meterRedis(services.redisUrl, namespace);
    await within(START_TIMEOUT, `${count} nodes of strategy ${strategy} to start`, [
      allConnected(nodes, cluster !== null),
      failed,
    ]);
    return { strategy, nodes, failed, stop, usage: () => usageOf(nodes, meter) };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** One more connection to a node. */
export function openCaller(url: string): Caller {
  const client = new DdpClient(url, WebSocket as never);
  return {
    call: (name, ...args) => client.call(name, args) as never,
    close: () => client.close(),
  };
}

/** The first of the promises to settle. @throws Error that says what was waited for, when none has in time */
export async function within<Value>(
  ms: number,
  what: string,
  promises: readonly Promise<Value>[],
): Promise<Value> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`waited ${ms / 1000} s for ${what}`)), ms);
  });
  try {
    return await Promise.race([...promises, late]);
  } finally {
    clearTimeout(timer);
  }
}

function startNode(port: number, config: NodeConfig, { mongoUrl, redisUrl }: Services): WatchedChild {
  const args = ['--expose-gc', '--import', import.meta.resolve('tsx'), STAND_IN, BENCH_NODE];
  return spawnWatched(process.execPath, args, undefined, {
    ...process.env,
    TINYTEST: undefined,
    TSX_TSCONFIG_PATH: STAND_IN_TSCONFIG,
    PORT: String(port),
    MONGO_URL: mongoUrl,
    CLUSTER_URL: redisUrl,
    METEOR_POLLING_INTERVAL_MS: String(config.cluster ? HOUR : METEORS_INTERVAL),
    CLUSTER_BENCH_NODE: JSON.stringify(config),
  });
}

async function allConnected(nodes: readonly BenchNode[], clustered: boolean): Promise<void> {
  await Promise.all(
    nodes.map(async (node) => {
      for (;;) {
        const { connected, peers } = await node.call('status');
        if (!clustered || (connected && peers >= nodes.length - 1)) return;
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    }),
  );
}

async function usageOf(nodes: readonly BenchNode[], meter: RedisMeter | undefined): Promise<Usage> {
  const costs = await Promise.all(nodes.map((node) => node.call('cost')));
  const sum = (part: 'cpu' | 'reads' | 'writes') => costs.reduce((total, cost) => total + cost[part], 0);
  return {
    cpu: sum('cpu'),
    reads: sum('reads'),
    writes: sum('writes'),
    ...(meter?.traffic() ?? { messages: 0, bytes: 0 }),
  };
}
