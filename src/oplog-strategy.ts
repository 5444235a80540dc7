/**
 * Strategy `oplog`: feeds Meteor's oplog observe drivers, as if the database had an oplog. Live queries stay incremental:
 * what a write costs a node does not grow with the queries it does not concern. Where there is a real oplog, or change streams,
 * Meteor has its news from there; then only live queries that poll are told.
 *
 * Created by `cluster.ts`. Both directions end here, as this node's own live queries no longer poll either.
 */

import type { TouchedIds } from './message';
import type { OpenedCollection } from './meteor/collections';
import {
  findIds,
  holdWriteFence,
  type InstalledFeed,
  installFeed,
  type LiveConnection,
  refreshOrReport,
  tailsOplog,
  whyNoFeed,
} from './meteor/live-queries';
import type { EndWrite, Strategy, StrategyContext } from './strategy';
import type { FindIds } from './write-watcher';

/** A driver takes in so many documents for about what a query of its own would cost the node. */
const MAX_FOUND = 100;

export class OplogStrategy implements Strategy {
  readonly #context: StrategyContext;
  readonly #installed = new Map<LiveConnection, InstalledFeed>();

  constructor(context: StrategyContext) {
    this.#context = context;
  }

  watch({ connection }: OpenedCollection): void {
    if (this.#installed.has(connection) || tailsOplog(connection) || whyNoFeed(connection) !== undefined)
      return;
    const isSynced = (name: string) => this.#context.isSynced(name);
    this.#installed.set(connection, installFeed(connection, isSynced, this.#context.report));
  }

  /** Few ids are read once, in place of as many queries as there are. */
  matching({ name, connection }: OpenedCollection): FindIds | undefined {
    if (!this.#installed.has(connection)) return undefined;
    return (selector) => findIds(connection, name, selector, MAX_FOUND);
  }

  touched(collection: string, ids: TouchedIds): void {
    this.feed(collection, ids);
    // Cursors that the oplog driver does not take still poll; nobody but us tells them of other nodes' writes.
    if (this.mayPoll(collection)) void refreshOrReport(collection, ids, this.#context.report);
  }

  beginWrite(): EndWrite {
    const release = holdWriteFence();
    return (collection, ids) => {
      if (ids === undefined) release();
      else this.feed(collection, ids, release);
    };
  }

  pollEvery(interval: number): void {
    for (const { feed } of this.#installed.values()) feed.pollEvery(interval);
  }

  stop(): void {
    for (const { remove } of this.#installed.values()) remove();
    this.#installed.clear();
  }

  private mayPoll(collection: string): boolean {
    return this.#context
      .openedCollections(collection)
      .some(({ connection }) => this.#installed.get(connection)?.queries.mayPoll(collection) ?? true);
  }

  /** @param told called when every connection's drivers have been told */
  private feed(collection: string, ids: TouchedIds, told?: () => void): void {
    let untold = this.#installed.size;
    if (untold === 0) told?.();
    const toldByOne = () => {
      untold -= 1;
      if (untold === 0) told?.();
    };
    for (const { feed } of this.#installed.values()) feed.touched(collection, ids, told && toldByOne);
  }
}
