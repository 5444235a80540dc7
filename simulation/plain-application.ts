/**
 * A workload without live queries: nodes write numbered changes, and show for each document which write they have read last.
 * It costs little beside the work of the session.
 */

import type { Session } from '../src/session/session';
import type { Random } from '../tools/random';
import { SimulatedDatabase } from './database';
import { SimulatedStrategy } from './strategy';
import type { VirtualProcess, VirtualTime } from './virtual-time';
import type { Application, ApplicationContext, Workload, Written, WrongView } from './workload';

export interface PlainShape {
  /** Of each collection. Document `n` belongs to group `n % groups`. */
  readonly documents: number;
  readonly groups: number;
  /** How many groups of each collection a node shows: one live query each. */
  readonly shownGroups: number;
  /** For tests of the check. */
  readonly ignoresResyncs?: boolean;
}

export class PlainWorkload implements Workload {
  readonly database: SimulatedDatabase;
  readonly shape: PlainShape;
  readonly random: Random;

  constructor(time: VirtualTime, process: VirtualProcess, shape: PlainShape) {
    this.database = new SimulatedDatabase(time, process);
    this.shape = shape;
    this.random = time.random.fork('writes');
  }

  createApplication(context: ApplicationContext): Application {
    return new PlainApplication(this, context);
  }

  endRound(): void {}
}

class PlainApplication implements Application {
  readonly strategy: SimulatedStrategy;
  readonly #workload: PlainWorkload;
  readonly #context: ApplicationContext;
  #session: Session | undefined;

  constructor(workload: PlainWorkload, context: ApplicationContext) {
    const { database, shape } = workload;
    this.#workload = workload;
    this.#context = context;
    this.strategy = new SimulatedStrategy({
      process: context.process,
      database,
      liveQueriesPerCollection: shape.shownGroups,
      shows: (id) => this.shows(id),
      ignoresResyncs: shape.ignoresResyncs ?? false,
    });
  }

  get requeries(): number {
    return this.strategy.counts.requeries;
  }

  start(session: Session): void {
    this.#session = session;
    const { collections, databaseName: database } = this.#context;
    for (const collection of collections) this.strategy.handleChange({ database, collection, ids: 'all' });
  }

  /** Now and then without ids: of documents of which the node does not know the ids. */
  write(collection: string): void {
    const { database, random, shape } = this.#workload;
    const { writer, process, databaseName } = this.#context;
    const count = random.chance(0.1) ? random.between(2, 20) : 1;
    const documents = new Set(Array.from({ length: count }, () => String(random.below(shape.documents))));
    const ids = random.chance(0.02) ? 'all' : [...documents];
    const end = this.#session?.beginWrite();
    database.write(writer, process, collection, [...documents], () =>
      end?.({ database: databaseName, collection, ids }),
    );
  }

  changeQueries(): void {}

  check(isLeft: (written: Written) => boolean): WrongView[] {
    const wrong: WrongView[] = [];
    for (const collection of this.#context.collections) {
      const view = this.strategy.view(collection);
      for (const [id, written] of this.#workload.database.documents(collection)) {
        const shown = view.get(id);
        if (!this.shows(id) || shown === written.write) continue;
        const text = `shows write ${shown} of ${collection}/${id}, not ${written.write}`;
        wrong.push({ text, isLeftToPolling: isLeft(written) });
        view.set(id, written.write);
      }
    }
    return wrong;
  }

  /** Whether a live query of this node shows a document. */
  private shows(id: string): boolean {
    const { groups, shownGroups } = this.#workload.shape;
    const first = this.#context.index % groups;
    return (Number(id) - first + groups) % groups < shownGroups;
  }
}
