/**
 * Writes and live queries by the grammar, as a seed determines them.
 *
 * Used by `fed-application.ts`, for each collection. Values of documents, writes and queries meet: the slots of all have the
 * same two values.
 */

import fc from 'fast-check';
import { Mongo } from 'meteor/mongo';
import { ObjectId } from 'mongodb';
import type { Random } from '../tools/random';
import { type LiveQuery, liveQuery } from './grammar/queries';
import { fillSlots, slotValues } from './grammar/values';
import { type Write, write } from './grammar/writes';

/** How many are generated for a round. Each may be chosen several times. */
const WRITES = 150;
const QUERIES = 30;

export class RandomData {
  readonly #random: Random;
  readonly #writes: readonly Write[];
  readonly #queries: readonly LiveQuery[];
  readonly #values: readonly unknown[];

  /**
   * @param isOrdered whether live queries may have a limit. Meteor's sorter then has to know an order of all values: it throws
   *   for some, and for two arrays in one document
   */
  constructor(random: Random, isOrdered: boolean) {
    const seed = random.below(2 ** 31);
    this.#random = random;
    const hasOrder = isOrdered ? isSortable : isWatchable;
    const values = fc.sample(slotValues, { seed, numRuns: WRITES });
    this.#values = values.find(hasOrder) ?? [];
    this.#queries = fc
      .sample(liveQuery, { seed, numRuns: QUERIES })
      .filter(({ limit, sort }) => limit === undefined || (isOrdered && isByOneField(sort)))
      .filter(({ selector }) => isWatchable(this.filled(selector)) && !hasPath(selector));
    this.#writes = fc
      .sample(write, { seed, numRuns: WRITES })
      .filter((each) => isRepeatable(each) && hasOrder(this.filled(each.args)));
  }

  write(): Write {
    return this.filled(this.#random.pick(this.#writes));
  }

  query(): LiveQuery {
    return this.filled(this.#random.pick(this.#queries));
  }

  private filled<Template>(template: Template): Template {
    return fillSlots(template, this.#values) as Template;
  }
}

/** `$currentDate` takes the time of the machine. */
function isRepeatable({ args: [, modifier] }: Write): boolean {
  return typeof modifier !== 'object' || modifier === null || !('$currentDate' in modifier);
}

function isByOneField(sort: unknown): boolean {
  return Object.keys(sort ?? {}).length === 1;
}

/**
 * Returns whether a selector asks for a nested path. The library's driver keeps the asked parts of a document only, finds that they
 * do not match any more where there are arrays, and throws.
 */
function hasPath(selector: unknown): boolean {
  if (Array.isArray(selector)) return selector.some(hasPath);
  if (typeof selector !== 'object' || selector === null) return false;
  return Object.entries(selector).some(([name, part]) => name.includes('.') || hasPath(part));
}

/** Returns whether the library's observe drivers can name and copy a value: no `bigint`, and none of the driver's classes. */
function isWatchable(value: unknown): boolean {
  if (typeof value === 'bigint') return false;
  if (typeof value !== 'object' || value === null || value instanceof ObjectId) return true;
  if ('_bsontype' in value || ArrayBuffer.isView(value)) return false;
  return Object.values(value).every(isWatchable);
}

/** Returns whether Meteor's sorter knows an order of a value and of all parts of it. */
function isSortable(value: unknown): boolean {
  if (typeof value === 'number') return Number.isFinite(value);
  if (typeof value === 'function' || typeof value === 'bigint') return false;
  if (typeof value !== 'object' || value === null || value instanceof Mongo.ObjectID) return true;
  if (value instanceof Date) return Number.isFinite(value.getTime());
  if (Array.isArray(value)) return value.every(isSortable);
  return (
    [Object.prototype, null].includes(Object.getPrototypeOf(value)) && Object.values(value).every(isSortable)
  );
}
