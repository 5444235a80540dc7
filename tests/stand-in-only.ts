/** Tests that only the stand-in runs, as what they are made with is no dependency of the package. */

import './support/node-app';

// A node of the multi-node tests has no use for them.
if (!process.env.CLUSTER_TEST_NODE) {
  await import('./properties.tests');
  await import('./fuzz.tests');
}
