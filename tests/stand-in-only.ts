/** Tests that only the stand-in runs: they need fast-check or files of the repository, which the package has not. */

import './support/node-app';

// A node of the multi-node tests has no use for them.
if (!process.env.CLUSTER_TEST_NODE) {
  // The longest tests come first.
  await import('./types/types.tests');
  await import('./integration/tools/break-rules.tests');
  await import('./unit/simulation/simulation.tests');
  await import('./unit/simulation/live-query.tests');
  await import('./unit/protocol/protocol-properties.tests');
  await import('./unit/membership/peers-properties.tests');
  await import('./unit/changes/pending-changes-properties.tests');
  await import('./unit/matching/query-index-properties.tests');
  await import('./unit/writes/inserted-document-properties.tests');
  await import('./unit/strategies/feed/interleavings.tests');
  await import('./unit/config/options-documentation.tests');
  await import('./unit/config/error-documentation.tests');
  await import('./unit/tools/meteor-reports.tests');
  await import('./unit/tools/prose.tests');
  await import('./unit/tools/shared-run.tests');
  await import('./unit/tools/language.tests');
  await import('./architecture/architecture.tests');
  await import('./integration/strategies/feed/skips.tests');
  await import('./integration/protocol/fuzz.tests');
  await import('./integration/observability/monitoring-recipes.tests');
  await import('./unit/examples/status-history.tests');
  await import('./unit/examples/chart-scale.tests');
  await import('./unit/examples/frame-nodes.tests');
  await import('./integration/examples/chat-by-settings.tests');
  await import('./integration/protocol/wire-format.tests');
  await import('./integration/examples/nginx-example.tests');
  await import('./integration/examples/procfile-example.tests');
  await import('./integration/tools/start.tests');
}
