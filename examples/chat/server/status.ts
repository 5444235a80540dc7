/** The status of this node for the status page: publication `status`. Sends it once a second, while a page is open. */

import 'meteor/cluster';
import { Meteor, type Subscription } from 'meteor/meteor';
import type { NodeStatus } from '../imports/node-status';
import { state } from './node';

const INTERVAL_MS = 1000;
const startedAt = Date.now();
const subscriptions = new Set<Subscription>();
let timer: ReturnType<typeof setInterval> | undefined;

Meteor.publish('status', function () {
  const { _id, ...fields } = readStatus();
  this.added('statuses', _id, fields);
  this.ready();
  subscriptions.add(this);
  timer ??= setInterval(send, INTERVAL_MS);
  this.onStop(() => {
    subscriptions.delete(this);
    if (subscriptions.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  });
});

function send(): void {
  const { _id, ...fields } = readStatus();
  for (const subscription of subscriptions) subscription.changed('statuses', _id, fields);
}

function readStatus(): NodeStatus {
  const { connected, strategy, peers, resyncs, published, received } = Meteor.Cluster.status();
  return {
    _id: state._id,
    name: state.name,
    startedAt,
    cluster: state.cluster,
    connected,
    strategy: strategy ?? '',
    peers,
    resyncs,
    counters: { published, received, skipped: 0, latency: [] },
    limits: [],
  };
}
