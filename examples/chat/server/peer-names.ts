/**
 * The names of peers, which know each other by their names on the channel only. Called by `status.ts`.
 *
 * Each node broadcasts its name, as soon as it is connected and when another node joins.
 */

import 'meteor/cluster';
import { Meteor } from 'meteor/meteor';
import { readText } from './input';
import { state } from './node';

/** Names of nodes that have gone are kept, as events name them. The oldest are forgotten. */
const MOST = 100;
/** Nodes that join together get one broadcast. */
const DELAY_MS = 100;

const names = new Map<string, string>();
let timer: ReturnType<typeof setTimeout> | undefined;

/** Returns the names of these nodes, as far as they are known. */
export function namesOf(nodeIds: readonly string[]): Record<string, string> {
  return Object.fromEntries(nodeIds.flatMap((id) => (names.has(id) ? [[id, names.get(id) ?? '']] : [])));
}

Meteor.Cluster.on('connect', broadcastSoon);
Meteor.Cluster.on('peerJoin', broadcastSoon);

// Checked like the arguments of a method: whoever can publish on the channel can broadcast.
Meteor.Cluster.onBroadcast('node name', (payload) => {
  const { nodeId, name } = (payload ?? {}) as Record<string, unknown>;
  names.set(readText('node', nodeId), readText('name', name));
  for (const id of [...names.keys()].slice(0, -MOST)) names.delete(id);
});

function broadcastSoon(): void {
  if (timer) return;
  timer = setTimeout(() => {
    timer = undefined;
    const { nodeId } = Meteor.Cluster.status();
    // At most once is enough: it is repeated when a node joins.
    void Meteor.Cluster.broadcast('node name', { nodeId, name: state.name });
  }, DELAY_MS);
}
