/** The latest events of this node, for the status page. Called by `status.ts`. Listens to `Cluster` from the start on. */

import 'meteor/cluster';
import { Meteor } from 'meteor/meteor';
import type { NodeEvent } from '../imports/node-status';

/** How many are kept. */
const MOST = 20;

const REASONS = {
  redis: 'no connection to Redis',
  clock: 'its clock differs from that of most nodes',
  oneWay: 'most peers do not receive it',
  close: 'Cluster was closed',
};

const events: NodeEvent[] = [];

/** The newest last. */
export const latestEvents: readonly NodeEvent[] = events;

function note(text: string, peer?: string): void {
  // A stranger can cause many drops: the same again is one event.
  if (events.at(-1)?.text === text && events.at(-1)?.peer === peer) events.pop();
  events.push({ at: Date.now(), text, ...(peer ? { peer } : {}) });
  events.splice(0, events.length - MOST);
}

const { Cluster } = Meteor;
Cluster.on('connect', ({ again }) => note(again ? 'connected again' : 'connected'));
Cluster.on('disconnect', ({ reason }) => note(`disconnected: ${REASONS[reason]}`));
Cluster.on('peerJoin', ({ node }) => note('peer joined:', node));
Cluster.on('peerLeave', ({ node }) => note('peer left:', node));
Cluster.on('peerExpire', ({ node }) => note('peer expired:', node));
Cluster.on('resync', ({ collection }) => note(`collection ${collection} resynced`));
Cluster.on('drop', ({ reason }) => note(`message dropped: ${reason}`));
Cluster.on('error', ({ message }) => note(`error: ${message}`));
