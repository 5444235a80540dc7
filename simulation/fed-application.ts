/**
 * A workload of live queries: nodes write in every form of the grammar, and feed the observe drivers of `mongodb-livedata-server`.
 *
 * Write watcher, hints, strategy `feed`, feed and index are the package's own, as its session is.
 */

import { inspect } from 'node:util';
import { OpenedCollection } from '../src/meteor/collections/opened-collection';
import { idsOfSelector } from '../src/meteor/ids';
import { addToSession, beginWrite } from '../src/observed-writes';
import type { Session } from '../src/session/session';
import { FeedStrategy } from '../src/strategies/feed/feed-strategy';
import { type WritableCollection, watchWrites } from '../src/writes/write-watcher';
import type { Random } from '../tools/random';
import { SimulatedConnection } from './connection';
import { DocumentDatabase } from './document-database';
import type { Fields } from './grammar/values';
import type { Write } from './grammar/writes';
import { OpenQuery } from './live-query';
import { innerArguments } from './memory-database';
import { RandomData } from './random-data';
import type { VirtualProcess, VirtualTime } from './virtual-time';
import type { Application, ApplicationContext, Workload, Written, WrongView } from './workload';

/** The live queries of a node, at most, and those that it opens at first. */
const MAX_QUERIES = 8;
const FIRST_QUERIES = 3;
/** With more documents of a collection, all but a few are removed. */
const MAX_DOCUMENTS = 24;

export class FedWorkload implements Workload {
  readonly database: DocumentDatabase;
  readonly random: Random;
  readonly #data = new Map<string, RandomData>();
  #inserted = 0;
  #round = 0;

  constructor(time: VirtualTime, process: VirtualProcess) {
    this.database = new DocumentDatabase(time, process);
    this.random = time.random.fork('writes');
  }

  createApplication(context: ApplicationContext): Application {
    return new FedApplication(this, context);
  }

  endRound(): void {
    this.database.forgetWrites();
    // Other values, so that a run meets many.
    this.#data.clear();
    this.#round += 1;
  }

  /** Returns a write with the arguments of the method behind a collection. */
  nextWrite(collection: string): Write {
    const ids = [...this.database.documents(collection).values()].map(({ _id }) => _id);
    if (ids.length > MAX_DOCUMENTS) {
      return { method: 'removeAsync', args: [{ _id: { $in: ids.slice(0, MAX_DOCUMENTS) } }] };
    }
    const { method, args } = this.dataOf(collection).write();
    return { method, args: innerArguments({ method, args }, () => this.newId()) };
  }

  /** Live queries of collections with an odd number may have a limit. */
  dataOf(collection: string): RandomData {
    const isOrdered = Number(collection.slice(-1)) % 2 === 1;
    const data =
      this.#data.get(collection) ??
      new RandomData(this.random.fork(`${collection} ${this.#round}`), isOrdered);
    this.#data.set(collection, data);
    return data;
  }

  private newId(): string {
    this.#inserted += 1;
    return `inserted-${this.#inserted}`;
  }
}

class FedApplication implements Application {
  readonly strategy: FeedStrategy;
  readonly #workload: FedWorkload;
  readonly #context: ApplicationContext;
  readonly #connection: SimulatedConnection;
  readonly #opened = new Map<string, OpenedCollection>();
  readonly #instances = new Map<string, WritableCollection>();
  readonly #queries = new Set<OpenQuery>();

  constructor(workload: FedWorkload, context: ApplicationContext) {
    const { databaseName, collections, hash, log, metrics, process, writer } = context;
    const { database } = workload;
    this.#workload = workload;
    this.#context = context;
    this.#connection = new SimulatedConnection({ databaseName, database, process, writer });
    this.strategy = new FeedStrategy({
      database: databaseName,
      hash,
      log,
      metrics,
      audit: 0,
      takesOver: false,
      isSynced: (name) => collections.has(name),
      openedCollections: (name) => [this.#opened.get(name) ?? []].flat(),
      receivedUntil: () => context.receivedUntil(),
      emit: () => {},
    });
    for (const name of collections) this.openCollection(name);
  }

  get requeries(): number {
    return Object.values(this.#context.metrics.requeries).reduce((sum, count) => sum + count, 0);
  }

  start(session: Session): void {
    const current = { session, log: this.#context.log, rawWrites: true };
    for (const opened of this.#opened.values()) {
      opened.observeWrites((reporter) => beginWrite(opened, reporter, () => current));
      addToSession(opened, session);
    }
    for (let n = 0; n < FIRST_QUERIES; n += 1) this.openQuery();
  }

  write(collection: string): void {
    const { method, args } = this.#workload.nextWrite(collection);
    const write = this.#instances.get(collection)?.[method];
    if (typeof write === 'function') Promise.resolve(write(...args)).catch(() => {});
  }

  changeQueries(): void {
    const [oldest] = this.#queries;
    if (oldest && this.#workload.random.below(MAX_QUERIES) < this.#queries.size) {
      this.#queries.delete(oldest);
      oldest.close();
    } else {
      this.openQuery();
    }
  }

  check(isLeft: (written: Written) => boolean): WrongView[] {
    const wrong = [...this.#queries].flatMap((query) => this.wrongView(query, isLeft) ?? []);
    const { databaseName: database, collections } = this.#context;
    if (wrong.length > 0) {
      for (const collection of collections) this.strategy.handleChange({ database, collection, ids: 'all' });
    }
    return wrong;
  }

  private openCollection(name: string): void {
    const opened = new OpenedCollection(name, this.#connection);
    const instance = this.#connection.open(name);
    watchWrites(instance, {
      idsOf: idsOfSelector,
      isInnermost: true,
      isAcknowledged: true,
      begin: () => opened.beginWrite('collection'),
      callDriver: (make) => ({ result: make(), transaction: undefined, isDriverCalled: true }),
    });
    this.#opened.set(name, opened);
    this.#instances.set(name, instance);
  }

  private openQuery(): void {
    const { random } = this.#workload;
    const collection = random.pick([...this.#context.collections]);
    try {
      const query = new OpenQuery(collection, this.#workload.dataOf(collection).query());
      this.#queries.add(query);
      void query.open(this.#connection);
    } catch {
      // Meteor's matcher does not understand it.
    }
  }

  private wrongView(query: OpenQuery, isLeft: (written: Written) => boolean): WrongView | undefined {
    const { database } = this.#workload;
    const { collection, description } = query;
    const documents = database.documents(collection);
    if (!query.isOpen)
      return { text: `has not opened ${collection} ${show(description)}`, isLeftToPolling: false };
    const ids = query.wrongIds(documents);
    if (ids.length === 0) return undefined;
    const details = ids.map((id) => `${id}: ${show(query.shown(id))}, not ${show(documents.get(id))}`);
    // Which documents a live query with a limit shows depends on all others.
    const concerned = description.limit === undefined ? ids : [...documents.keys(), ...ids];
    const isLeftOne = (id: string) => database.writesTo(collection, id).some(isLeft);
    return {
      text: `${collection} ${show(description)} shows ${details.join('; ')}`,
      isLeftToPolling: description.limit === undefined ? ids.every(isLeftOne) : concerned.some(isLeftOne),
    };
  }
}

function show(value: Fields | object | undefined): string {
  return inspect(value, { depth: 6, breakLength: Number.POSITIVE_INFINITY });
}
