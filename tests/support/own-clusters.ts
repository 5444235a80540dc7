/** Clusters besides the application's own, in the process of the tests. Closed at the end of the test. */

import { Cluster } from 'meteor/cluster';
import { Mongo } from 'meteor/mongo';
import { collectionsKnownToMeteor, openedCollections } from '../../src/meteor/collections/collections';
import { INSTANCE } from './node-collections';
import type { Item } from './node-config';
import type { Scope } from './scope';

export type TestCluster = typeof Cluster;

export function newCluster(scope: Scope): TestCluster {
  const cluster = new (Cluster.constructor as new () => TestCluster)();
  // Writes of earlier tests without Cluster are not this test's.
  for (const collection of collectionsKnownToMeteor().flatMap(openedCollections))
    collection.takeUnpublishedWrites();
  scope.defer(() => cluster.close());
  return cluster;
}

/** Returns a new instance of the collection `items`. */
export function newItems(): Mongo.Collection<Item> {
  return new Mongo.Collection<Item>('items', INSTANCE);
}

/** A namespace that no node of another process is in. */
export const NAMESPACE = { namespace: 'single' };
