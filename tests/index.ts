/** All tests, for Meteor (`package.js`) and for `npm test` alike. */

import './support/node-app';

// A node of the multi-node tests serves; some test drivers would have it run all tests as well.
if (!process.env.CLUSTER_TEST_NODE) {
  await import('./unit/options.tests');
  await import('./unit/settings.tests');
  await import('./unit/address.tests');
  await import('./unit/specification.tests');
  await import('./unit/codec.tests');
  await import('./unit/authenticator.tests');
  await import('./unit/hint.tests');
  await import('./unit/written-fields.tests');
  await import('./unit/write-watcher-outcome.tests');
  await import('./unit/write-watcher-ids.tests');
  await import('./unit/write-watcher-transparency.tests');
  await import('./unit/pending-changes.tests');
  await import('./unit/peers.tests');
  await import('./unit/leave.tests');
  await import('./unit/outdated-nodes.tests');
  await import('./unit/connectivity.tests');
  await import('./unit/announced-counts.tests');
  await import('./unit/heartbeat-timing.tests');
  await import('./unit/resync.tests');
  await import('./unit/timeout.tests');
  await import('./unit/receiver.tests');
  await import('./unit/broadcasts.tests');
  await import('./unit/redis-oplog.tests');
  await import('./unit/requery-queue.tests');
  await import('./unit/log.tests');
  await import('./unit/events.tests');
  await import('./unit/metrics.tests');
  await import('./unit/polling.tests');
  await import('./integration/cluster-lifecycle.tests');
  await import('./integration/cluster-publishing.tests');
  await import('./integration/sync-all.tests');
  await import('./integration/single-node.tests');
  await import('./integration/broadcasts.tests');
  await import('./integration/observe-drivers.tests');
  await import('./integration/feed.tests');
  await import('./integration/feed-order.tests');
  await import('./integration/feed-isolation.tests');
  await import('./integration/hints.tests');
  await import('./integration/hook-packages.tests');
  await import('./integration/outside-writes.tests');
  await import('./integration/redis-oplog.tests');
  await import('./integration/databases.tests');
  await import('./integration/update-strategy.tests');
  await import('./integration/redis-clients.tests');
  await import('./integration/membership.tests');
  await import('./integration/events.tests');
  await import('./integration/metrics.tests');
  await import('./integration/replays.tests');
  await import('./integration/leaving.tests');
  await import('./integration/leaving-under-load.tests');
  await import('./integration/process-guard.tests');
  await import('./integration/client-writes.tests');
  await import('./integration/redis-trouble.tests');
  await import('./integration/deployments.tests');
  await import('./integration/deployments-with-failover.tests');
  await import('./suites/suites.tests');
  await import('./integration/secrets.tests');
}
