/**
 * Strategy `update`, the original's: on receipt, write something through Meteor that changes nothing. Meteor then
 * tells its own live queries, and these look at the database again.
 *
 * Created by `cluster.ts`. Writes through Meteor's connection to the database, below what Cluster and hook packages wrap: a
 * received change is never announced again, and runs nobody's hooks.
 */

import { DirtySet } from './dirty-set';
import type { TouchedIds } from './message';
import type { OpenedCollection } from './meteor/collections';
import { parseIds } from './meteor/ids';
import { refresh } from './meteor/live-queries';
import { reasonOf } from './report';
import type { EndWrite, Strategy, StrategyContext } from './strategy';

export class UpdateStrategy implements Strategy {
  readonly #context: StrategyContext;
  readonly #dirty = new DirtySet();
  readonly #busy = new Set<string>();

  constructor(context: StrategyContext) {
    this.#context = context;
  }

  touched(collection: string, ids: TouchedIds): void {
    this.#dirty.add(collection, ids);
    if (!this.#busy.has(collection)) void this.work(collection);
  }

  /** This node's own live queries hear of its writes from Meteor. */
  beginWrite(): EndWrite {
    return () => {};
  }

  watch(): void {}

  /** Many ids cost as much to write to as documents; the whole collection costs nothing. */
  matching(): undefined {}

  /** Nothing here keeps them from polling. */
  pollEvery(): void {}

  stop(): void {
    this.#dirty.clear();
  }

  /** One write in flight per collection; what is touched meanwhile goes into the next. */
  private async work(collection: string): Promise<void> {
    this.#busy.add(collection);
    // Messages that arrived in one piece of the stream are handed over in one turn: let them make one batch.
    await Promise.resolve();
    for (let ids = this.#dirty.take(collection); ids !== undefined; ids = this.#dirty.take(collection)) {
      await this.tell(collection, ids).catch((error) =>
        this.#context.report.warn('refresh', `refreshing failed: ${reasonOf(error)}`),
      );
    }
    this.#busy.delete(collection);
  }

  private async tell(name: string, ids: TouchedIds): Promise<void> {
    const writes = onePerConnection(this.#context.openedCollections(name)).map((collection) =>
      ids === null ? writeNothing(collection) : writeEmptyUpdate(collection, parseIds(ids)),
    );
    for (const { status, ...outcome } of await Promise.allSettled(writes)) {
      if (status === 'fulfilled') continue;
      const reason = reasonOf('reason' in outcome ? outcome.reason : undefined);
      this.#context.report.warn(
        `update ${name}`,
        `the empty update of collection "${name}" failed (${reason}); its live queries are refreshed without it`,
      );
      await refresh(name, ids);
    }
  }
}

/** `{}` would replace the documents with empty ones: the update that changes nothing is `{$set: {}}`. */
function writeEmptyUpdate({ connection, name }: OpenedCollection, ids: unknown[]): Promise<unknown> {
  // One plain id is what every database has an index for; not every one uses it for `$in`.
  const _id = ids.length === 1 ? ids[0] : { $in: ids };
  return connection.updateAsync(name, { _id }, { $set: {} }, { multi: true });
}

/**
 * Touching every document would cost the database as much as the collection is large. A remove that can match
 * nothing costs nothing, and as it names no ids, Meteor refreshes every live query of the collection.
 */
function writeNothing({ connection, name }: OpenedCollection): Promise<unknown> {
  return connection.removeAsync(name, { _id: { $in: [] } });
}

/** Several collections of one name and connection share their live queries. */
function onePerConnection(collections: readonly OpenedCollection[]): OpenedCollection[] {
  return [...new Map(collections.map((collection) => [collection.connection, collection])).values()];
}
