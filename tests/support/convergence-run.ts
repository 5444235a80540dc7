/**
 * Rounds of concurrent writes and faults on a fleet. After each, every client's view on every node must be what the
 * database holds. Short rounds find more, as later writes to a collection make up for missed earlier ones.
 *
 * Used by the suite of convergence and, for `npm run soak`, by `soak.ts`. A round's seed determines which writes are made
 * on which node, and which faults there are. How they coincide depends on the machine.
 */

import type { StrategyName } from 'meteor/cluster';
import { Random } from '../../tools/random';
import { rawItems } from './database';
import { eventually, pause } from './eventually';
import { FaultInjector, type FaultKind } from './fault-injector';
import { Fleet, type Member } from './fleet';
import { partitionedQueries, sameQueries } from './fleet-queries';
import { newGroup } from './groups';
import { hasWritten, Workload, type Write } from './workload';

const WRITERS_PER_NODE = 2;
/** How many documents have live queries of their own. */
const SINGLES = 3;
/** How long nodes get to converge after the last fault, in ms. They poll only every hour. */
const CONVERGED_WITHIN_MS = 20_000;
/** The longest time between two clients that subscribe again during a calm round, in ms. */
const LONGEST_SUBSCRIBED_MS = 40;

/** On which nodes the option `hints` is on: `mixed` means every second one. */
export type HintsOnNodes = 'on' | 'off' | 'mixed';

export interface ConvergenceOptions {
  /** The strategy of each node. */
  readonly strategies: readonly StrategyName[];
  /** Whether each node has live queries of its own groups. Otherwise all nodes have the same ones. */
  readonly isPartitioned?: boolean;
  /** @default on */
  readonly hints?: HintsOnNodes;
  /**
   * The chance of a round without faults. Faults lead to resyncs, which make up for changes that a node has skipped wrongly.
   *
   * @default 0
   */
  readonly calm?: number;
}

export interface Round {
  /** Writes that changed something in the database, by their answers. */
  readonly writes: number;
  /** Writes that matched nothing. */
  readonly idle: number;
  /** Writes that the database refused. */
  readonly refused: number;
  /** Writes without an answer, as their node was killed: whether they were made is unknown. */
  readonly unanswered: number;
  readonly faults: ReadonlyMap<FaultKind, number>;
  /** The number of views that were compared. */
  readonly views: number;
  /** The views that were not what the database holds in the end. */
  readonly differences: readonly string[];
  /** From the end of the last write and the last fault until all views were right, in ms. */
  readonly convergenceMs: number;
}

export class ConvergenceRun {
  readonly #workload: Workload;
  readonly #fleet: Fleet;

  readonly #calm: number;

  private constructor(workload: Workload, fleet: Fleet, calm: number) {
    this.#workload = workload;
    this.#fleet = fleet;
    this.#calm = calm;
  }

  static async start(options: ConvergenceOptions): Promise<ConvergenceRun> {
    const { strategies, isPartitioned = false, hints = 'on', calm = 0 } = options;
    const namespace = newGroup();
    const partitions = strategies.flatMap((_, n) => [`${namespace}-${n}-whole`, `${namespace}-${n}-part`]);
    const groups = isPartitioned
      ? { written: partitions, all: partitions }
      : { written: [namespace], all: [namespace, `${namespace}-away`] };
    const workload = new Workload(namespace, groups);
    const { ids } = workload;
    const queriesOf = (index: number) =>
      isPartitioned
        ? partitionedQueries(index, partitions, ids[index % ids.length] as string)
        : sameQueries(namespace, ids.slice(0, SINGLES));
    const nodes = strategies.map((strategy, index) => ({
      strategy,
      hints: hints === 'on' || (hints === 'mixed' && index % 2 === 0),
      queries: queriesOf(index),
    }));
    const fleet = await Fleet.start({ namespace, nodes });
    return new ConvergenceRun(workload, fleet, calm);
  }

  get fleet(): Fleet {
    return this.#fleet;
  }

  /** @param attempts how many writes all writers together attempt */
  async round(seed: number, attempts: number): Promise<Round> {
    const { members } = this.#fleet;
    const random = new Random(seed);
    const isCalm = random.fork('calm').chance(this.#calm);
    const faults = new FaultInjector(this.#fleet, this.#workload.groups.written, random.fork('faults'));
    const tally = { writes: 0, idle: 0, refused: 0, unanswered: 0 };
    const writers = members.flatMap((member) => Array.from({ length: WRITERS_PER_NODE }, () => member));
    const share = Math.ceil(attempts / writers.length);
    if (!isCalm) faults.start();
    let isWriting = true;
    const subscribing = isCalm && this.resubscribeWhile(() => isWriting, random.fork('subscribers'));
    const writing = Promise.all(
      writers.map(async (member, index) => {
        const choices = random.fork(`writer ${index}`);
        const { ready } = member;
        // A killed node's successor gets no writes before the next round: they would cover up what was missed.
        for (let n = 0; n < share && ready === member.ready; n += 1) {
          tally[await attempt(member, this.#workload.next(choices))] += 1;
        }
      }),
    ).finally(() => {
      isWriting = false;
    });
    await Promise.all([writing, subscribing]);
    await faults.heal();
    await Promise.all(members.map(({ ready }) => ready));
    const healed = Date.now();
    await this.converge(tally.unanswered > 0);
    const convergenceMs = Date.now() - healed;
    // By now everything late has arrived, and the views must still be right.
    await this.#fleet.ready();
    const differences = await this.converge(tally.unanswered > 0);
    return { ...tally, faults: faults.counts, views: this.#fleet.size, differences, convergenceMs };
  }

  /** Stops the nodes and removes the documents. */
  async stop(): Promise<void> {
    await this.#fleet.stop();
    await rawItems().deleteMany({ group: { $in: [...this.#workload.groups.all] } });
  }

  /** Opens live queries while documents are written, one after the other. */
  private async resubscribeWhile(isWriting: () => boolean, random: Random): Promise<void> {
    while (isWriting()) {
      await this.#fleet.resubscribe(random.pick(this.#fleet.members), random);
      await pause(random.below(LONGEST_SUBSCRIBED_MS));
    }
  }

  /**
   * Waits until every view is what the database holds.
   *
   * @param hasUnanswered whether there may be writes that the database finished only after their node was killed
   * @returns the differences that remained
   */
  private async converge(hasUnanswered: boolean): Promise<readonly string[]> {
    let differences: readonly string[] = [];
    const isRight = async () => {
      differences = await this.#fleet.differences();
      return differences.length === 0;
    };
    await eventually('the views to be right', isRight, CONVERGED_WITHIN_MS).catch(() => {});
    if (differences.length === 0 || !hasUnanswered) return differences;
    // No node could know of such a write.
    await this.#fleet.members[0]?.node.call('touch');
    await eventually('the views to be right', isRight, CONVERGED_WITHIN_MS).catch(() => {});
    return differences;
  }
}

async function attempt(member: Member, write: Write): Promise<'writes' | 'idle' | 'refused' | 'unanswered'> {
  const { node, ended, writes, interrupted } = member;
  const answer = Promise.race([write(node), ended]);
  writes.add(answer);
  try {
    return hasWritten(await answer) ? 'writes' : 'idle';
  } catch {
    return interrupted.has(answer) ? 'unanswered' : 'refused';
  } finally {
    writes.delete(answer);
  }
}
