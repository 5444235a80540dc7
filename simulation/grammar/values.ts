/**
 * Grammar of values and documents, for property tests of writes and live queries.
 *
 * Few values and fields, so that those of documents, writes and selectors meet. Among them are those that drivers, the
 * index and Meteor's matcher treat differently. Stand-in only, as fast-check is no dependency of the package.
 */

import fc from 'fast-check';
import { Mongo } from 'meteor/mongo';
import { Binary, Decimal128, Double, Int32, Long, ObjectId, UUID } from 'mongodb';

export type Fields = Record<string, unknown>;

const HEX = '0123456789abcdef01234567';
const OTHER_HEX = '76543210fedcba9876543210';

/** An id that looks like an ObjectID stands beside that ObjectID. */
export const IDS: readonly unknown[] = ['one', 'two', HEX, new Mongo.ObjectID(HEX)];
const FIELDS = ['a', 'b', 'c'] as const;

const texts = fc.constantFrom('x', 'y', 'X', '', 'xy');
/** Sums and products of some are others. */
const numbers = fc.constantFrom(0, 1, 2, -0);
const dates = fc.constantFrom(new Date(0), new Date(1), new Date(Number.NaN));
const objectIds = fc.constantFrom<unknown>(
  new Mongo.ObjectID(HEX),
  new Mongo.ObjectID(OTHER_HEX),
  new ObjectId(HEX),
);
/** Texts that look like the keys of the index, or like ids. */
const lookalikes = fc.constantFrom(
  'null',
  'n1',
  'sx',
  'd0',
  'btrue',
  `o${HEX}`,
  HEX,
  `-${HEX}`,
  '1',
  'undefined',
);
const unusual = fc.constantFrom<unknown>(
  ...[2.5, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1n],
  ...[Long.fromNumber(1), Long.MAX_VALUE, Decimal128.fromString('1'), new Int32(1), new Double(1)],
  ...[
    new UUID('6ba7b810-9dad-11d1-80b4-00c04fd430c8'),
    new Binary(Buffer.from([1, 2]), 5),
    new Uint8Array([1, 2]),
  ],
);

const anyScalar: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 8, arbitrary: texts },
  { weight: 8, arbitrary: numbers },
  { weight: 3, arbitrary: fc.constant(null) },
  { weight: 2, arbitrary: fc.boolean() },
  { weight: 3, arbitrary: dates },
  { weight: 3, arbitrary: objectIds },
  { weight: 1, arbitrary: lookalikes },
  { weight: 1, arbitrary: unusual },
);

/**
 * Stands for one of two values that are chosen for each history. So the values of its documents, writes and queries meet,
 * whatever these are.
 */
class Slot {
  readonly index: number;

  constructor(index: number) {
    this.index = index;
  }
}

/** The values of the two slots. */
export const slotValues: fc.Arbitrary<readonly unknown[]> = fc.oneof(
  { weight: 4, arbitrary: fc.tuple(anyScalar, anyScalar) },
  // An `$inc` makes one of the other.
  { weight: 2, arbitrary: fc.constantFrom([1, 2], [2, 1], [1, 0]) },
  // Ends of a range.
  {
    weight: 1,
    arbitrary: fc.constantFrom(['x', 'xy'], ['y', 'x'], [new Date(0), new Date(1)], [new Date(1), 1]),
  },
);

/** Returns a template with the values of the slots in their place. */
export function fillSlots(template: unknown, values: readonly unknown[]): unknown {
  if (template instanceof Slot) return values[template.index];
  if (Array.isArray(template)) return template.map((part) => fillSlots(part, values));
  if (template instanceof Map) {
    return new Map([...template].map(([name, part]) => [name, fillSlots(part, values)]));
  }
  if (typeof template !== 'object' || template === null) return template;
  const prototype = Object.getPrototypeOf(template);
  if (prototype !== Object.prototype && prototype !== null) return template;
  const copy: Fields = Object.create(prototype);
  for (const name of Object.keys(template)) copy[name] = fillSlots((template as Fields)[name], values);
  return copy;
}

export const slot = fc.constantFrom(new Slot(0), new Slot(1));

/** A value that a selector may ask a field for, without `undefined`. */
export const scalar: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 4, arbitrary: slot },
  { weight: 1, arbitrary: anyScalar },
);

const scalarOrUndefined = fc.oneof({ weight: 9, arbitrary: scalar }, fc.constant(undefined));
export const nested: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ x: scalarOrUndefined, y: scalar }, { requiredKeys: [] }) },
  fc.record({ x: fc.record({ y: scalar }) }),
  fc.constant({}),
);
/** The driver stores of these not what their own properties show. */
const disguised = fc.constantFrom<unknown>(
  new Map([['x', 1]]),
  { toBSON: () => 'x' },
  new (class Item {
    readonly x = 1;
  })(),
  Object.assign(Object.create(null), { x: 'x' }),
  () => 'x',
);

/** Any value that an application may write. */
export const value: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 14, arbitrary: scalar },
  {
    weight: 5,
    arbitrary: fc.array(
      fc.oneof({ weight: 4, arbitrary: scalarOrUndefined }, nested, fc.array(scalar, { maxLength: 2 })),
      { maxLength: 3 },
    ),
  },
  { weight: 4, arbitrary: slot.map((one) => [one]) },
  { weight: 3, arbitrary: fc.tuple(numbers, numbers) },
  { weight: 3, arbitrary: fc.array(fc.record({ x: scalar }), { minLength: 1, maxLength: 2 }) },
  { weight: 2, arbitrary: fc.array(scalar, { maxLength: 2 }).map((x) => ({ x })) },
  { weight: 3, arbitrary: nested },
  { weight: 2, arbitrary: fc.constant(undefined) },
  { weight: 1, arbitrary: disguised },
  { weight: 1, arbitrary: fc.constantFrom(/^x/, /y/i) },
);

export const field = fc.constantFrom(...FIELDS, 'a', 'b');
export const id = fc.constantFrom(...IDS, ...IDS.slice(0, 1), ...IDS.slice(0, 1));

/** The fields of a document without its id; some are missing. */
export const fields: fc.Arbitrary<Fields> = fc.record({ a: value, b: value, c: value }, { requiredKeys: [] });

/** A value that has a place in an order, and some that have none: few, so that ranges, patterns and windows meet them. */
export const ordered: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom(0, 1, 2, 3) },
  { weight: 10, arbitrary: fc.constantFrom('x', 'y', 'Y', 'xy', 'X', 'y\nx') },
  { weight: 1, arbitrary: fc.constantFrom(null, new Date(0), new Date(1)) },
  { weight: 4, arbitrary: fc.constantFrom<unknown>([0, 3], [0, 3], [3, 'x'], ['xy', 1], [], [[3]]) },
  {
    weight: 2,
    arbitrary: fc.constantFrom<unknown>({ x: 1 }, { x: 2 }, { x: [3, 0] }, { x: null }, { y: 1 }),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom<unknown>([{ x: 0 }, { x: 3 }], [{ x: 'xy' }], [{ y: 1 }, 2], [{ x: [1] }]),
  },
);
