/** Tests that only the stand-in runs: they need fast-check or files of the repository, which the package has not. */

import './support/node-app';

// A node of the multi-node tests has no use for them.
if (!process.env.CLUSTER_TEST_NODE) {
  await import('./unit/protocol-properties.tests');
  await import('./unit/peers-properties.tests');
  await import('./unit/pending-changes-properties.tests');
  await import('./unit/query-index-properties.tests');
  await import('./unit/interleavings.tests');
  await import('./unit/options-documentation.tests');
  await import('./unit/simulation.tests');
  await import('./unit/meteor-reports.tests');
  await import('./types/types.tests');
  await import('./integration/skips.tests');
  await import('./integration/fuzz.tests');
  await import('./integration/monitoring-recipes.tests');
  await import('./unit/status-history.tests');
  await import('./integration/chat-by-settings.tests');
  await import('./integration/wire-format.tests');
  await import('./integration/nginx-example.tests');
  await import('./integration/procfile-example.tests');
}
