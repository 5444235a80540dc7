/**
 * The drivers of the collection `items` in this process, fed by a feed whose reads can be held back.
 *
 * Used by `feed.tests.ts`, to force an order of reads, queries and writes.
 */

import type { Mongo } from 'meteor/mongo';
import { createHasher } from '../../src/matching/hint';
import { defaultConnection } from '../../src/meteor/collections';
import type { QueryHandle } from '../../src/meteor/feed-contract';
import { installFeed } from '../../src/meteor/oplog-handle';
import { Log } from '../../src/observability/log';
import { OplogFeed } from '../../src/strategies/oplog/oplog-feed';
import { eventually, pause } from './eventually';
import { newGroup } from './groups';
import type { Item } from './node-config';
import { newItems } from './own-clusters';

const HOUR_MS = 3_600_000;

const log = new Log();

/** A read of the feed that is held back: before it queries the database, or before its result is used. */
export interface HeldRead {
  readonly began: Promise<void>;
  release(): void;
}

/** A live query, and every value of `n` that it has shown of each document. */
export interface LiveQuery {
  shown(id: string): readonly number[];
  stop(): unknown;
}

export class FeedStage {
  readonly group = newGroup();
  readonly #items: Mongo.Collection<Item> = newItems();
  readonly #handle = installFeed(defaultConnection(), {
    isSynced: (name) => name === 'items',
    createFeed: (source) => new OplogFeed({ source, hash: createHasher('tests'), log }),
  });
  readonly #feed = this.#handle.feed as OplogFeed;
  readonly #holds: ((read: () => Promise<unknown>) => Promise<unknown>)[] = [];
  readonly #queries: LiveQuery[] = [];
  readonly #opened: Pick<QueryHandle, 'waitUntilCaughtUp'>[] = [];
  /** How many queries drivers have run, and how many documents they have fetched. */
  queried = 0;
  fetched = 0;
  /** How long each read of the feed takes at least, in ms. */
  readTimeMs = 0;
  /** The options of each read of the feed. */
  readonly readOptions: unknown[] = [];

  constructor() {
    const connection = defaultConnection();
    const { find } = connection;
    // Only the feed calls `find` of the connection object: collections have bound theirs.
    connection.find = (...args) => {
      this.readOptions.push(args[2]);
      const cursor = find.apply(connection, args);
      const hold = this.#holds.shift() ?? ((read) => pause(this.readTimeMs).then(read));
      return { fetchAsync: () => hold(() => cursor.fetchAsync()) as ReturnType<typeof cursor.fetchAsync> };
    };
    const { open } = this.#feed;
    this.#feed.open = (description) => this.countCalls(open.call(this.#feed, description));
  }

  /** Resolves when the drivers have the change. */
  async handleChange(id: string): Promise<void> {
    await this.#feed.handleChange({ collection: 'items', ids: [id] });
  }

  /** Holds the next read back, before it queries the database or after its result is there. */
  holdRead(when: 'before' | 'after'): HeldRead {
    let release = () => {};
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    const began = new Promise<void>((resolve) => {
      this.#holds.push(async (read) => {
        const documents = when === 'after' ? await read() : undefined;
        resolve();
        await released;
        return documents ?? read();
      });
    });
    return { began, release };
  }

  /** Re-queries the only live query. Resolves when it shows what it has found. */
  async requery(): Promise<void> {
    const before = this.queried;
    this.#feed.setPollingInterval(1000);
    await eventually('the driver to query', () => this.queried > before);
    this.#feed.setPollingInterval(HOUR_MS);
  }

  async watch(selector: object): Promise<LiveQuery> {
    const shown = new Map<string, number[]>();
    const show = (id: string, { n }: Partial<Item>) => {
      if (n !== undefined) shown.set(id, [...(shown.get(id) ?? []), n]);
    };
    const subscription = {
      added: (_name: string, id: string, fields: Partial<Item>) => show(id, fields),
      changed: (_name: string, id: string, fields: Partial<Item>) => show(id, fields),
      removed() {},
      initialAdds: (_name: string, documents: Map<string, Item>) => {
        documents.forEach((item, id) => {
          show(id, item);
        });
      },
      onStop() {},
    };
    const cursor = this.#items.find(selector) as unknown as {
      _publishCursor(subscription: object): Promise<{ stop(): unknown }>;
    };
    const handle = await cursor._publishCursor(subscription);
    const query = { shown: (id: string) => shown.get(id) ?? [], stop: () => handle.stop() };
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
    // What was assigned to the objects themselves hid what their classes have.
    for (const [object, name] of [
      [defaultConnection(), 'find'],
      [this.#feed, 'open'],
    ] as const) {
      Reflect.deleteProperty(object, name);
    }
    this.#handle.remove();
  }

  private countCalls(query: QueryHandle): QueryHandle {
    const { waitUntilCaughtUp, fetch } = query;
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
