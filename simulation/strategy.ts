/**
 * A strategy for simulated nodes: live queries as sets of documents. Reads what changed, re-queries what is resynced, and
 * knows which write to each document it has shown last.
 *
 * Implements the package's contract of a strategy. It does not poll, so that a change that a node never received is found.
 */

import type { Change } from '../src/changes/change';
import { PendingChanges } from '../src/changes/pending-changes';
import { NO_FEED } from '../src/observability/metrics';
import type { EndWrite, Strategy } from '../src/strategies/strategy';
import type { SimulatedDatabase } from './database';
import type { VirtualProcess } from './virtual-time';

export interface StrategyCounts {
  /** Changes of which no live query holds a document. */
  skipped: number;
  /** Live queries that ran again. */
  requeries: number;
}

export interface SimulatedStrategyContext {
  readonly process: VirtualProcess;
  readonly database: SimulatedDatabase;
  readonly liveQueriesPerCollection: number;
  /** Whether a live query of this node shows a document. */
  shows(id: string): boolean;
  /** For tests of the check: changes of whole collections are ignored. */
  readonly ignoresResyncs: boolean;
}

export class SimulatedStrategy implements Strategy {
  readonly gauges = NO_FEED;
  readonly counts: StrategyCounts = { skipped: 0, requeries: 0 };
  readonly #context: SimulatedStrategyContext;
  readonly #pending = new PendingChanges();
  readonly #views = new Map<string, Map<string, number>>();
  #isWorking = false;
  #hasStopped = false;

  constructor(context: SimulatedStrategyContext) {
    this.#context = context;
  }

  /** Returns the last write to each document of a collection that live queries have shown. */
  view(collection: string): Map<string, number> {
    const view = this.#views.get(collection) ?? new Map();
    this.#views.set(collection, view);
    return view;
  }

  addCollection(): void {}

  finder(): undefined {}

  startOf(): undefined {}

  setPolling(): void {}

  beginWrite(): EndWrite {
    return (change) => {
      if (change) this.handleChange(change);
    };
  }

  handleChange(change: Change): void {
    const { ids } = change;
    if (ids === 'all' && this.#context.ignoresResyncs) return;
    const shown = ids === 'all' ? ids : ids.filter((id) => this.#context.shows(id));
    if (shown.length === 0) this.counts.skipped += 1;
    this.#pending.add({ ...change, ids: shown, hints: undefined });
    if (this.#isWorking || this.#pending.isEmpty) return;
    this.#isWorking = true;
    void this.work();
  }

  stop(): void {
    this.#hasStopped = true;
  }

  /** Reads, one after the other, so that no document goes back in time. */
  private async work(): Promise<void> {
    await this.#context.process.clock.nextTurn();
    while (!this.#pending.isEmpty && !this.#hasStopped) {
      for (const change of this.#pending.takeAll()) await this.read(change);
    }
    this.#isWorking = false;
  }

  private async read({ collection, ids }: Change): Promise<void> {
    const { process, database, liveQueriesPerCollection, shows } = this.#context;
    if (ids === 'all') this.counts.requeries += liveQueriesPerCollection;
    const found = await (ids === 'all'
      ? database.query(process, collection, shows)
      : database.read(process, collection, ids));
    const view = this.view(collection);
    for (const [id, write] of found) view.set(id, write);
  }
}
