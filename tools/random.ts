/**
 * Random choices that a seed determines, so that a run can be repeated.
 *
 * Not npm `pure-rand`: the tests also run under Meteor, where only Node's built-in modules and the package's own
 * dependency `redis` can be loaded.
 */

import { randomInt } from 'node:crypto';

/** Returns the number in the variable `CLUSTER_TEST_SEED`, which repeats a run, or by default a random one. */
export function newSeed(): number {
  return Number(process.env.CLUSTER_TEST_SEED || randomInt(2 ** 31));
}

export class Random {
  readonly #seed: number;
  #state: number;

  /** @param seed a whole number, of which 32 bits are used */
  constructor(seed: number) {
    this.#seed = seed;
    this.#state = seed;
  }

  /** Returns another source of choices, which depends only on the seed of this one and the name. */
  fork(name: string): Random {
    let seed = this.#seed;
    for (let at = 0; at < name.length; at += 1) seed = Math.imul(seed ^ name.charCodeAt(at), 0x5bd1e995);
    return new Random(seed);
  }

  /** Returns a whole number from 0 to less than `limit`. */
  below(limit: number): number {
    return Math.floor(this.fraction() * limit);
  }

  between(from: number, to: number): number {
    return from + this.below(to - from + 1);
  }

  chance(probability: number): boolean {
    return this.fraction() < probability;
  }

  pick<Choice>(choices: readonly Choice[]): Choice {
    const choice = choices[this.below(choices.length)];
    if (choice === undefined) throw new Error('there is nothing to choose from');
    return choice;
  }

  shuffled<Item>(items: readonly Item[]): Item[] {
    const left = [...items];
    return items.map(() => left.splice(this.below(left.length), 1)[0] as Item);
  }

  /** Returns a number from 0 to less than 1. Mulberry32: small, and good enough to choose by. */
  fraction(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }
}
