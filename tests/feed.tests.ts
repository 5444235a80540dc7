/**
 * How the feed and Meteor's oplog observe drivers meet when reads, queries and writes cross: the order of events in each
 * test is forced, by holding reads back. What holds under random orders, `convergence.tests.ts` tells.
 */

import { Mongo } from 'meteor/mongo';
import { Tinytest } from 'meteor/tinytest';
import { defaultConnection } from '../src/meteor/collections';
import { installFeed } from '../src/meteor/live-queries';
import { Report } from '../src/report';
import { rawItems } from './support/database';
import { eventually, pause } from './support/eventually';
import type { Item } from './support/node-app';
import { newGroup } from './support/shared-nodes';

const HOUR = 3_600_000;

/** A read of the feed that waits: for the database to be asked, or for its answer to be used. */
interface HeldRead {
  readonly began: Promise<void>;
  release(): void;
}

/** A live query, and every value of `n` that it has shown of each document. */
interface LiveQuery {
  shown(id: string): readonly number[];
  stop(): unknown;
}

/** The drivers of the collection `items` in this process, fed by a feed whose reads can be held. */
class Stage {
  readonly group = newGroup();
  readonly #items = new Mongo.Collection<Item>('items', {
    defineMutationMethods: false,
    _suppressSameNameError: true,
  } as object);
  readonly #installed = installFeed(defaultConnection(), (name) => name === 'items', new Report());
  readonly #holds: ((read: () => Promise<unknown>) => Promise<unknown>)[] = [];
  readonly #queries: LiveQuery[] = [];
  /** How many queries drivers have run, and how many documents they have asked for. */
  queried = 0;
  fetched = 0;
  /** How long each read of the feed takes at least, in ms. */
  readTime = 0;
  /** The options that reads of the feed had. */
  readonly asked: unknown[] = [];

  constructor() {
    const connection = defaultConnection();
    const { find } = connection;
    // Found on the connection itself, and seen by nobody but the feed: collections have bound theirs.
    connection.find = (...args) => {
      this.asked.push(args[2]);
      const cursor = find.apply(connection, args);
      const hold = this.#holds.shift() ?? ((read) => pause(this.readTime).then(read));
      return { fetchAsync: () => hold(() => cursor.fetchAsync()) as ReturnType<typeof cursor.fetchAsync> };
    };
    const { feed } = this.#installed;
    const { waitUntilCaughtUp, fetch } = feed;
    feed.waitUntilCaughtUp = () => {
      this.queried += 1;
      return waitUntilCaughtUp.call(feed);
    };
    feed.fetch = (...args) => {
      this.fetched += 1;
      return fetch.apply(feed, args);
    };
  }

  touched(id: string): Promise<void> {
    return new Promise((resolve) => this.#installed.feed.touched('items', [id], resolve));
  }

  /** Holds the next read back, before the database is asked or after it has answered. */
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

  /** Has the one live query there is ask the database; over when it has shown what it found. */
  async requery(): Promise<void> {
    const before = this.queried;
    this.#installed.feed.pollEvery(1000);
    await eventually('the driver to query', () => this.queried > before);
    this.#installed.feed.pollEvery(HOUR);
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

  /** Over when nothing is left to be done by the drivers, and what they have to show has been shown. */
  async calm(): Promise<void> {
    await this.#installed.feed.waitUntilCaughtUp();
    await eventually('the drivers to be done', () => !this.#installed.queries.isQuerying('items'));
    await pause(50);
  }

  /** Whether the drivers have nothing to query and nothing to fetch. */
  isAtRest(): boolean {
    const multiplexers = Object.values(defaultConnection()._observeMultiplexers ?? {});
    return multiplexers.every(({ _observeDriver: driver }) => driver?._phase === 'STEADY');
  }

  async end(): Promise<void> {
    for (const query of this.#queries) await query.stop();
    const { feed } = this.#installed;
    // What was assigned to the objects themselves hid what their classes have.
    for (const [object, name] of [
      [defaultConnection(), 'find'],
      [feed, 'waitUntilCaughtUp'],
      [feed, 'fetch'],
    ] as const) {
      Reflect.deleteProperty(object, name);
    }
    this.#installed.remove();
  }
}

function feedTest(
  name: string,
  run: (stage: Stage, test: Parameters<Parameters<typeof Tinytest.addAsync>[1]>[0]) => Promise<void>,
): void {
  Tinytest.addAsync(`feed - ${name}`, async (test) => {
    const stage = new Stage();
    try {
      await run(stage, test);
    } finally {
      await stage.end();
    }
  });
}

/** A document that a live query shows is read and, before that is dispatched, written. */
async function readThenWritten(stage: Stage) {
  const { group } = stage;
  const _id = `${group}-1`;
  await rawItems().insertOne({ _id, group, n: 1 });
  const query = await stage.watch({ group });
  const read = stage.holdRead('after');
  const told = stage.touched(_id);
  await read.began;
  await rawItems().updateOne({ _id }, { $set: { n: 2 } });
  return { _id, query, read, told };
}

feedTest('what an announcement is answered with is read from the primary', async (stage, test) => {
  const _id = `${stage.group}-1`;
  await rawItems().insertOne({ _id, group: stage.group, n: 1 });
  await stage.watch({ group: stage.group });
  await stage.touched(_id);
  test.equal(stage.asked, [{ readPreference: 'primary' }]);
  const [multiplexer] = Object.values(defaultConnection()._observeMultiplexers ?? {});
  const { options } = multiplexer?._observeDriver?._cursorDescription ?? {};
  test.equal(options?.readPreference, 'primary');
});

feedTest('a new live query is not shown what was read before it began', async (stage, test) => {
  const { group } = stage;
  const { _id, query: first, read, told } = await readThenWritten(stage);
  const { queried } = stage;
  const opening = stage.watch({ group, n: { $gt: 0 } });
  await eventually('the new driver to query', () => stage.queried > queried);
  read.release();
  await told;
  const second = await opening;
  await stage.calm();
  test.equal(second.shown(_id), [2]);
  await stage.touched(_id);
  await stage.calm();
  test.equal([first.shown(_id), second.shown(_id)], [[1, 2], [2]]);
});

feedTest('what was read before a live query looks again is read anew after it', async (stage, test) => {
  const { _id, query, read, told } = await readThenWritten(stage);
  await stage.requery();
  test.equal(query.shown(_id), [1, 2]);
  read.release();
  await told;
  await stage.calm();
  test.equal(query.shown(_id), [1, 2]);
});

feedTest('what is fetched after a query is not lost to a fetch from before it', async (stage, test) => {
  const { group } = stage;
  const [early, late] = [`${group}-early`, `${group}-late`];
  await rawItems().insertMany([
    { _id: early, group, n: 1 },
    { _id: late, group, n: 1 },
  ]);
  const query = await stage.watch({ group });
  // Touched while the driver queries, the early document is fetched afterwards; that fetch is kept waiting by the next read.
  const [readOfEarly, readOfLate] = [stage.holdRead('before'), stage.holdRead('before')];
  void stage.touched(early);
  await readOfEarly.began;
  await stage.requery();
  const told = stage.touched(late);
  const { fetched } = stage;
  readOfEarly.release();
  await readOfLate.began;
  await eventually('the driver to fetch', () => stage.fetched > fetched);
  // With the fetch still open the driver queries again, and the late document changes behind its back.
  await stage.requery();
  await rawItems().updateOne({ _id: late }, { $set: { n: 2 } });
  readOfLate.release();
  await told;
  await stage.calm();
  test.equal(query.shown(late), [1, 2]);
});

feedTest(
  'a document that is touched all the time keeps no driver from coming to rest',
  async (stage, test) => {
    const { group } = stage;
    const _id = `${group}-1`;
    await rawItems().insertOne({ _id, group, n: 1 });
    const query = await stage.watch({ group });
    stage.readTime = 20;
    const stream = setInterval(() => void stage.touched(_id), 5);
    try {
      for (let round = 1; round <= 3; round += 1) {
        await stage.requery();
        await eventually('the driver to come to rest', () => stage.isAtRest(), 3000);
      }
      await rawItems().updateOne({ _id }, { $set: { n: 2 } });
      await eventually('the update to be shown', () => query.shown(_id).includes(2), 3000);
    } finally {
      clearInterval(stream);
    }
    await stage.calm();
    test.equal(query.shown(_id), [1, 2]);
  },
);
