/**
 * Explores orders of the steps of two nodes: commits, look-ups, messages, reads and queries. Every order of them is tried,
 * each in a world of its own.
 *
 * The write watcher, hints, publisher, codec, feed and index are the package's own. The database is a map of documents, the
 * drivers are `model-driver.ts`. At the end of an order, when nothing is left to do, every view must equal the database.
 */

import { systemClock } from '../../src/base/time';
import type { Change } from '../../src/changes/change';
import { createHasher } from '../../src/matching/hint';
import type { DocumentSource } from '../../src/meteor/feed-contract';
import { Log } from '../../src/observability/log';
import { Metrics } from '../../src/observability/metrics';
import { decode } from '../../src/protocol/codec';
import { Publisher } from '../../src/publishing/publisher';
import { withKnowledge } from '../../src/session/session';
import { ConnectionFeed } from '../../src/strategies/feed/connection-feed';
import { type WritableCollection, type WriteInProgress, watchWrites } from '../../src/writes/write-watcher';
import { QUIET } from '../../tools/quiet-logger';
import { type Document, ModelDriver, matches, type Selector } from './model-driver';

/** A write of one node, with the arguments of Meteor's method. */
export interface ModelWrite {
  readonly node: 0 | 1;
  readonly method: 'insertAsync' | 'updateAsync' | 'removeAsync';
  readonly args: readonly [Selector, ({ readonly $set: Selector } | Selector)?, object?];
}

export interface Scenario {
  readonly documents: readonly Document[];
  /** The live queries of each node. */
  readonly queries: readonly [readonly Selector[], readonly Selector[]];
  readonly writes: readonly ModelWrite[];
  /** Whether live queries are opened among the other steps, not before them. */
  readonly opensQueries?: boolean;
  /** For tests of the exploration: what becomes of a change before it is published and handled. */
  readonly breaks?: (change: Change) => Change;
}

export interface Exploration {
  readonly orders: number;
  /** Whether every order was tried, except those that differ from one that was tried in independent steps alone. */
  readonly isComplete: boolean;
  /** The steps of an order that ended in a wrong view, and that view. */
  readonly wrong: { readonly steps: readonly string[]; readonly view: string } | undefined;
}

/** The things that a step touches: steps that touch nothing in common may be swapped. */
interface Touched {
  /** The node whose state it changes. */
  readonly node?: string;
  readonly database?: 'reads' | 'writes';
}

interface NamedStep extends Touched {
  readonly name: string;
}

interface Step extends NamedStep {
  run(): void;
}

/** The choice among the steps at one point of an order. */
interface Choice {
  readonly steps: readonly NamedStep[];
  /** Steps whose orders from here on are among those tried before ("sleep sets", by Godefroid). */
  readonly asleep: readonly NamedStep[];
  readonly tried: NamedStep[];
  taken: NamedStep;
}

const hash = createHasher('model');
/** Turns of the event loop within which everything that follows from a step has happened. */
const TURNS = 6;

/** How long one exploration may take, in ms: less than a test may take. */
const MAX_MS = 80_000;

/** Tries the orders of a scenario, at most so many, depth first. Stops at the first that ends in a wrong view. */
export async function explore(scenario: Scenario, maxOrders: number): Promise<Exploration> {
  const choices: Choice[] = [];
  const end = performance.now() + MAX_MS;
  let orders = 0;
  while (orders < maxOrders && performance.now() < end) {
    const world = new World(scenario);
    const isNew = await world.run((steps, n) => nextStep(choices, steps, n)?.name);
    orders += isNew ? 1 : 0;
    const view = isNew ? world.wrongView() : undefined;
    if (view !== undefined) return { orders, isComplete: false, wrong: { steps: world.taken, view } };
    if (!backtrack(choices)) return { orders, isComplete: true, wrong: undefined };
  }
  return { orders, isComplete: false, wrong: undefined };
}

/** Tries so many random orders of a scenario. */
export async function sample(scenario: Scenario, orders: number, random: () => number): Promise<Exploration> {
  const end = performance.now() + MAX_MS;
  for (let n = 1; n <= orders && performance.now() < end; n += 1) {
    const world = new World(scenario);
    await world.run((steps) => steps[Math.floor(random() * steps.length)]?.name);
    const view = world.wrongView();
    if (view !== undefined) return { orders: n, isComplete: false, wrong: { steps: world.taken, view } };
  }
  return { orders, isComplete: false, wrong: undefined };
}

/** @returns the step to take; `undefined`: every order from here on was tried */
function nextStep(choices: Choice[], steps: readonly NamedStep[], n: number): NamedStep | undefined {
  const known = choices[n];
  if (known) return known.taken;
  const before = choices[n - 1];
  const sleepers = before ? [...before.asleep, ...before.tried] : [];
  const asleep = sleepers.filter((each) => before && isIndependent(each, before.taken));
  const [taken] = awake(steps, asleep);
  if (taken) choices.push({ steps, asleep, tried: [], taken });
  return taken;
}

/** Goes back to the last choice that has an untried step. @returns whether there is one */
function backtrack(choices: Choice[]): boolean {
  for (let last = choices.at(-1); last; last = choices.at(-1)) {
    last.tried.push(last.taken);
    const [next] = awake(last.steps, [...last.asleep, ...last.tried]);
    if (next) {
      last.taken = next;
      return true;
    }
    choices.pop();
  }
  return false;
}

function awake(steps: readonly NamedStep[], asleep: readonly NamedStep[]): readonly NamedStep[] {
  return steps.filter(({ name }) => !asleep.some((each) => each.name === name));
}

function isIndependent(a: NamedStep, b: NamedStep): boolean {
  if (a.node !== undefined && a.node === b.node) return false;
  return !a.database || !b.database || (a.database === 'reads' && b.database === 'reads');
}

type Choose = (steps: readonly NamedStep[], n: number) => string | undefined;

class World {
  /** The steps that were taken. */
  readonly taken: string[] = [];
  readonly #scenario: Scenario;
  readonly #documents: Map<string, Document>;
  /** The steps that can be done next, by their names. */
  readonly #steps = new Map<string, Step>();
  readonly #nodes: ModelNode[];
  /** How often each title was used: the same order gives the same names. */
  readonly #titles = new Map<string, number>();

  constructor(scenario: Scenario) {
    this.#scenario = scenario;
    this.#documents = new Map(scenario.documents.map((each) => [each._id, each]));
    this.#nodes = scenario.queries.map((queries, n) => new ModelNode(`node ${n}`, queries, this));
  }

  /**
   * Takes steps until there are none.
   *
   * @param choose returns the name of the step to take; `undefined`: the order is given up
   * @returns whether it came to its end
   */
  async run(choose: Choose): Promise<boolean> {
    try {
      return await this.takeSteps(choose);
    } finally {
      // A re-query that an order leaves behind would be tried for ever.
      for (const node of this.#nodes) node.stop();
    }
  }

  private async takeSteps(choose: Choose): Promise<boolean> {
    const { writes, opensQueries = false, breaks = (change: Change) => change } = this.#scenario;
    for (const node of this.#nodes) node.open(opensQueries);
    if (!opensQueries) await this.drain();
    for (const [n, write] of writes.entries()) {
      const [node, other] = write.node === 0 ? this.#nodes : [...this.#nodes].reverse();
      if (!node || !other) continue;
      const start = { name: `write ${n}`, write, breaks, other };
      // It matters to an insert or a remove what happens before it begins.
      if (write.method !== 'updateAsync')
        this.step(`${start.name} begins`, { node: node.name }, () => node.write(start));
      else node.write(start);
    }
    for (await turns(); this.#steps.size > 0; await turns()) {
      const steps = [...this.#steps.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
      const name = choose(steps, this.taken.length);
      if (name === undefined) return false;
      await this.appears(name);
      this.taken.push(name);
      this.take(name);
    }
    await this.settle();
    return true;
  }

  /** Adds a step that may be taken at any time from now on. */
  step(title: string, touched: Touched, run: () => void): void {
    const count = (this.#titles.get(title) ?? 0) + 1;
    this.#titles.set(title, count);
    const name = `${title}, ${count}`;
    this.#steps.set(name, { ...touched, name, run });
  }

  all(): Document[] {
    return [...this.#documents.values()];
  }

  find(selector: Selector): Document[] {
    return this.all().filter((document) => matches(selector, document));
  }

  /** Executes a write. @returns what Meteor's method returns */
  commit({ method, args: [selector, modifier, options] }: ModelWrite): unknown {
    if (method === 'insertAsync') {
      this.#documents.set(String(selector._id), selector as Document);
      return selector._id;
    }
    const found = this.find(selector);
    const written =
      method === 'removeAsync' || (options as { multi?: boolean })?.multi ? found : found.slice(0, 1);
    for (const document of written) {
      if (method === 'removeAsync') this.#documents.delete(document._id);
      else this.#documents.set(document._id, { ...document, ...(modifier as { $set: Selector }).$set });
    }
    return written.length;
  }

  /** Returns what is wrong with a view; `undefined`: every one equals the database. */
  wrongView(): string | undefined {
    for (const node of this.#nodes) {
      for (const [selector, driver] of node.drivers) {
        const wanted = JSON.stringify(sorted(this.find(selector)));
        const shown = JSON.stringify(sorted([...driver.published.values()]));
        if (!driver.isSteady) return `${node.name}, ${JSON.stringify(selector)} is not STEADY`;
        if (shown !== wanted)
          return `${node.name}, ${JSON.stringify(selector)} shows ${shown}, not ${wanted}`;
      }
    }
    return undefined;
  }

  /** A re-query waits for a pause, so the steps of an order that is taken again may come a little later than the first time. */
  private async appears(name: string): Promise<void> {
    for (let n = 0; n < 100 && !this.#steps.has(name); n += 1) {
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  }

  private take(name: string): void {
    const step = this.#steps.get(name);
    if (!step) throw new Error(`there is no step "${name}": the same order has led elsewhere`);
    this.#steps.delete(name);
    step.run();
  }

  /** Takes every step, in whatever order. */
  private async drain(): Promise<void> {
    for (await turns(); this.#steps.size > 0; await turns()) {
      const [name] = this.#steps.keys();
      this.take(name as string);
    }
  }

  /** A re-query waits for a pause of its own before its steps are there. */
  private async settle(): Promise<void> {
    for (let n = 0; n < 100 && this.wrongView() !== undefined; n += 1) {
      await new Promise((resolve) => setTimeout(resolve, 2));
      await this.drain();
    }
  }
}

interface WriteStart {
  readonly name: string;
  readonly write: ModelWrite;
  readonly breaks: (change: Change) => Change;
  /** The node that receives its message. */
  readonly other: ModelNode;
}

class ModelNode {
  readonly name: string;
  readonly drivers: (readonly [Selector, ModelDriver])[];
  readonly #world: World;
  readonly #feed: ConnectionFeed;

  constructor(name: string, queries: readonly Selector[], world: World) {
    this.name = name;
    this.#world = world;
    this.#feed = new ConnectionFeed({
      source: this.source(),
      hash,
      receivedUntil: () => 0,
      audit: { share: 0 },
      requeryPauseMs: 0,
      log: new Log(QUIET),
      metrics: new Metrics(),
      emit: () => {},
    });
    this.drivers = queries.map((selector, n) => {
      const handle = this.#feed.open({
        collection: 'items',
        selector,
        sort: undefined,
        hasLimit: false,
        collation: undefined,
      });
      const runQuery = (use: (results: readonly Document[]) => void) =>
        world.step(`${name} queries ${n}`, { node: name, database: 'reads' }, () => {
          const results = world.find(selector);
          world.step(`${name} gets results ${n}`, { node: name }, () => use(results));
        });
      return [selector, new ModelDriver(handle, selector, runQuery)] as const;
    });
  }

  /** @param isStep whether opening is a step */
  open(isStep: boolean): void {
    for (const [n, [, driver]] of this.drivers.entries()) {
      if (isStep) this.#world.step(`${this.name} opens ${n}`, { node: this.name }, () => driver.open());
      else driver.open();
    }
  }

  stop(): void {
    this.#feed.stop();
  }

  receive(text: string): void {
    const message = decode(text);
    if (message.kind === 'change') void this.#feed.handleChange(message);
  }

  write(start: WriteStart): void {
    const { name, write, other } = start;
    const world = this.#world;
    const node = this.name;
    const publisher = this.publisherOf(name, other);
    const collection: WritableCollection = {
      [write.method]: () =>
        new Promise((resolve) => {
          world.step(`${name} commits`, { database: 'writes' }, () => {
            const result = world.commit(write);
            world.step(`${name} is answered`, { node }, () => resolve(result));
          });
        }),
    };
    watchWrites(collection, {
      idsOf: (selector) => {
        const { _id } = selector as { _id?: string };
        return _id === undefined ? 'all' : [_id];
      },
      isInnermost: true,
      isAcknowledged: true,
      begin: () => this.begin(start, publisher),
      callDriver: (make) => ({ result: make(), transaction: undefined, isDriverCalled: true }),
    });
    void (collection[write.method] as (...args: unknown[]) => unknown)(...write.args);
  }

  /** @returns a write of which the node knows when it began */
  private begin({ name, breaks }: WriteStart, publisher: Publisher): WriteInProgress {
    const start = this.#feed.startOf('items');
    return {
      isDocumentOfUse: start !== undefined,
      findIds: (selector) =>
        new Promise((resolve) => {
          const look = () => resolve(this.#world.find(selector as Selector).map(({ _id }) => _id));
          this.#world.step(`${name} looks up`, { node: this.name, database: 'reads' }, look);
        }),
      end: (outcome, ids, knowledge = {}) => {
        if (outcome === 'unchanged') return;
        const change: Change = { collection: 'items', ids: ids as Change['ids'] };
        const context = { clock: systemClock, hash, isHinted: true, since: systemClock.now() };
        const known = breaks(withKnowledge(change, knowledge, context));
        const { document } = knowledge;
        const isKnown = start && document !== undefined;
        publisher.add(known);
        void this.#feed.handleChange(known, isKnown ? { document, start } : undefined);
      },
    };
  }

  /** Each write has a publisher of its own, so that their messages overtake each other, as those of other nodes do. */
  private publisherOf(name: string, other: ModelNode): Publisher {
    const channel = {
      isReady: true,
      name: 'model',
      publish: (text: string) =>
        new Promise<void>((resolve) => {
          this.#world.step(`${name} is delivered`, { node: other.name }, () => {
            other.receive(text);
            resolve();
          });
        }),
    };
    return new Publisher(channel as never, {
      nodeId: name,
      database: 'db',
      synced: new Set(['items']),
      authenticator: undefined,
      log: new Log(QUIET),
      nextNamedPeers: () => undefined,
      onAccepted: () => {},
      clock: systemClock,
    });
  }

  private source(): DocumentSource {
    return {
      read: (_collection, ids) =>
        new Promise((resolve) => {
          this.#world.step(`${this.name} reads`, { node: this.name, database: 'reads' }, () => {
            const found = this.#world.all().filter(({ _id }) => ids.includes(_id));
            const documents = new Map(found.map((document) => [document._id, document]));
            this.#world.step(`${this.name} gets what it read`, { node: this.name }, () => resolve(documents));
          });
        }),
      stringifyId: String,
      parseId: (id) => id,
      clone: (document) => document,
    };
  }
}

function sorted(documents: readonly Document[]): Document[] {
  return [...documents].sort((a, b) => (a._id < b._id ? -1 : 1));
}

async function turns(): Promise<void> {
  for (let n = 0; n < TURNS; n += 1) await new Promise(setImmediate);
}
