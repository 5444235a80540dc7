/**
 * A feed for the live queries of one MongoDB connection.
 *
 * Created by `install-feed.ts`, used by `live-queries.ts` for each live query that is opened. Several owners (Cluster
 * instances) can share one. When the last owner leaves, live queries that are still open keep using the feed. It then
 * re-queries them after each local write and polls, as Meteor's polling driver would. It ends with the last of them.
 */

import { DDPServer } from 'meteor/ddp-server';
import { disconnectedPollingIntervalMs, fixedPolling } from '../../config/polling';
import type { MeteorConnection } from '../connection';
import type { Feed, QueryDescription, QueryHandle } from '../feed-contract';
import { holdWriteFence } from '../write-fence';

/** Returns whether an owner has synced the collection. */
export type IsSynced = (collection: string) => boolean;

/** How often it is checked whether the last live query has stopped, in ms. */
const UNUSED_CHECK_INTERVAL_MS = 10_000;

const installations = new WeakMap<MeteorConnection, FeedInstallation>();

export function installationOf(connection: MeteorConnection): FeedInstallation | undefined {
  return installations.get(connection);
}

export class FeedInstallation {
  readonly feed: Feed;
  readonly #connection: MeteorConnection;
  readonly #owners = new Set<IsSynced>();
  #fallbackTimer: NodeJS.Timeout | undefined;
  #fallbackListeners: { stop(): void }[] = [];

  constructor(connection: MeteorConnection, feed: Feed) {
    this.feed = feed;
    this.#connection = connection;
    installations.set(connection, this);
  }

  addOwner(isSynced: IsSynced): void {
    this.#owners.add(isSynced);
    this.stopFallback();
  }

  removeOwner(isSynced: IsSynced): void {
    this.#owners.delete(isSynced);
    if (this.#owners.size === 0) this.startFallback();
  }

  /** Called when a live query is being opened. Returns `undefined` where its collection is not fed. */
  open(description: QueryDescription): QueryHandle | undefined {
    const isFed = [...this.#owners].some((isSynced) => isSynced(description.collection));
    return isFed ? this.feed.open(description) : undefined;
  }

  private startFallback(): void {
    const { feed } = this;
    const requery = async (collection: string, release = () => {}) => {
      const flush = await feed.handleChange({ collection, ids: 'all' });
      await flush();
      release();
    };
    this.#fallbackListeners = feed.collections.map((collection) =>
      DDPServer._InvalidationCrossbar.listen(
        { collection },
        () => void requery(collection, holdWriteFence()),
      ),
    );
    feed.setPolling(fixedPolling(disconnectedPollingIntervalMs()));
    // A write in progress, or a change that has just arrived, would reach these live queries by nobody else.
    for (const collection of feed.collections) void requery(collection);
    this.#fallbackTimer = setInterval(() => this.removeIfUnused(), UNUSED_CHECK_INTERVAL_MS).unref();
    this.removeIfUnused();
  }

  private stopFallback(): void {
    clearInterval(this.#fallbackTimer);
    for (const listener of this.#fallbackListeners.splice(0)) listener.stop();
  }

  private removeIfUnused(): void {
    if (this.feed.collections.length > 0) return;
    this.stopFallback();
    this.feed.stop();
    installations.delete(this.#connection);
  }
}
