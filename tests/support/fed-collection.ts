/**
 * The feed with documents in memory and drivers that the test plays: reads can be held back, and every entry is recorded.
 *
 * Used by the unit tests of the feed. `feed-stage.ts` has Meteor's own drivers and a database.
 */

import { Deferred } from '../../src/base/time';
import type { Change } from '../../src/changes/change';
import { createHasher, type Hint, hintOf } from '../../src/matching/hint';
import type { FedDriver, QueryHandle, StoredDocument } from '../../src/meteor/feed-contract';
import { Log } from '../../src/observability/log';
import { Metrics } from '../../src/observability/metrics';
import { ConnectionFeed } from '../../src/strategies/feed/connection-feed';
import { fieldsOfUpdate } from '../../src/writes/written-fields';

const hash = createHasher('tests');

/** A driver that is STEADY, and records what it is notified of. */
export interface PlayedDriver {
  readonly handle: QueryHandle;
  /** As `u id`, `d id`, or `requery`. */
  readonly entries: string[];
  /** The entries themselves. */
  readonly raw: object[];
  flushes: number;
  /** The documents that it shows wrongly, until it gets them. */
  readonly wrong: Set<string>;
  throwsOn: string | undefined;
  isSteady(): boolean;
  /** The documents that it holds, as it knows them. */
  held: readonly StoredDocument[];
  setSteady(isSteady: boolean): void;
  stop(): void;
}

export interface DriverOptions {
  readonly selector?: object;
  readonly projection?: FedDriver['projection'];
  readonly isFollowed?: boolean;
  /** Whether a re-query makes it QUERYING, until the test makes it STEADY. */
  readonly queries?: boolean;
  /** @default `{ collection }` */
  readonly trigger?: object;
}

export class FedCollection {
  readonly documents = new Map<string, StoredDocument>();
  readonly metrics = new Metrics();
  readonly lines: string[] = [];
  /** The ids of each read, and the fields that it asked for. */
  readonly reads: { readonly ids: readonly string[]; readonly fields: readonly string[] }[] = [];
  /** Whether reads fail. */
  fails = false;
  readonly #holds: Deferred[] = [];
  readonly feed: ConnectionFeed;

  /** @param share of the skips that are audited */
  constructor(share = 0) {
    const keep = (line: string) => void this.lines.push(line);
    this.feed = new ConnectionFeed({
      source: {
        read: (_collection, ids, projection) => this.read(ids, Object.keys(projection)),
        stringifyId: (id) => String(id),
        parseId: (id) => id,
        clone: (document) => ({ ...document, isCopy: true }),
      },
      hash,
      receivedUntil: () => performance.now(),
      audit: { share, readAfterMs: 5, confirmAfterMs: 10 },
      log: new Log({ debug() {}, info: keep, warn: keep, error: keep }),
      metrics: this.metrics,
      emit: () => {},
    });
  }

  store(...documents: StoredDocument[]): void {
    for (const document of documents) this.documents.set(String(document._id), document);
  }

  /** Holds the next read back after it has found what is stored. @returns lets it end */
  hold(): () => void {
    const held = new Deferred();
    this.#holds.push(held);
    return held.resolve;
  }

  /** Opens a live query whose driver is STEADY at once. */
  async open(options: DriverOptions = {}): Promise<PlayedDriver> {
    const { selector = {}, trigger = { collection: 'items' }, queries = false } = options;
    const description = {
      collection: 'items',
      selector,
      sort: undefined,
      hasLimit: false,
      collation: undefined,
    };
    const handle = this.feed.open(description);
    const [entries, raw]: [string[], object[]] = [[], []];
    let isSteady = false;
    const setSteady = (isNow: boolean) => {
      isSteady = isNow;
      handle.onPhase(isNow);
    };
    const wrong = new Set<string>();
    const driver: PlayedDriver = {
      handle,
      entries,
      raw,
      flushes: 0,
      wrong,
      throwsOn: undefined,
      isSteady: () => isSteady,
      held: [],
      setSteady,
      stop: () => {},
    };
    const { stop } = await handle.onOplogEntry(trigger, (entry) => {
      raw.push(entry);
      const text = textOf(entry);
      entries.push(text);
      wrong.delete(text.slice(2));
      if (text === 'requery' && queries) setSteady(false);
      if (text === driver.throwsOn) throw new Error('out of order');
    });
    const { projection, isFollowed = true } = options;
    handle.onOpened({
      projection,
      isFollowed,
      isSteady: () => isSteady,
      differs: (id) => wrong.has(id),
      holdsSome: (test) => driver.held.some(test),
      flush: async () => {
        driver.flushes += 1;
      },
    });
    setSteady(true);
    return Object.assign(driver, { stop });
  }

  /** Resolves when the drivers have the change. @returns flushes the live queries that it concerned */
  change(ids: Change['ids'], more: Partial<Change> = {}): Promise<() => Promise<void>> {
    return this.feed.handleChange({ collection: 'items', ids, ...more });
  }

  private async read(
    ids: readonly string[],
    fields: readonly string[],
  ): Promise<Map<string, StoredDocument>> {
    this.reads.push({ ids, fields });
    const { fails } = this;
    const found = new Map(
      ids.flatMap((id) => {
        const document = this.documents.get(id);
        return document ? [[id, document] as const] : [];
      }),
    );
    await this.#holds.shift()?.promise;
    if (fails) throw new Error('no connection');
    return found;
  }
}

/** Returns the hints of an update of each document. */
export function hintsOf(ids: readonly string[], modifier: object): ReadonlyMap<string, Hint> {
  const fields = fieldsOfUpdate(modifier, {});
  const hint = fields && hintOf(fields, hash);
  if (!hint) throw new Error('there is no hint');
  return new Map(ids.map((id) => [id, hint]));
}

function textOf(entry: object): string {
  if ('dropCollection' in entry) return 'requery';
  const { id, op } = entry as { readonly id: string; readonly op: { readonly op: string } };
  return `${op.op} ${id}`;
}
