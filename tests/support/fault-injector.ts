/**
 * Lets things go wrong between the nodes of a fleet, one fault after the other, as a seed has it.
 *
 * Used by `convergence-run.ts`. What goes wrong follows from the seed; what it hits at that moment does not.
 */

import { pause } from './eventually';
import { type Fleet, LONGEST_FAULT, type Member } from './fleet';
import type { Fault } from './proxy';
import { Random } from './random';

type Proxied = Exclude<FaultKind, 'frozen' | 'crashed'>;

/** What can happen to a node. */
export type FaultKind =
  /** No connection to Redis. */
  | 'cut off'
  /** Connections that look well while nothing arrives: at Redis, at the node. */
  | 'mute'
  | 'deaf'
  /** Everything from Redis and to it is late, or in pieces. */
  | 'slow'
  | 'sliced'
  /** Messages get lost, come more than once, or in another order. */
  | 'losing messages'
  | 'hearing twice'
  | 'hearing in disorder'
  /** The process stands still. */
  | 'frozen'
  /** The process is gone, and comes back empty. */
  | 'crashed';

const FAULTS: Readonly<Record<Proxied, (random: Random) => Fault>> = {
  'cut off': () => ({ cut: true }),
  mute: () => ({ mute: true }),
  deaf: () => ({ deaf: true }),
  slow: (random) => ({ delay: random.between(1, 20) }),
  sliced: (random) => ({ slice: random.between(1, 50) }),
  'losing messages': (random) => ({ message: (frame) => (random.chance(0.5) ? [] : [frame]) }),
  'hearing twice': (random) => {
    const heard: Buffer[] = [];
    return {
      message: (frame) => {
        heard.push(frame);
        return [frame, random.pick(heard)];
      },
    };
  },
  'hearing in disorder': (random) => {
    const held: Buffer[] = [];
    return {
      message: (frame) => {
        held.push(frame);
        return random.chance(0.3) ? random.shuffled(held.splice(0)) : [];
      },
    };
  },
};
const PROXIED = Object.keys(FAULTS) as Proxied[];
/** How often the first fault of a round is a crash, and how much later it comes, in ms. */
const CRASHES = 0.2;
const LATEST_CRASH = 300;
/** Longest time without a fault, in ms: short, so that most rounds' last writes are made in the middle of one. */
const LONGEST_PEACE = 50;

export class FaultInjector {
  readonly #fleet: Fleet;
  readonly #random: Random;
  readonly #counts = new Map<FaultKind, number>();
  #ending = false;
  #done: Promise<void> | undefined;

  constructor(fleet: Fleet, random: Random) {
    this.#fleet = fleet;
    this.#random = random;
  }

  /** How often each has happened. */
  get counts(): ReadonlyMap<FaultKind, number> {
    return this.#counts;
  }

  start(): void {
    this.#done = this.work();
  }

  /** Ends what is wrong, and lets nothing go wrong any more. */
  async heal(): Promise<void> {
    this.#ending = true;
    await this.#done;
  }

  private async work(): Promise<void> {
    const random = this.#random;
    if (random.chance(CRASHES)) {
      // First of all, while the others know this node: of one that they have not heard since they lost sight of it,
      // nobody could know that it had written something.
      await this.last(random.below(LATEST_CRASH));
      this.count('crashed');
      const { members, group } = this.#fleet;
      const item = { _id: `${group}-crash-${random.below(2 ** 31)}`, group, n: random.below(1000) };
      this.#fleet.crash(random.pick(members), random.chance(0.5) ? item : undefined);
    }
    while (!this.#ending) {
      await pause(random.below(LONGEST_PEACE));
      const victims = random.shuffled(this.#fleet.members).slice(0, random.between(1, 2));
      const ends = victims.map((victim) => this.inflict(victim, random));
      await this.last(random.chance(0.3) ? random.between(200, LONGEST_FAULT) : random.between(20, 200));
      for (const end of ends) end();
    }
  }

  /** @returns ends it */
  private inflict({ node, proxy }: Member, random: Random): () => void {
    if (random.chance(1 / (PROXIED.length + 1))) {
      this.count('frozen');
      node.process.kill('SIGSTOP');
      return () => void node.process.kill('SIGCONT');
    }
    const kind = random.pick(PROXIED);
    this.count(kind);
    proxy.inject(FAULTS[kind](new Random(random.below(2 ** 31))));
    return () => proxy.heal();
  }

  /** A time, or until it is to end. */
  private async last(ms: number): Promise<void> {
    const end = Date.now() + ms;
    while (!this.#ending && Date.now() < end) await pause(10);
  }

  private count(kind: FaultKind): void {
    this.#counts.set(kind, (this.#counts.get(kind) ?? 0) + 1);
  }
}
