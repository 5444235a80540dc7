/**
 * Strategy `update`, the original's: on receipt, write something through Meteor that changes nothing. Meteor then
 * refreshes its own live queries, which run again.
 *
 * Writes through Meteor's connection to the database, below what Cluster and hook packages wrap: a received change is
 * never published again, and runs no hooks.
 */

import type { IdString } from '../base/values';
import type { Change } from '../changes/change';
import { type CollectionKey, PendingChanges } from '../changes/pending-changes';
import type { OpenedCollection } from '../meteor/collections/opened-collection';
import { callDriver } from '../meteor/collections/raw-writes';
import { parseIds } from '../meteor/ids';
import { refresh } from '../meteor/live-queries/refresh';
import { reasonOf } from '../observability/log';
import { NO_FEED } from '../observability/metrics';
import { collectionsOf, type EndWrite, type Strategy, type StrategyContext } from './strategy';

export class UpdateStrategy implements Strategy {
  readonly gauges = NO_FEED;
  readonly #context: StrategyContext;
  readonly #pending = new PendingChanges();
  readonly #busy = new Set<CollectionKey>();

  constructor(context: StrategyContext) {
    this.#context = context;
  }

  handleChange(change: Change): void {
    const key = this.#pending.add(change);
    if (!this.#busy.has(key)) void this.handlePending(key);
  }

  /** Meteor refreshes this node's own live queries after each write. */
  beginWrite(): EndWrite {
    return () => {};
  }

  addCollection(): void {}

  startOf(): undefined {}

  /** Many ids cost as much to write to as their documents; the whole collection costs nothing. */
  finder(): undefined {}

  /** This strategy keeps no live query from polling. */
  setPolling(): void {}

  stop(): void {
    this.#pending.clear();
  }

  /** One write per collection is in flight; what arrives meanwhile goes into the next one. */
  private async handlePending(key: CollectionKey): Promise<void> {
    this.#busy.add(key);
    // Messages that arrive in one chunk of the stream are received in one turn: make them one batch.
    await Promise.resolve();
    for (let change = this.#pending.take(key); change; change = this.#pending.take(key)) {
      await this.writeNothing(change).catch((error) =>
        this.#context.log.warn('refresh', `refreshing live queries failed: ${reasonOf(error)}`),
      );
      if (change.at !== undefined) this.#context.metrics.dispatchMs.record(performance.now() - change.at);
    }
    this.#busy.delete(key);
  }

  private async writeNothing(change: Change): Promise<void> {
    const { metrics } = this.#context;
    const writes = collectionsOf(change, this.#context).map(async (collection) => {
      for (const ids of change.ids === 'all' ? (['all'] as const) : chunks(change.ids)) {
        metrics.updates += 1;
        // A failed one would be published as an indeterminate write.
        await callDriver(collection, () =>
          ids === 'all' ? removeNothing(collection) : updateNothing(collection, parseIds(ids)),
        ).result;
      }
    });
    for (const result of await Promise.allSettled(writes)) {
      if (result.status === 'fulfilled') continue;
      const { collection } = change;
      this.#context.log.warn(
        `update ${collection}`,
        `the empty update of collection "${collection}" failed (${reasonOf(result.reason)}); ` +
          'its live queries are refreshed without it',
      );
      await refresh(change);
    }
  }
}

/** Meteor notifies every live query of every id in one turn of the event loop: so many ids at once. */
const MAX_IDS_PER_UPDATE = 100;
/** Matches nothing. */
const NO_ID = { _id: { $in: [] } };

/**
 * Meteor refreshes the live queries of the ids that a selector names, whatever the update matches. This one matches
 * nothing: on some databases (DocumentDB, FerretDB 2) an empty update of real documents rewrites and locks them.
 */
function updateNothing({ connection, name }: OpenedCollection, ids: unknown[]): Promise<unknown> {
  return connection.updateAsync(
    name,
    { $and: [{ _id: { $in: ids } }, NO_ID] },
    { $set: {} },
    { multi: true },
  );
}

/** As the selector names no ids, Meteor refreshes every live query of the collection. */
function removeNothing({ connection, name }: OpenedCollection): Promise<unknown> {
  return connection.removeAsync(name, NO_ID);
}

function chunks(ids: readonly IdString[]): IdString[][] {
  const count = Math.ceil(ids.length / MAX_IDS_PER_UPDATE);
  return Array.from({ length: count }, (_, n) =>
    ids.slice(n * MAX_IDS_PER_UPDATE, (n + 1) * MAX_IDS_PER_UPDATE),
  );
}
