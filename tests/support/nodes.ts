/** Nodes of the tests, one process each, seen through DDP, as a browser sees them. */

import { DDP } from 'meteor/ddp';
import { connectClient, type TestClient } from './ddp-client';
import { eventually } from './eventually';
import type { Methods } from './node-methods';
import { type NodeOptions, type NodeProcess, serving, spawnNode } from './node-process';

export type { TestClient } from './ddp-client';
export type { NodeOptions } from './node-process';

export interface TestNode extends NodeProcess {
  /** The strategy that it was configured with. */
  readonly strategy: string;
  call<Name extends keyof Methods>(name: Name, ...args: Parameters<Methods[Name]>): ReturnType<Methods[Name]>;
  /** Returns a new client with one subscription that is ready. */
  client(publication: string, ...params: unknown[]): Promise<TestClient>;
}

/**
 * Starts a node and waits until it serves.
 *
 * @throws Error with the node's log, when it ends or takes too long; its process has ended then
 */
export async function startNode(options: NodeOptions = {}): Promise<TestNode> {
  const node = await spawnNode(options);
  await serving(node);
  const connection = DDP.connect(node.url);
  return {
    ...node,
    strategy: options.cluster?.strategy ?? 'auto',
    call: (name, ...args) => connection.callAsync(name, ...(args as never[])) as never,
    client: (publication, ...params) => connectClient(node.url, publication, params),
    async stop() {
      connection.disconnect();
      await node.stop('SIGKILL');
    },
  };
}

/** Waits until every node is connected to the channel. */
export async function connected(nodes: readonly TestNode[]): Promise<void> {
  for (const node of nodes) {
    const what = () => `${node.url} to be connected to the channel; it has logged:\n${node.log()}`;
    await eventually(what, async () => (await node.call('status')).connected);
  }
}

/** Waits until every node knows so many peers. */
export async function knowPeers(nodes: readonly TestNode[], count: number): Promise<void> {
  for (const node of nodes) {
    const what = `${node.url} to know ${count} peers`;
    await eventually(what, async () => (await node.call('status')).peers === count);
  }
}
