/** The nodes of the example `examples/chat`. Called by demo.ts and by tests. */

import { type StandInNodes, type StandInNodesOptions, startStandInNodes, urlOf } from './stand-in-nodes';

/** Starts the nodes and waits until each answers. Each page links to all nodes. */
export function startChatNodes(options: Omit<StandInNodesOptions, 'application'>): Promise<StandInNodes> {
  const env = { CHAT_NODES: options.ports.map(urlOf).join(','), ...options.env };
  return startStandInNodes({ ...options, application: 'examples/chat', env });
}
