/** Three nodes of each strategy that the multi-node tests share; each test keeps to a group of its own. */

import type { StrategyName } from 'meteor/cluster';
import { connected, startNodes, type TestNode } from './nodes';

const nodes = new Map<StrategyName, Promise<TestNode[]>>();

/** The nodes of a strategy, started at the first call; they end with this process. */
export async function sharedNodes(
  strategy: StrategyName = 'oplog',
): Promise<readonly [TestNode, TestNode, TestNode]> {
  const started = nodes.get(strategy) ?? start(strategy);
  nodes.set(strategy, started);
  const [a, b, c] = await started;
  if (!a || !b || !c) throw new Error('three nodes were to be started');
  return [a, b, c];
}

async function start(strategy: StrategyName): Promise<TestNode[]> {
  const started = await startNodes(3, { cluster: { namespace: sharedNamespace(strategy), strategy } });
  await connected(started);
  return started;
}

/** The namespace that the shared nodes of a strategy are in. */
export function sharedNamespace(strategy: StrategyName): string {
  return `shared-${strategy}`;
}

let groups = 0;

/** A name that no other test and no other run uses. */
export function newGroup(): string {
  groups += 1;
  return `g${process.pid}-${Date.now()}-${groups}`;
}
