/**
 * What the page shows of the node it talks to, and the switch that turns Cluster off for comparison.
 *
 * For the demonstration only: an application has no use for a method by which anyone can leave the cluster.
 */

import 'meteor/cluster';
import { Meteor, type Subscription } from 'meteor/meteor';
import { Messages } from '../imports/messages';
import type { NodeState } from '../imports/node-state';
import { readSwitch } from './input';

const url = (process.env.ROOT_URL ?? 'http://localhost:8090').replace(/\/$/, '');

const state: NodeState = {
  _id: url,
  name: `node ${new URL(url).port || new URL(url).hostname}`,
  nodes: (process.env.CHAT_NODES ?? 'http://localhost:8090,http://localhost:8091').split(','),
  cluster: true,
};

const subscriptions = new Set<Subscription>();

Meteor.publish('node', function () {
  const { _id, ...fields } = state;
  this.added('nodes', _id, fields);
  this.ready();
  subscriptions.add(this);
  this.onStop(() => subscriptions.delete(this));
});

Meteor.methods({
  /** Turns Cluster on or off on this node alone; the page calls it on every node. */
  setCluster(value: unknown): void {
    const cluster = readSwitch(value);
    if (cluster === state.cluster) return;
    if (cluster) {
      Meteor.Cluster.init();
      Meteor.Cluster.sync(Messages);
    } else {
      Meteor.Cluster.close();
    }
    state.cluster = cluster;
    for (const subscription of subscriptions) subscription.changed('nodes', state._id, { cluster });
  },
});
