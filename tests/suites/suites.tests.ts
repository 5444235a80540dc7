/**
 * The suites, for every strategy, and for both in one cluster. They run topology after topology, so that the nodes of one
 * topology run at a time.
 */

import '../support/node-app';
import { isMixed, TOPOLOGIES } from '../support/topologies';
import { addChannel } from './channel';
import { addConvergence } from './convergence';
import { addFaultsOfMessages } from './faults-of-messages';
import { addFaultsOfNetwork } from './faults-of-network';
import { addFaultsOfDyingNodes, addFaultsOfNodes } from './faults-of-nodes';
import { addFaultsOfRedis } from './faults-of-redis';
import { addLifecycle } from './lifecycle';
import { addMethodCalls } from './method-calls';
import { addReplicationOfRawWrites } from './replication-of-raw-writes';
import { addReplicationOfWrites } from './replication-of-writes';
import { addReplicationToQueries } from './replication-to-queries';

for (const topology of TOPOLOGIES) {
  addReplicationOfWrites(topology);
  addReplicationOfRawWrites(topology);
  addReplicationToQueries(topology);
  addMethodCalls(topology);
  addChannel(topology);
  if (!isMixed(topology)) addLifecycle(topology.strategies[0]);
  addFaultsOfNetwork(topology);
  addFaultsOfRedis(topology);
  addFaultsOfMessages(topology);
  addFaultsOfNodes(topology);
  if (!isMixed(topology)) addFaultsOfDyingNodes(topology.strategies[0]);
  addConvergence(topology);
}
