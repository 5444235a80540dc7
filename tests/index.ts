/** All tests, for Meteor (`package.js`) and for `npm test` alike. */

import './support/node-app';

// A node of the multi-node tests serves; some test drivers would have it run all tests as well.
if (!process.env.CLUSTER_TEST_NODE) {
  await import('./options.tests');
  await import('./message.tests');
  await import('./write-watcher.tests');
  await import('./cluster.tests');
  await import('./feed.tests');
  await import('./suites/suites.tests');
  await import('./deployments.tests');
}
