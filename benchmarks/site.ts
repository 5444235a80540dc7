/**
 * The nodes of one strategy, one process each, and what they use.
 *
 * Called by main.ts. Nodes poll as in production, because polling is part of what they use. Nodes count the documents that only a
 * poll has shown, so polling hides no lost write.
 */

import { randomBytes } from 'node:crypto';
import pWaitFor from 'p-wait-for';
import { WebSocket } from 'ws';
import { type CallEnd, DdpClient } from '../stand-in/ddp-client';
import { freePort } from '../tools/free-port';
import type { Services } from '../tools/services';
import { startStandInNodes } from '../tools/stand-in-nodes';
import { tsConfigFor } from './baseline';
import type { Strategy } from './matrix';
import type { Cost, Methods, NodeConfig } from './node-app';
import { cpuOfProcess } from './process-cpu';
import { meterRedis, type RedisMeter, type Traffic } from './redis-meter';

const METEORS_POLLING_INTERVAL_MS = 10_000;
/** Eight nodes that start at once on a small machine take seconds until each knows all the others. */
const CONNECT_TIMEOUT_MS = 90_000;

/** A connection to a node. The node runs the methods of one connection one after the other. */
export interface Caller {
  call<Name extends keyof Methods>(name: Name, ...args: Parameters<Methods[Name]>): ReturnType<Methods[Name]>;
  close(): void;
}

export interface BenchNode extends Caller {
  readonly url: string;
}

/** The resources that all nodes together have used since they started. */
export interface Usage extends Cost, Traffic {
  /** The CPU of each node, in ms. */
  readonly cpuOfNodes: readonly number[];
  /** The CPU of the database, in ms; undefined when it was not started here. */
  readonly databaseCpu: number | undefined;
}

export interface Site {
  readonly strategy: Strategy;
  readonly nodes: readonly BenchNode[];
  usage(): Promise<Usage>;
  /** Rejects when a node ends that was not stopped. Never resolves. */
  readonly failed: Promise<never>;
  stop(): Promise<void>;
}

/**
 * @param baseline the directory of the version that strategy `baseline` runs
 * @throws Error with a node's log when it does not start; no node is left running then
 */
export async function startSite(
  strategy: Strategy,
  count: number,
  services: Services,
  baseline: string | undefined,
): Promise<Site> {
  const namespace = `bench-${strategy}-${randomBytes(6).toString('hex')}`;
  // One node needs no Redis. Earlier versions do not know that.
  const url = count === 1 && strategy !== 'baseline' ? 'none' : services.redisUrl;
  // Earlier versions have another name for the strategy.
  const chosen = strategy === 'baseline' ? ('auto' as const) : strategy;
  const cluster = chosen === 'none' ? null : { url, namespace, strategy: chosen };
  const tsConfig = strategy === 'baseline' && baseline !== undefined ? tsConfigFor(baseline) : undefined;
  const site = await startStandInNodes({
    application: 'benchmarks/node-app.ts',
    ports: await Promise.all(Array.from({ length: count }, () => freePort())),
    services,
    nodeOptions: ['--expose-gc'],
    env: {
      METEOR_POLLING_INTERVAL_MS: String(METEORS_POLLING_INTERVAL_MS),
      ...(tsConfig && { TSX_TSCONFIG_PATH: tsConfig.path }),
      CLUSTER_BENCH_NODE: JSON.stringify({ cluster } satisfies NodeConfig),
    },
  });
  const nodes = site.urls.map((url) => ({ url, ...openCaller(url) }));
  let meter: RedisMeter | undefined;
  const stop = async () => {
    for (const node of nodes) node.close();
    meter?.stop();
    await site.stop();
    tsConfig?.remove();
  };
  try {
    if (cluster) {
      meter = await meterRedis(services.redisUrl, namespace);
      await Promise.race([site.failed, Promise.all(nodes.map((node) => knowsPeers(node, count - 1)))]);
    }
  } catch (error) {
    await stop();
    throw error;
  }
  return { strategy, nodes, failed: site.failed, stop, usage: () => usageOf(nodes, meter, services) };
}

/** Opens one more connection to a node. @param end until when its calls wait */
export function openCaller(url: string, end: CallEnd = 'updated'): Caller {
  const client = new DdpClient(url, WebSocket as never);
  return {
    call: (name, ...args) => client.call(name, args, end) as never,
    close: () => client.close(),
  };
}

async function knowsPeers(node: BenchNode, count: number): Promise<void> {
  const message = `Waited ${CONNECT_TIMEOUT_MS / 1000} s for ${node.url} to know ${count} peers`;
  const knows = async () => {
    const { connected, peers } = await node.call('status');
    return connected && peers >= count;
  };
  await pWaitFor(knows, { interval: 100, timeout: { milliseconds: CONNECT_TIMEOUT_MS, message } });
}

async function usageOf(
  nodes: readonly BenchNode[],
  meter: RedisMeter | undefined,
  { databasePid }: Services,
): Promise<Usage> {
  const costs = await Promise.all(nodes.map((node) => node.call('cost')));
  const sum = (part: keyof Cost) => costs.reduce((total, cost) => total + cost[part], 0);
  const traffic = meter?.traffic() ?? { messages: 0, bytes: 0 };
  return {
    cpu: sum('cpu'),
    reads: sum('reads'),
    writes: sum('writes'),
    foundByPolls: sum('foundByPolls'),
    ...traffic,
    cpuOfNodes: costs.map(({ cpu }) => cpu),
    databaseCpu: await cpuOfProcess(databasePid),
  };
}
