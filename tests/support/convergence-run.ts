/**
 * Rounds of concurrent writes and faults on a fleet, each followed by a look whether all comes to rest: then every
 * client's view on every node is what the database holds. Short rounds find more, as later writes to a collection make up
 * for what was missed of earlier ones.
 *
 * Used by `convergence.tests.ts` and, for `npm run soak`, by `soak.ts`. A round's seed determines which writes are made
 * through which node, and which faults there are; how they meet in time is left to the machine.
 */

import { rawItems } from './database';
import { eventually } from './eventually';
import { FaultInjector, type FaultKind } from './fault-injector';
import { Fleet, type FleetOptions, type Member } from './fleet';
import { Random } from './random';
import { newGroup } from './shared-nodes';
import { hasWritten, Workload, type Write } from './workload';

const WRITERS_PER_NODE = 2;
/** How many documents have live queries of their own. */
const SINGLES = 3;
/** After the last fault, in ms; nodes look at the database by themselves every hour. */
const TIME_TO_CONVERGE = 20_000;

export interface Round {
  /** Writes that changed something in the database, as far as the writers were told. */
  readonly writes: number;
  /** Writes that found nothing to write to. */
  readonly idle: number;
  /** Writes that the database refused. */
  readonly refused: number;
  /** Writes of which nobody knows whether they were made: the node crashed. */
  readonly unanswered: number;
  readonly faults: ReadonlyMap<FaultKind, number>;
  /** How many views were compared. */
  readonly views: number;
  /** Views that were not what the database holds in the end; empty, if all is well. */
  readonly differences: readonly string[];
  /** From the last write and the last fault to the first moment at which all views were right, in ms. */
  readonly convergence: number;
}

export class ConvergenceRun {
  readonly #workload: Workload;
  readonly #fleet: Fleet;

  private constructor(workload: Workload, fleet: Fleet) {
    this.#workload = workload;
    this.#fleet = fleet;
  }

  static async start(options: Pick<FleetOptions, 'nodes' | 'strategy'>): Promise<ConvergenceRun> {
    const group = newGroup();
    const workload = new Workload(group);
    const ids = workload.ids.slice(0, SINGLES);
    return new ConvergenceRun(workload, await Fleet.start({ ...options, namespace: group, group, ids }));
  }

  get fleet(): Fleet {
    return this.#fleet;
  }

  /** @param attempts how many writes to attempt, all writers together */
  async round(seed: number, attempts: number): Promise<Round> {
    const { members } = this.#fleet;
    const random = new Random(seed);
    const faults = new FaultInjector(this.#fleet, random.fork('faults'));
    const tally = { writes: 0, idle: 0, refused: 0, unanswered: 0 };
    const writers = members.flatMap((member) => Array.from({ length: WRITERS_PER_NODE }, () => member));
    const share = Math.ceil(attempts / writers.length);
    faults.start();
    await Promise.all(
      writers.map(async (member, index) => {
        const choices = random.fork(`writer ${index}`);
        const { ready } = member;
        // Nobody writes through a crashed node's successor before the next round: that would cover up what was missed.
        for (let n = 0; n < share && ready === member.ready; n += 1) {
          tally[await attempt(member, this.#workload.next(choices))] += 1;
        }
      }),
    );
    await faults.heal();
    await Promise.all(members.map(({ ready }) => ready));
    const healed = Date.now();
    await this.agree(tally.unanswered > 0);
    const convergence = Date.now() - healed;
    // By then all that was late has arrived, and must not have changed anything for the worse.
    await this.#fleet.settled();
    const differences = await this.agree(tally.unanswered > 0);
    return { ...tally, faults: faults.counts, views: this.#fleet.size, differences, convergence };
  }

  /** Ends the nodes and takes the documents away. */
  async stop(): Promise<void> {
    await this.#fleet.stop();
    await rawItems().deleteMany({ group: { $in: [...this.#workload.groups] } });
  }

  /**
   * Waits until every view is what the database holds.
   *
   * @param isUncertain whether there may be writes that the database was still busy with when their node had long crashed
   * @returns the differences that remained
   */
  private async agree(isUncertain: boolean): Promise<readonly string[]> {
    let differences: readonly string[] = [];
    const agree = async () => {
      differences = await this.#fleet.differences();
      return differences.length === 0;
    };
    await eventually('the views to agree', agree, TIME_TO_CONVERGE).catch(() => {});
    if (differences.length === 0 || !isUncertain) return differences;
    // Nobody was told that such a write was made, and nobody could know.
    await this.#fleet.members[0]?.node.call('touch');
    await eventually('the views to agree', agree, TIME_TO_CONVERGE).catch(() => {});
    return differences;
  }
}

async function attempt(member: Member, write: Write): Promise<'writes' | 'idle' | 'refused' | 'unanswered'> {
  const { node, gone, writes, interrupted } = member;
  const answer = Promise.race([write(node), gone]);
  writes.add(answer);
  try {
    return hasWritten(await answer) ? 'writes' : 'idle';
  } catch {
    return interrupted.has(answer) ? 'unanswered' : 'refused';
  } finally {
    writes.delete(answer);
  }
}
