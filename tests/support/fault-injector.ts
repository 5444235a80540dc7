/**
 * Injects faults into a fleet, one after the other, chosen by a seed.
 *
 * Used by `convergence-run.ts`. The faults follow from the seed; what happens in the nodes at that moment does not.
 */

import { Random } from '../../tools/random';
import { pause } from './eventually';
import { type Fleet, LONGEST_FAULT_MS, type Member } from './fleet';
import type { Fault } from './proxy';

type Proxied = Exclude<FaultKind, 'frozen' | 'killed'>;

/** The faults of a node. */
export type FaultKind =
  /** No connection to Redis. */
  | 'cut off'
  /** Connections that look open while nothing arrives: at Redis, at the node. */
  | 'outgoing blocked'
  | 'incoming blocked'
  /** Everything from Redis and to it is late, or in pieces. */
  | 'slow'
  | 'sliced'
  /** Messages from Redis. */
  | 'messages lost'
  | 'messages doubled'
  | 'messages reordered'
  /** The process is stopped for a while. */
  | 'frozen'
  /** The process is killed, and another starts in its place. */
  | 'killed';

const FAULTS: Readonly<Record<Proxied, (random: Random) => Fault>> = {
  'cut off': () => ({ cut: true }),
  'outgoing blocked': () => ({ blocksOutgoing: true }),
  'incoming blocked': () => ({ blocksIncoming: true }),
  slow: (random) => ({ delay: random.between(1, 20) }),
  sliced: (random) => ({ slice: random.between(1, 50) }),
  'messages lost': (random) => ({ message: (frame) => (random.chance(0.5) ? [] : [frame]) }),
  'messages doubled': (random) => {
    const received: Buffer[] = [];
    return {
      message: (frame) => {
        received.push(frame);
        return [frame, random.pick(received)];
      },
    };
  },
  'messages reordered': (random) => {
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
/** How often the first fault of a round is a killed node, and how much later it is killed at most, in ms. */
const KILLS = 0.2;
const LATEST_KILL_MS = 300;
/** Longest time without a fault, in ms: short, so that most rounds' last writes are made during one. */
const LONGEST_BREAK_MS = 50;

export class FaultInjector {
  readonly #fleet: Fleet;
  readonly #groups: readonly string[];
  readonly #random: Random;
  readonly #counts = new Map<FaultKind, number>();
  #isEnding = false;
  #done: Promise<void> | undefined;

  /** @param groups of documents that a node inserts right before it is killed */
  constructor(fleet: Fleet, groups: readonly string[], random: Random) {
    this.#fleet = fleet;
    this.#groups = groups;
    this.#random = random;
  }

  /** How often each kind was injected. */
  get counts(): ReadonlyMap<FaultKind, number> {
    return this.#counts;
  }

  start(): void {
    this.#done = this.work();
  }

  /** Ends the fault and injects no more. Resolves when the last one has ended. */
  async heal(): Promise<void> {
    this.#isEnding = true;
    await this.#done;
  }

  private async work(): Promise<void> {
    const random = this.#random;
    if (random.chance(KILLS)) {
      // First, while the others know this node as a peer: when an expired one dies, nothing shows them that it had written
      // something.
      await this.last(random.below(LATEST_KILL_MS));
      this.count('killed');
      const group = random.pick(this.#groups);
      const item = { _id: `${group}-killed-${random.below(2 ** 31)}`, group, n: random.below(1000) };
      this.#fleet.kill(random.pick(this.#fleet.members), random.chance(0.5) ? item : undefined);
    }
    while (!this.#isEnding) {
      await pause(random.below(LONGEST_BREAK_MS));
      const hit = random.shuffled(this.#fleet.members).slice(0, random.between(1, 2));
      const ends = hit.map((member) => this.inject(member, random));
      await this.last(random.chance(0.3) ? random.between(200, LONGEST_FAULT_MS) : random.between(20, 200));
      for (const end of ends) end();
    }
  }

  /** @returns ends it */
  private inject({ node, proxy }: Member, random: Random): () => void {
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

  /** Waits for a time, or until the injector ends. */
  private async last(ms: number): Promise<void> {
    const end = Date.now() + ms;
    while (!this.#isEnding && Date.now() < end) await pause(10);
  }

  private count(kind: FaultKind): void {
    this.#counts.set(kind, (this.#counts.get(kind) ?? 0) + 1);
  }
}
