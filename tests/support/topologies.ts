/**
 * The topologies that every suite runs with: all nodes of one strategy, and both strategies in one cluster.
 *
 * A suite is a function that takes a topology and registers its tests. Where strategies differ by design it asks for
 * a capability, never for a strategy's name.
 */

import type { StrategyName } from 'meteor/cluster';
import type { TestNode } from './nodes';

/** The abilities of a strategy beyond those that all must have. */
export interface Capabilities {
  /** A change that names ids updates live queries without running them again. */
  readonly isIncremental: boolean;
  /** An update by selector publishes the ids of the documents that it has written. */
  readonly findsIds: boolean;
  /** The option `pollingInterval` bounds staleness; otherwise Meteor's own polling interval does. */
  readonly pollsByOption: boolean;
}

export const CAPABILITIES: Readonly<Record<StrategyName, Capabilities>> = {
  feed: { isIncremental: true, findsIds: true, pollsByOption: true },
  update: { isIncremental: false, findsIds: false, pollsByOption: false },
};

export interface Topology {
  readonly name: 'feed' | 'update' | 'mixed';
  /** The strategies of its nodes, one by one. Suites that need two nodes take the first two. */
  readonly strategies: readonly [StrategyName, StrategyName, StrategyName];
}

export const TOPOLOGIES: readonly Topology[] = [
  { name: 'feed', strategies: ['feed', 'feed', 'feed'] },
  { name: 'update', strategies: ['update', 'update', 'update'] },
  { name: 'mixed', strategies: ['feed', 'update', 'feed'] },
];

/** Returns the topology whose nodes are all of one strategy. */
export function topologyOf(strategy: StrategyName): Topology {
  return { name: strategy, strategies: [strategy, strategy, strategy] };
}

export function isMixed({ strategies }: Topology): boolean {
  return new Set(strategies).size > 1;
}

export type Trio = readonly [TestNode, TestNode, TestNode];

/** Returns the nodes once for each strategy among them, with a node of that strategy first. */
export function rotations(nodes: Trio): Trio[] {
  const firsts = new Map([...nodes].reverse().map((node) => [node.strategy, node]));
  return [...firsts.values()].map(
    (first) => [first, ...nodes.filter((node) => node !== first)] as unknown as Trio,
  );
}

/** Returns the capabilities of the strategy that a node was configured with. */
export function capabilitiesOf({ strategy }: TestNode): Capabilities {
  return CAPABILITIES[strategy as StrategyName];
}
