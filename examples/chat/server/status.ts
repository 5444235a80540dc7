/**
 * The status of this node for the status page: publication `status`. Sends it twice a second, while a page is open.
 *
 * For the demonstration only: an application shows this to its administrators alone.
 */

import 'meteor/cluster';
import { Meteor, type Subscription } from 'meteor/meteor';
import type { NodeStatus } from '../imports/node-status';
import { latestEvents } from './events';
import { state } from './node';
import { namesOf } from './peer-names';

/** The page draws once a second: more often, so that a second does not miss what the next one shows twice. */
const INTERVAL_MS = 500;
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
  const { connected, strategy, peers, nodeId, dropped } = Meteor.Cluster.status();
  const { counters, gauges, histograms } = Meteor.Cluster.metrics();
  return {
    _id: state._id,
    name: state.name,
    nodeId: nodeId ?? '',
    startedAt,
    cluster: state.cluster,
    connected,
    strategy: strategy ?? '',
    peers,
    pending: gauges.pending,
    dropped,
    counters: {
      published: counters.published,
      received: counters.received,
      read: counters.documentsRead,
      skipped: counters.documentsSkipped,
      publishTimes: perBucket(histograms.publishMs),
      dispatchTimes: perBucket(histograms.dispatchMs),
    },
    limits: histograms.publishMs.buckets.map(({ le }) => le),
    events: [...latestEvents],
    names: namesOf(latestEvents.flatMap(({ peer }) => peer ?? [])),
  };
}

type Histogram = ReturnType<typeof Meteor.Cluster.metrics>['histograms']['publishMs'];

/** The buckets of a histogram are cumulative. The last number counts what is above all limits. */
function perBucket({ count, buckets }: Histogram): number[] {
  const upTo = [...buckets.map((bucket) => bucket.count), count];
  return upTo.map((sum, index) => sum - (upTo[index - 1] ?? 0));
}
