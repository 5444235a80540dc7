/**
 * The network between one node and Redis, with its faults.
 *
 * The scenarios set the faults, the simulated clients send over it. Times are in virtual ms.
 */

import type { Random } from '../tools/random';

export type Direction = 'in' | 'out';

/** A datacentre. */
const LATENCY_MS = [0.2, 1] as const;
/** How long a message that is overtaken is late, at most. */
const MAX_LATE_MS = 50;
const ONE_COPY = [0] as const;

export class SimulatedLink {
  /** The time of a packet, one way. */
  latencyMs: readonly [number, number] = LATENCY_MS;
  /** How probable it is that a message of the channel is lost, arrives twice, or is overtaken. */
  lost = 0;
  doubled = 0;
  overtaken = 0;
  /** The packets that wait in a direction that is cut: TCP repeats them. */
  readonly #waiting = new Map<Direction, (() => void)[]>();
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
  }

  /** When messages may last have been lost, in ms; `undefined`: never. */
  lossyUntil: number | undefined;

  get isCut(): boolean {
    return this.#waiting.size > 0;
  }

  cut(...directions: readonly Direction[]): void {
    for (const direction of directions) if (!this.#waiting.has(direction)) this.#waiting.set(direction, []);
  }

  /** Ends all faults. Waiting messages are sent. */
  heal(): void {
    this.latencyMs = LATENCY_MS;
    this.lost = this.doubled = this.overtaken = 0;
    const waiting = [...this.#waiting.values()].flat();
    this.#waiting.clear();
    for (const send of waiting) send();
  }

  /** Sends a packet, now or when the link has healed. @param arriveAfter called with the time it takes, in ms */
  send(direction: Direction, arriveAfter: (latencyMs: number) => void): void {
    const waiting = this.#waiting.get(direction);
    if (waiting) waiting.push(() => this.send(direction, arriveAfter));
    else arriveAfter(this.#latency());
  }

  /** Returns the delays of the copies of a message, beside the latency. Most messages have one, of 0. */
  nextCopies(): readonly number[] {
    if (this.lost + this.doubled + this.overtaken === 0) return ONE_COPY;
    if (this.#random.chance(this.lost)) return [];
    const copies = this.#random.chance(this.doubled) ? [0, 0] : [0];
    return copies.map(() =>
      this.#random.chance(this.overtaken) ? MAX_LATE_MS * this.#random.fraction() : 0,
    );
  }

  #latency(): number {
    const [least, most] = this.latencyMs;
    return least + (most - least) * this.#random.fraction();
  }
}
