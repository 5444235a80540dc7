/**
 * Installs a feed for the live queries of a MongoDB connection, so that Meteor's oplog observe drivers use it.
 *
 * Called by the strategy `feed`, which creates the feed.
 */

import { EJSON } from 'meteor/ejson';
import type { MeteorConnection } from '../connection';
import { readDocuments } from '../documents';
import type { DocumentSource, Feed } from '../feed-contract';
import { parseId, stringifyId } from '../ids';
import { FeedInstallation, type IsSynced, installationOf } from './feed-installation';
import { observeLiveQueries } from './live-queries';
import type { QueryRegistry } from './query-registry';

export interface InstallOptions {
  /** Which collections are fed. Live queries of others keep the driver that Meteor gives them. */
  readonly isSynced: IsSynced;
  readonly createFeed: (source: DocumentSource) => Feed;
}

/** One owner's share of an installed feed. */
export interface FeedShare {
  readonly feed: Feed;
  readonly queries: QueryRegistry;
  /** Gives up the share. */
  remove(): void;
}

/** @throws Error where `whyNotFeedable` has a reason */
export function installFeed(
  connection: MeteorConnection,
  { isSynced, createFeed }: InstallOptions,
): FeedShare {
  const queries = observeLiveQueries(connection);
  if (!queries) throw new Error('Cluster: there is no MongoConnection._observeChanges');
  const source: DocumentSource = {
    read: (...args) => readDocuments(connection, ...args),
    stringifyId,
    parseId,
    clone: (document) => EJSON.clone(document),
  };
  const installation = installationOf(connection) ?? new FeedInstallation(connection, createFeed(source));
  installation.addOwner(isSynced);
  return { feed: installation.feed, queries, remove: () => installation.removeOwner(isSynced) };
}
