/** Three nodes that the multi-node tests share; each test keeps to a group of its own. */

import { connected, startNodes, type TestNode } from './nodes';

let nodes: Promise<TestNode[]> | undefined;

/** The nodes, started at the first call; they end with this process. */
export async function sharedNodes(): Promise<readonly [TestNode, TestNode, TestNode]> {
  nodes ??= start();
  const [a, b, c] = await nodes;
  if (!a || !b || !c) throw new Error('three nodes were to be started');
  return [a, b, c];
}

async function start(): Promise<TestNode[]> {
  const started = await startNodes(3, { cluster: { namespace: 'shared' } });
  await connected(started);
  return started;
}

let groups = 0;

/** A name that no other test and no other run uses. */
export function newGroup(): string {
  groups += 1;
  return `g${process.pid}-${Date.now()}-${groups}`;
}
