/**
 * Strategy `update`, the original's: on receipt, write something through Meteor that changes nothing. Meteor then
 * refreshes its own live queries, which run again.
 *
 * Writes through Meteor's connection to the database, below what Cluster and hook packages wrap: a received change is
 * never published again, and runs no hooks.
 */

import type { OpenedCollection } from '../meteor/collections';
import { parseIds } from '../meteor/ids';
import { refresh } from '../meteor/refresh';
import { reasonOf } from '../observability/log';
import type { Change } from '../writes/change';
import { PendingChanges } from '../writes/pending-changes';
import type { EndWrite, Strategy, StrategyContext } from './strategy';

export class UpdateStrategy implements Strategy {
  readonly #context: StrategyContext;
  readonly #pending = new PendingChanges();
  readonly #busy = new Set<string>();

  constructor(context: StrategyContext) {
    this.#context = context;
  }

  handleChange(change: Change): void {
    this.#pending.add(change);
    if (!this.#busy.has(change.collection)) void this.handlePending(change.collection);
  }

  /** Meteor refreshes this node's own live queries after each write. */
  beginWrite(): EndWrite {
    return () => {};
  }

  addCollection(): void {}

  /** Many ids cost as much to write to as their documents; the whole collection costs nothing. */
  finder(): undefined {}

  /** This strategy keeps no live query from polling. */
  setPollingInterval(): void {}

  stop(): void {
    this.#pending.clear();
  }

  /** One write per collection is in flight; what arrives meanwhile goes into the next one. */
  private async handlePending(collection: string): Promise<void> {
    this.#busy.add(collection);
    // Messages that arrive in one chunk of the stream are received in one turn: make them one batch.
    await Promise.resolve();
    for (let change = this.#pending.take(collection); change; change = this.#pending.take(collection)) {
      await this.writeNothing(change).catch((error) =>
        this.#context.log.warn('refresh', `refreshing live queries failed: ${reasonOf(error)}`),
      );
    }
    this.#busy.delete(collection);
  }

  private async writeNothing(change: Change): Promise<void> {
    const { ids, collection: name } = change;
    const writes = onePerConnection(this.#context.openedCollections(name)).map((collection) =>
      ids === 'all' ? removeNothing(collection) : updateNothing(collection, parseIds(ids)),
    );
    for (const result of await Promise.allSettled(writes)) {
      if (result.status === 'fulfilled') continue;
      this.#context.log.warn(
        `update ${name}`,
        `the empty update of collection "${name}" failed (${reasonOf(result.reason)}); ` +
          'its live queries are refreshed without it',
      );
      await refresh(change);
    }
  }
}

/** `{}` would replace the documents with empty ones: the update that changes nothing is `{$set: {}}`. */
function updateNothing({ connection, name }: OpenedCollection, ids: unknown[]): Promise<unknown> {
  // Every database has an index for one plain id; not every one uses it for `$in`.
  const _id = ids.length === 1 ? ids[0] : { $in: ids };
  return connection.updateAsync(name, { _id }, { $set: {} }, { multi: true });
}

/**
 * Updating every document would cost the database as much as the collection is large. A remove that can match nothing
 * costs nothing, and as it names no ids, Meteor refreshes every live query of the collection.
 */
function removeNothing({ connection, name }: OpenedCollection): Promise<unknown> {
  return connection.removeAsync(name, { _id: { $in: [] } });
}

/** Several collections of one name and connection share their live queries. */
function onePerConnection(collections: readonly OpenedCollection[]): OpenedCollection[] {
  return [...new Map(collections.map((collection) => [collection.connection, collection])).values()];
}
