/**
 * Installs a feed in the place of a MongoDB connection's oplog handle, so that Meteor's oplog observe drivers use it.
 *
 * Called by the strategy `oplog`, which creates the feed.
 */

import { EJSON } from 'meteor/ejson';
import type { Log } from '../observability/log';
import type { MeteorConnection } from './connection';
import { readDocuments } from './documents';
import type { DocumentSource, Feed } from './feed-contract';
import { FeedInstallation, type IsSynced, installationOf } from './feed-installation';
import { parseId, stringifyId } from './ids';
import { observeLiveQueries } from './live-queries';
import type { QueryRegistry } from './query-registry';

export interface InstallOptions {
  /** Which collections are fed. Live queries of others keep polling. */
  readonly isSynced: IsSynced;
  readonly createFeed: (source: DocumentSource) => Feed;
  readonly log: Log;
}

/** One owner's share of an installed feed. */
export interface FeedHandle {
  readonly feed: Feed;
  readonly queries: QueryRegistry;
  /** Gives up the share. The feed is uninstalled when nobody uses it any more. */
  remove(): void;
}

/** @throws Error where `whyNotFeedable` has a reason */
export function installFeed(
  connection: MeteorConnection,
  { isSynced, createFeed, log }: InstallOptions,
): FeedHandle {
  const queries = observeLiveQueries(connection);
  if (!queries) throw new Error('Cluster: there is no MongoConnection._observeChanges');
  const installation = installationOf(connection) ?? install();
  installation.addOwner(isSynced);
  return { feed: installation.feed, queries, remove: () => installation.removeOwner(isSynced) };

  function install(): FeedInstallation {
    const source: DocumentSource = {
      read: (collection, ids) => readDocuments(connection, collection, ids),
      stringifyId,
      parseId,
      clone: (document) => EJSON.clone(document),
      isQuerying: (collection) => queries?.isQuerying(collection) ?? false,
    };
    return new FeedInstallation(connection, createFeed(source), log);
  }
}
