/**
 * The drivers of the collection `items` in this process, fed by a feed whose reads can be held back. The drivers' own
 * queries can be held back too.
 *
 * Used by `feed.tests.ts` and `feed-order.tests.ts`, to force an order of reads, queries, writes and messages.
 */

import type { Mongo } from 'meteor/mongo';
import type { Change } from '../../src/changes/change';
import { fixedPolling } from '../../src/config/polling';
import { createHasher, hintOf } from '../../src/matching/hint';
import { defaultConnection } from '../../src/meteor/collections/collections';
import type { QueryHandle } from '../../src/meteor/feed-contract';
import { type FeedShare, installFeed } from '../../src/meteor/live-queries/install-feed';
import type { Emit } from '../../src/observability/events';
import { Log } from '../../src/observability/log';
import { Metrics } from '../../src/observability/metrics';
import type { AuditOptions } from '../../src/strategies/feed/audit';
import { ConnectionFeed } from '../../src/strategies/feed/connection-feed';
import { fieldsOfUpdate } from '../../src/writes/written-fields';
import { rawItems } from './database';
import { eventually, pause } from './eventually';
import { newGroup } from './groups';
import type { Item } from './node-config';
import { newItems } from './own-clusters';

const HOUR_MS = 3_600_000;

const hash = createHasher('tests');

/** A read that is held back: before it queries the database, or before its result is used. */
export interface HeldRead {
  readonly began: Promise<void>;
  release(): void;
}

/** A live query, and what it shows. */
export interface LiveQuery {
  /** Every value of `n` that it has shown of a document. */
  shown(id: string): readonly number[];
  /** The last value of `n` of each document that it shows now. */
  documents(): Record<string, number>;
  stop(): unknown;
}

/** A read of the database, as it is held back. */
type Hold = <Result>(read: () => Promise<Result>) => Promise<Result>;

/** The prototype of Meteor's oplog observe drivers, as far as its queries are held back. */
interface DriverPrototype {
  _cursorForQuery(...args: unknown[]): { forEach(callback: (document: object, n: number) => void): unknown };
}

export interface StageOptions {
  readonly audit: AuditOptions;
  readonly emit: Emit;
  readonly log: Log;
  /** See `PollFindings`. */
  readonly confirmPollsAfterMs: number;
}

export class FeedStage {
  readonly metrics = new Metrics();
  readonly group = newGroup();
  /** The group of documents that no live query asks for. */
  readonly away = `${this.group}-away`;
  readonly #items: Mongo.Collection<Item> = newItems();
  readonly #handle: FeedShare;
  readonly #feed: ConnectionFeed;
  readonly #holds: Hold[] = [];
  readonly #queryHolds: Hold[] = [];
  #unwrapDriverQueries: (() => void) | undefined;
  readonly #queries: LiveQuery[] = [];
  readonly #fed: QueryHandle[] = [];
  readonly #opened: Pick<QueryHandle, 'waitUntilCaughtUp'>[] = [];
  /** How many queries drivers have run, and how many documents they have fetched. */
  queried = 0;
  fetched = 0;
  /** Until when the node has received everything, by `performance.now()`. */
  receivedUntil = 0;
  /** How long each read of the feed takes at least, in ms. */
  readTimeMs = 0;
  /** The options of each read of the feed. */
  readonly readOptions: unknown[] = [];
  readonly #selectors: object[] = [];

  constructor(options: Partial<StageOptions> = {}) {
    const { audit = { share: 0 }, emit = () => {}, log = new Log(), confirmPollsAfterMs } = options;
    this.#handle = installFeed(defaultConnection(), {
      isSynced: (name) => name === 'items',
      createFeed: (source) =>
        new ConnectionFeed({
          source,
          hash,
          receivedUntil: () => this.receivedUntil,
          audit,
          confirmPollsAfterMs,
          log,
          metrics: this.metrics,
          emit,
        }),
    });
    this.#feed = this.#handle.feed as ConnectionFeed;
    const connection = defaultConnection();
    const { find } = connection;
    // Only the feed calls `find` of the connection object: collections have bound theirs.
    connection.find = (...args) => {
      this.#selectors.push(args[1]);
      this.readOptions.push(args[2]);
      const cursor = find.apply(connection, args);
      const hold = this.#holds.shift() ?? ((read) => pause(this.readTimeMs).then(read));
      return { fetchAsync: () => hold(() => cursor.fetchAsync()) };
    };
    const { open } = this.#feed;
    this.#feed.open = (description) => this.countCalls(open.call(this.#feed, description));
  }

  /** Resolves when the drivers have the change, of which no hint is known. */
  async handleChange(id: string): Promise<void> {
    await this.dispatch({ collection: 'items', ids: [id] });
  }

  /** Updates a document as a peer does, past this node. Returns the change that the peer publishes, with a hint. */
  async writeOnPeer(id: string, modifier: object): Promise<Change> {
    await rawItems().updateOne({ _id: id }, modifier);
    return changeOf([id], modifier);
  }

  /**
   * Updates the documents that a selector matches as a peer does, whose look-up comes later.
   *
   * @returns the change that the peer publishes, when it has found these documents
   */
  async writeBySelector(selector: object, modifier: object): Promise<(found: readonly string[]) => Change> {
    await rawItems().updateMany({ group: { $in: [this.group, this.away] }, ...selector }, modifier);
    return (found) => {
      const change = changeOf(found, modifier);
      const [hint] = change.hints?.values() ?? [];
      return { ...change, lookedUp: { selected: Object.keys(selector), hint } };
    };
  }

  /**
   * Resolves when the drivers that a change concerns have it.
   *
   * @returns waits until their live queries show it
   */
  dispatch(change: Change): Promise<() => Promise<void>> {
    return this.#feed.handleChange(change);
  }

  /** Resolves when the live queries that a change concerns show it. */
  async receive(change: Change): Promise<void> {
    const flush = await this.dispatch(change);
    await flush();
  }

  /** Makes the index of live queries forget that a document is held, as a fault in it would. */
  forgetHolders(id: string): void {
    for (const query of this.#fed) query.onRelease(id);
  }

  /** Returns how often the feed has read a document. */
  readsOf(id: string): number {
    return this.#selectors.filter((selector) => JSON.stringify(selector).includes(`"${id}"`)).length;
  }

  /** Holds the next read back, before it queries the database or after its result is there. */
  holdRead(when: 'before' | 'after'): HeldRead {
    return holdNext(this.#holds, when);
  }

  /** Holds the next query of a driver back, after its result is there. There must be an open live query. */
  holdQuery(): HeldRead {
    this.#unwrapDriverQueries ??= this.wrapDriverQueries();
    return holdNext(this.#queryHolds, 'after');
  }

  /** Makes the only live query poll. Resolves when it shows what it has found. */
  async requery(isAdaptive = false): Promise<void> {
    const before = this.queried;
    this.#feed.setPolling({ intervalMs: 1000, isAdaptive });
    await eventually('the driver to query', () => this.queried > before);
    this.#feed.setPolling(fixedPolling(HOUR_MS));
  }

  async watch(selector: object, options: object = {}): Promise<LiveQuery> {
    const shown = new Map<string, number[]>();
    const current = new Map<string, number>();
    const show = (id: string, { n }: Partial<Item>) => {
      if (n === undefined) return;
      shown.set(id, [...(shown.get(id) ?? []), n]);
      current.set(id, n);
    };
    const subscription = {
      added: (_name: string, id: string, fields: Partial<Item>) => show(id, fields),
      changed: (_name: string, id: string, fields: Partial<Item>) => show(id, fields),
      removed: (_name: string, id: string) => void current.delete(id),
      initialAdds: (_name: string, documents: Map<string, Item>) => {
        documents.forEach((item, id) => {
          show(id, item);
        });
      },
      onStop() {},
    };
    const cursor = this.#items.find(selector, options) as unknown as {
      _publishCursor(subscription: object): Promise<{ stop(): unknown }>;
    };
    const handle = await cursor._publishCursor(subscription);
    const query = {
      shown: (id: string) => shown.get(id) ?? [],
      documents: () => Object.fromEntries([...current].sort()),
      stop: () => handle.stop(),
    };
    this.#queries.push(query);
    return query;
  }

  /** Waits until the drivers have nothing left to do, and what they have is shown. */
  async isIdle(): Promise<void> {
    await Promise.all(this.#opened.map((query) => query.waitUntilCaughtUp()));
    await eventually('the drivers to be STEADY', () => this.isSteady());
    await pause(50);
  }

  /** Whether every driver is STEADY: it has nothing to query and nothing to fetch. */
  isSteady(): boolean {
    const multiplexers = Object.values(defaultConnection()._observeMultiplexers ?? {});
    return multiplexers.every(({ _observeDriver: driver }) => driver?._phase === 'STEADY');
  }

  async stop(): Promise<void> {
    for (const query of this.#queries) await query.stop();
    // Properties of the objects themselves hid those of their classes.
    for (const [object, name] of [
      [defaultConnection(), 'find'],
      [this.#feed, 'open'],
    ] as const) {
      Reflect.deleteProperty(object, name);
    }
    this.#unwrapDriverQueries?.();
    this.#handle.remove();
  }

  /** @returns undoes it */
  private wrapDriverQueries(): () => void {
    const multiplexers = Object.values(defaultConnection()._observeMultiplexers ?? {});
    const driver = multiplexers.map((each) => each._observeDriver).find((each) => each?._usesOplog);
    const prototype = Object.getPrototypeOf(driver) as DriverPrototype;
    const { _cursorForQuery: cursorForQuery } = prototype;
    const holds = this.#queryHolds;
    prototype._cursorForQuery = function heldBack(...args) {
      const cursor = cursorForQuery.apply(this, args);
      const hold: Hold = holds.shift() ?? ((read) => read());
      const read = async () => {
        const documents: object[] = [];
        await cursor.forEach((document) => void documents.push(document));
        return documents;
      };
      return { forEach: async (callback) => void (await hold(read)).forEach(callback) };
    };
    return () => {
      prototype._cursorForQuery = cursorForQuery;
    };
  }

  private countCalls(query: QueryHandle): QueryHandle {
    const { waitUntilCaughtUp, fetch } = query;
    this.#fed.push(query);
    this.#opened.push({ waitUntilCaughtUp: () => waitUntilCaughtUp.call(query) });
    return Object.assign(query, {
      waitUntilCaughtUp: () => {
        this.queried += 1;
        return waitUntilCaughtUp.call(query);
      },
      fetch: (...args: Parameters<QueryHandle['fetch']>) => {
        this.fetched += 1;
        return fetch.apply(query, args);
      },
    });
  }
}

/** Returns a change with the hint of an update. */
function changeOf(ids: readonly string[], modifier: object): Change {
  const fields = fieldsOfUpdate(modifier, {});
  const hint = fields && hintOf(fields, hash);
  if (!hint) throw new Error('there is no hint');
  return { collection: 'items', ids, hints: new Map(ids.map((id) => [id, hint])) };
}

function holdNext(holds: Hold[], when: 'before' | 'after'): HeldRead {
  let release = () => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  const began = new Promise<void>((resolve) => {
    holds.push(async (read) => {
      const result = when === 'after' ? await read() : undefined;
      resolve();
      await released;
      return result ?? read();
    });
  });
  return { began, release };
}
