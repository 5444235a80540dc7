/**
 * The state of this node for the page, and the method behind the switch that turns Cluster off for comparison.
 *
 * For the demonstration only: in an application no client may turn Cluster off.
 */

import 'meteor/cluster';
import { Meteor, type Subscription } from 'meteor/meteor';
import { Messages } from '../imports/messages';
import type { NodeState } from '../imports/node-state';
import { readSwitch } from './input';
import { Traffic } from './traffic';

const url = (process.env.ROOT_URL ?? 'http://localhost:8090').replace(/\/$/, '');

export const state: NodeState = {
  _id: url,
  name: `node ${new URL(url).port || new URL(url).hostname}`,
  nodes: (process.env.CHAT_NODES ?? 'http://localhost:8090,http://localhost:8091').split(','),
  // Of `npm start` only. Its own pages are the only ones that it answers.
  ...(process.env.CHAT_CONTROL ? { control: process.env.CHAT_CONTROL } : {}),
  cluster: true,
  connected: false,
};

const subscriptions = new Set<Subscription>();

Meteor.publish('node', function () {
  const { _id, ...fields } = state;
  this.added('nodes', _id, fields);
  this.ready();
  subscriptions.add(this);
  this.onStop(() => subscriptions.delete(this));
});

Meteor.Cluster.on('connect', showState);
Meteor.Cluster.on('disconnect', showState);

Meteor.methods({
  /**
   * Turns Cluster on or off on this node only; the page calls it on every node. Returns when the node has joined the
   * cluster or left it.
   *
   * @throws Meteor.Error `not-connected` when Cluster is on but Redis cannot be reached yet
   */
  async setCluster(value: unknown): Promise<void> {
    const cluster = readSwitch(value);
    if (cluster === state.cluster) return;
    const done = cluster ? join() : Meteor.Cluster.close();
    state.cluster = cluster;
    const isConnected = await done;
    showState();
    if (state.cluster && isConnected === false) {
      throw new Meteor.Error('not-connected', `Cluster is on, but ${state.name} cannot reach Redis yet.`);
    }
  },
});

/** Joins the cluster. @returns whether this node is connected to Redis */
function join(): Promise<boolean> {
  const connected = Meteor.Cluster.init();
  Meteor.Cluster.sync(Messages, Traffic);
  return connected;
}

/** Shows the pages whether Cluster is on, and connected. */
function showState(): void {
  const { cluster } = state;
  const { connected } = Meteor.Cluster.status();
  state.connected = connected;
  for (const subscription of subscriptions) subscription.changed('nodes', state._id, { cluster, connected });
}
