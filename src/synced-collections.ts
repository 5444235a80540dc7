/**
 * The synced collections of an application: which ones they are, and that their writes are observed.
 *
 * Owned by `cluster.ts`, which knows what an observed write leads to.
 */

import { Meteor } from 'meteor/meteor';
import { REPORT_DELAY_MS } from './after-start-up';
import { isRecord } from './base/values';
import type { Change } from './changes/change';
import { ClusterConfigError, kindOf, quoted } from './config/config-error';
import {
  collectionsKnownToMeteor,
  databasesOf,
  findCollection,
  onCollectionOpened,
  openedCollections,
} from './meteor/collections/collections';
import type { OpenedCollection, Reporter } from './meteor/collections/opened-collection';
import { idsToTouch, type TouchedIds } from './meteor/ids';
import type { WriteInProgress } from './writes/write-watcher';

/** A `Mongo.Collection` stored in MongoDB, or the name of one. */
export type SyncTarget = string | { rawCollection(): unknown };

export interface SyncAllOptions {
  /** Collections that are not synced. @default none */
  readonly except?: readonly SyncTarget[];
}

export interface SyncedCollectionsContext {
  /** Called when a write to a synced collection begins. */
  beginWrite(collection: OpenedCollection, reporter: Reporter): WriteInProgress;
  /** Called when the writes of one more opened collection are observed. */
  onObserved(collection: OpenedCollection): void;
  /** Called with synced names under which no collection has been opened. */
  onUnopened(names: readonly string[]): void;
}

const ALL = '*';
const NOT_ALL =
  'Cluster: sync() takes collections and their names; got "*", which stands for all of them in Meteor.settings, and ' +
  'there without a list. Call syncAll() to sync all';

export class SyncedCollections {
  readonly #context: SyncedCollectionsContext;
  readonly #names = new Set<string>();
  readonly #stopObserving = new Map<OpenedCollection, () => void>();
  #stopObservingOpens: (() => void) | undefined;
  /** Synced names of this turn of the event loop, or of start-up, under which no collection has been opened. */
  readonly #unopened = new Set<string>();
  /** Set by `addAll`: the names that are not synced when they are opened. */
  #except: ReadonlySet<string> | undefined;

  constructor(context: SyncedCollectionsContext) {
    this.#context = context;
  }

  get names(): ReadonlySet<string> {
    return this.#names;
  }

  /** Whether nothing is synced, and nothing will be when it is opened. */
  get isEmpty(): boolean {
    return this.#names.size === 0 && this.#except === undefined;
  }

  /** The opened collections, one per connection. */
  get opened(): Iterable<OpenedCollection> {
    return this.#stopObserving.keys();
  }

  /** @throws Error that names what came instead of a target; none is synced then */
  add(targets: readonly SyncTarget[]): void {
    const names = targets.map((target, index) => {
      if (target === ALL) throw new Error(NOT_ALL);
      return findCollection(target, placeOf(index, targets)).name;
    });
    for (const name of names) this.addName(name);
    this.reportUnopened(names.filter((name) => openedCollections(name).length === 0));
  }

  /** Syncs every collection stored in MongoDB, those opened later too. */
  addAll(options: SyncAllOptions | undefined): void {
    const except = new Set(exceptions(options).map((target) => findCollection(target).name));
    this.#except = except;
    for (const name of collectionsKnownToMeteor()) if (!except.has(name)) this.addName(name);
    this.observeOpens();
  }

  /**
   * Returns the changes that publish touched documents: one for each database.
   *
   * @param ids `undefined`: any document of the collection
   * @throws Error when the collection is not synced; Error that names what came instead of ids
   */
  touched(target: SyncTarget, ids: TouchedIds | undefined): readonly Change[] {
    const { name, database } = findCollection(target);
    if (!this.#names.has(name)) {
      throw new Error(`Cluster: touch() takes a synced collection; "${name}" is not: call sync() first`);
    }
    const touched = idsToTouch(ids);
    if (touched.length === 0) return [];
    const opened = databasesOf(name);
    const databases = database === undefined && opened.length > 0 ? opened : [database];
    return databases.map((each) => ({ database: each, collection: name, ids: touched }));
  }

  clear(): void {
    this.#stopObservingOpens?.();
    this.#stopObservingOpens = undefined;
    this.#except = undefined;
    for (const stop of this.#stopObserving.values()) stop();
    this.#stopObserving.clear();
    this.#names.clear();
  }

  private addName(name: string): void {
    this.observeOpens();
    this.#names.add(name);
    for (const collection of openedCollections(name)) this.observe(collection);
  }

  private observeOpens(): void {
    this.#stopObservingOpens ??= onCollectionOpened((collection) => {
      const { name } = collection;
      if (this.#except && !this.#except.has(name)) this.#names.add(name);
      if (this.#names.has(name)) this.observe(collection);
    });
  }

  private observe(collection: OpenedCollection): void {
    if (this.#stopObserving.has(collection)) return;
    const stop = collection.observeWrites((reporter) => this.#context.beginWrite(collection, reporter));
    this.#stopObserving.set(collection, stop);
    this.#context.onObserved(collection);
  }

  /**
   * A misspelt name would sync nothing, without an error. Collections may be opened until start-up has ended. An application
   * may sync thousands of names one by one, so those of one turn are reported together.
   */
  private reportUnopened(names: readonly string[]): void {
    const isFirst = this.#unopened.size === 0;
    for (const name of names) this.#unopened.add(name);
    if (!isFirst || names.length === 0) return;
    Meteor.startup(() => void setImmediate(() => this.reportLater()));
  }

  private reportLater(): void {
    const names = [...this.#unopened];
    this.#unopened.clear();
    const report = () => {
      const unopened = names.filter((name) => this.#names.has(name) && openedCollections(name).length === 0);
      if (unopened.length > 0) this.#context.onUnopened(unopened);
    };
    setTimeout(report, REPORT_DELAY_MS).unref();
  }
}

/** Returns which of the targets is wrong, for an error. */
function placeOf(index: number, targets: readonly unknown[]): string {
  const place = targets.length > 1 ? ` as target ${index + 1} of ${targets.length}` : '';
  const isMissing = targets[index] === undefined;
  return isMissing ? `${place}: export it, and load its file before the call of sync()` : place;
}

function exceptions(options: unknown): readonly SyncTarget[] {
  if (options === undefined) return [];
  const expected = 'syncAll() takes nothing or { except: [collections or their names] }';
  const unknown = isRecord(options) ? Object.keys(options).filter((name) => name !== 'except') : [];
  if (!isRecord(options) || unknown.length > 0) {
    const given = unknown.length > 0 ? `the options ${quoted(unknown)}` : kindOf(options);
    throw new ClusterConfigError('except', `${expected}; got ${given}`);
  }
  const { except = [] } = options;
  if (Array.isArray(except)) return except;
  throw new ClusterConfigError('except', `${expected}; got ${kindOf(except)} as "except"`);
}
