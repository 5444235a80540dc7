/** Grammar of selectors and live queries, over the values of `values.ts`. Stand-in only. */

import fc from 'fast-check';
import { type Fields, field, id, nested, scalar, slot } from './values';

/** The arguments of `find` in a publication of an application. */
export interface LiveQuery {
  readonly selector: Fields;
  readonly sort: unknown;
  /** Only with a sort: Meteor polls otherwise. */
  readonly limit: number | undefined;
  readonly projection: Fields | undefined;
  readonly collation: Fields | undefined;
}

const path = fc.oneof(
  { weight: 6, arbitrary: field },
  fc.constantFrom('a.x', 'b.y', 'c.0', 'a.0.x', 'b.x.y'),
);
const scalars = fc.array(scalar, { maxLength: 3 });
const pattern = fc.constantFrom(/^x/, /x/i, /y$/);
const operand = fc.oneof({ weight: 6, arbitrary: scalar }, nested, fc.constant(undefined));

/** Conditions by one operator. */
const operators: fc.Arbitrary<Fields> = fc.oneof(
  { weight: 4, arbitrary: scalars.map(($in) => ({ $in })) },
  { weight: 3, arbitrary: operand.map(($eq) => ({ $eq })) },
  operand.map(($ne) => ({ $ne })),
  scalars.map(($nin) => ({ $nin })),
  fc.tuple(fc.constantFrom('$gt', '$gte', '$lt', '$lte'), scalar).map(([name, limit]) => ({ [name]: limit })),
  fc.boolean().map(($exists) => ({ $exists })),
  fc.constantFrom('string', 'double', 'null', 'array', 'date', 'object', 2, 10).map(($type) => ({ $type })),
  fc.constantFrom(0, 1, 2).map(($size) => ({ $size })),
  fc.array(scalar, { minLength: 1, maxLength: 2 }).map(($all) => ({ $all })),
  scalar.map((x) => ({ $elemMatch: { x } })),
  scalar.map(($eq) => ({ $elemMatch: { $eq } })),
  scalars.map(($in) => ({ $elemMatch: { $in } })),
  fc.constant({ $mod: [2, 1] }),
  pattern.map(($regex) => ({ $regex })),
  fc.tuple(scalars, pattern).map(([some, one]) => ({ $in: [...some, one] })),
  fc.constant({ $in: ['x', undefined] }),
);
const condition: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 9, arbitrary: scalar },
  { weight: 8, arbitrary: operators },
  { weight: 2, arbitrary: fc.tuple(operators, operators).map(([one, two]) => ({ ...one, ...two })) },
  operators.map(($not) => ({ $not })),
  pattern,
  nested,
  fc.array(fc.oneof(scalar, nested), { maxLength: 2 }),
  fc.constant(undefined),
);

/** Conditions on some fields. */
export const conditions: fc.Arbitrary<Fields> = fc
  .array(fc.tuple(path, condition), { maxLength: 3 })
  .map((parts) => Object.fromEntries(parts));
const some: fc.Arbitrary<Fields> = fc
  .array(fc.tuple(path, condition), { minLength: 1, maxLength: 2 })
  .map((parts) => Object.fromEntries(parts));

/** A selector that names no id. */
export const selector: fc.Arbitrary<Fields> = fc.oneof(
  { weight: 8, arbitrary: conditions },
  // Rooms, states, owners: what most live queries of applications ask for.
  { weight: 6, arbitrary: fc.record({ a: slot, b: slot, c: slot }, { requiredKeys: ['b'] }) },
  fc.array(some, { minLength: 1, maxLength: 3 }).map(($and) => ({ $and })),
  fc.tuple(conditions, fc.array(some, { minLength: 1, maxLength: 2 })).map(([all, $or]) => ({ ...all, $or })),
  fc.tuple(conditions, some).map(([all, none]) => ({ ...all, $nor: [none] })),
  fc.tuple(some, some, some).map(([one, two, three]) => ({ $and: [one, { $or: [two, three] }] })),
  fc.tuple(conditions, fc.array(id, { maxLength: 3 })).map(([all, $nin]) => ({ ...all, _id: { $nin } })),
);

const collation = fc.option(fc.constant({ locale: 'en', strength: 2 }), { freq: 5, nil: undefined });
const projection = fc.option(
  fc.constantFrom<Fields>({ a: 1 }, { b: 0 }, { 'a.x': 1 }, { _id: 1 }, { a: 1, b: 1, c: 1 }),
  { freq: 3, nil: undefined },
);
const sort = fc.constantFrom<unknown>(
  { a: 1 },
  { b: -1, a: 1 },
  { 'a.x': 1 },
  [['c', 'asc']],
  [['a', 'desc'], 'b'],
  ['c'],
);

export const liveQuery: fc.Arbitrary<LiveQuery> = fc.oneof(
  {
    weight: 2,
    arbitrary: fc.record({
      selector,
      projection,
      collation,
      limit: fc.constant(undefined),
      sort: fc.option(sort, { freq: 3, nil: undefined }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ selector, projection, collation, sort, limit: fc.constantFrom(1, 1, 2) }),
  },
);
