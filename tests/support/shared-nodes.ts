/** Three nodes that the tests of a topology share; each test uses a group of its own. */

import { pause } from './eventually';
import { knowPeers } from './nodes';
import { PerTopology } from './per-topology';
import { type Topology, type Trio, topologyOf } from './topologies';

const DEFAULT_TOPOLOGY = topologyOf('feed');

/**
 * No resync may come in between while a test checks the effect of a change. Nodes resync soon after they have met, and no
 * node expires on a busy machine. In ms.
 */
const TIMING = { resyncJitter: 50, heartbeatTimeout: 60_000 };

const shared = new PerTopology(async (topology, scope): Promise<Trio> => {
  const namespace = sharedNamespace(topology);
  const [a, b, c] = topology.strategies.map((strategy) => ({ cluster: { ...TIMING, namespace, strategy } }));
  if (!a || !b || !c) throw new Error('a topology has three nodes');
  const nodes = await scope.startNodes(a, b, c);
  await knowPeers(nodes, nodes.length - 1);
  await pause(4 * TIMING.resyncJitter);
  return nodes;
});

/** Returns the nodes of a topology, connected and known to each other. */
export function sharedNodes(topology: Topology = DEFAULT_TOPOLOGY): Promise<Trio> {
  return shared.get(topology);
}

/** Returns the namespace of a topology's shared nodes. */
export function sharedNamespace({ name }: Topology = DEFAULT_TOPOLOGY): string {
  return `shared-${name}`;
}
