/**
 * Random writes of every kind on a few documents that all writers share.
 *
 * Used by `convergence-run.ts`. Documents move between groups and so between queries, and are removed and inserted again
 * under the same id. Many of the writes conflict, so the database refuses some of them.
 */

import type { Random } from '../../tools/random';
import type { TestNode } from './nodes';

/** One write, or one after another, on any node. @returns what the node's method returned */
export type Write = (node: TestNode) => Promise<unknown>;

export const KINDS = ['open', 'done'] as const;
export const TICKS = [1, 2, 3] as const;
const ID_COUNT = 20;
/** So large that two documents hardly ever share an `n`: a sorted and limited query has one result only. */
const MAX_N = 1_000_000_000;

export interface WorkloadGroups {
  /** The groups that documents are inserted into, and that are updated and removed from by selector. */
  readonly written: readonly string[];
  /** The groups that documents move between. */
  readonly all: readonly string[];
}

export class Workload {
  readonly #groups: WorkloadGroups;
  readonly #ids: readonly string[];
  readonly #choices: readonly ((random: Random) => Write)[];

  /** @param prefix of the ids of all documents */
  constructor(prefix: string, groups: WorkloadGroups) {
    this.#groups = groups;
    this.#ids = Array.from({ length: ID_COUNT }, (_, n) => `${prefix}-${n}`);
    this.#choices = this.weighted();
  }

  get ids(): readonly string[] {
    return this.#ids;
  }

  get groups(): WorkloadGroups {
    return this.#groups;
  }

  next(random: Random): Write {
    return random.pick(this.#choices)(random);
  }

  private weighted(): ((random: Random) => Write)[] {
    const { written, all } = this.#groups;
    const id = (random: Random) => random.pick(this.#ids);
    const fields = (random: Random) => ({
      group: random.pick(written),
      n: random.below(MAX_N),
      kind: random.pick(KINDS),
    });
    const ofKind = (random: Random) => ({ group: random.pick(written), kind: random.pick(KINDS) });
    // Others move documents out of these selectors all the time, so look-ups miss some of what was written.
    const tickByKind = (multi: boolean) => (random: Random) => {
      const [selector, tick] = [ofKind(random), random.pick(TICKS)];
      return (node: TestNode) => node.call('update', selector, { $set: { tick } }, { multi });
    };
    const setById = (choose: (random: Random) => object) => (random: Random) => {
      const [_id, $set] = [id(random), choose(random)];
      return (node: TestNode) => node.call('update', _id, { $set });
    };
    const weights: [number, (random: Random) => Write][] = [
      [8, tickByKind(false)],
      [4, tickByKind(true)],
      [20, setById((random) => ({ n: random.below(MAX_N) }))],
      [15, setById((random) => ({ kind: random.pick(KINDS) }))],
      [12, setById((random) => ({ group: random.pick(all) }))],
      [
        8,
        (random) => {
          const _id = id(random);
          const modifiers = [0, 1].map(() => ({ $set: { group: random.pick(all) } }));
          // A node may receive the second change while it reads the document because of the first one.
          return (node) => node.call('updateAtOnce', _id, modifiers);
        },
      ],
      [
        12,
        (random) => {
          const item = { _id: id(random), ...fields(random) };
          return (node) => node.call('insert', item);
        },
      ],
      [
        4,
        (random) => {
          const items = [0, 1].map(() => ({ _id: id(random), ...fields(random) }));
          return (node) => node.call('insertMany', items);
        },
      ],
      [
        10,
        (random) => {
          const [_id, item] = [id(random), fields(random)];
          return (node) => node.call('upsert', _id, { $set: item });
        },
      ],
      [
        2,
        (random) => {
          const [selector, n] = [ofKind(random), random.below(MAX_N)];
          return (node) => node.call('upsert', selector, { $set: { n } });
        },
      ],
      [
        5,
        (random) => {
          const [_id, { kind, ...rest }] = [id(random), fields(random)];
          return (node) => node.call('update', _id, rest);
        },
      ],
      [
        5,
        (random) => {
          const [selector, by] = [ofKind(random), random.between(1, 1000)];
          return (node) => node.call('update', selector, { $inc: { n: by } }, { multi: true });
        },
      ],
      [
        2,
        (random) => {
          const [from, to] = [random.below(MAX_N), random.pick(KINDS)];
          const selector = { group: random.pick(written), n: { $gt: from } };
          return (node) => node.call('update', selector, { $set: { kind: to } }, { multi: true });
        },
      ],
      [
        7,
        (random) => {
          const _id = id(random);
          return (node) => node.call('remove', _id);
        },
      ],
      [
        5,
        (random) => {
          const item = { _id: id(random), ...fields(random) };
          return async (node) => {
            await node.call('remove', item._id);
            return node.call('insert', item);
          };
        },
      ],
      [
        1,
        (random) => {
          const selector = { ...ofKind(random), n: { $gt: random.below(MAX_N) } };
          return (node) => node.call('remove', selector);
        },
      ],
    ];
    return weights.flatMap(([weight, choice]) => Array.from({ length: weight }, () => choice));
  }
}

/** Returns whether a method's result says that documents were written. */
export function hasWritten(result: unknown): boolean {
  if (typeof result === 'number') return result > 0;
  return typeof result !== 'object' || result === null || Reflect.get(result, 'numberAffected') !== 0;
}
