/** Grammar of selectors and live queries, over the values of `values.ts`. Stand-in only. */

import fc from 'fast-check';
import { type Fields, field, id, nested, ordered, scalar, slot } from './values';

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
  fc.constantFrom(
    'a.x',
    'b.y',
    'c.0',
    'a.0.x',
    'b.x.y',
    'a.x',
    'b.0',
    'a.x.0',
    'a.0.0',
    'constructor',
    'a.length',
  ),
);
const scalars = fc.array(scalar, { maxLength: 3 });
const pattern = fc.constantFrom(
  ...[
    /^x/,
    /x/i,
    /y$/,
    /xy/,
    /^x/i,
    /^x/m,
    /^xy?/,
    /^xy|y/,
    /^(x|y)/,
    /^[xy]/,
    /^/,
    /^xy/,
    /^xy{0,1}/,
    /^x\.?/,
    /^x*y/,
    /^y/,
  ],
);
const operand = fc.oneof({ weight: 6, arbitrary: scalar }, nested, fc.constant(undefined));

const limit = fc.oneof({ weight: 12, arbitrary: scalar }, { weight: 1, arbitrary: operand });
const comparison = fc.tuple(fc.constantFrom('$gt', '$gte', '$lt', '$lte'), limit);
/** Several may be on one field: different elements of an array may fulfil them. */
const comparisons: fc.Arbitrary<Fields> = fc
  .array(comparison, { minLength: 1, maxLength: 3 })
  .map((parts) => Object.fromEntries(parts));
const patterns: fc.Arbitrary<Fields> = fc.oneof(
  pattern.map(($regex) => ({ $regex })),
  fc.tuple(pattern, fc.constantFrom('', 'i', 'm', 'g')).map(([$regex, $options]) => ({ $regex, $options })),
  pattern.map(({ source }) => ({ $regex: source })),
);

const elementPath = fc.constantFrom('x', 'y', 'x.y', '0', 'x.0');
const elementCondition: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 4, arbitrary: scalar },
  { weight: 2, arbitrary: comparisons },
  scalars.map(($in) => ({ $in })),
  fc.boolean().map(($exists) => ({ $exists })),
  operand.map(($ne) => ({ $ne })),
  scalar.map(($eq) => ({ $elemMatch: { $eq } })),
);
const element: fc.Arbitrary<Fields> = fc
  .tuple(elementPath, elementCondition)
  .map(([name, part]) => ({ [name]: part }));
const elements: fc.Arbitrary<Fields> = fc.oneof(
  { weight: 4, arbitrary: element },
  fc.tuple(element, element).map(([one, two]) => ({ ...one, ...two })),
  fc.tuple(element, element).map((all) => ({ $or: all })),
  fc.tuple(element, element).map((all) => ({ $and: all })),
  { weight: 2, arbitrary: scalar.map(($eq) => ({ $eq })) },
  { weight: 2, arbitrary: comparisons },
  scalars.map(($in) => ({ $in })),
  scalar.map(($ne) => ({ $ne })),
  scalar.map(($eq) => ({ $elemMatch: { $eq } })),
  patterns,
);

/** Conditions by one operator, or by several comparisons. */
const operators: fc.Arbitrary<Fields> = fc.oneof(
  { weight: 4, arbitrary: scalars.map(($in) => ({ $in })) },
  { weight: 3, arbitrary: operand.map(($eq) => ({ $eq })) },
  operand.map(($ne) => ({ $ne })),
  scalars.map(($nin) => ({ $nin })),
  { weight: 6, arbitrary: comparisons },
  fc.boolean().map(($exists) => ({ $exists })),
  fc.constantFrom('string', 'double', 'null', 'array', 'date', 'object', 2, 10).map(($type) => ({ $type })),
  fc.constantFrom(0, 1, 2).map(($size) => ({ $size })),
  fc.array(scalar, { minLength: 1, maxLength: 2 }).map(($all) => ({ $all })),
  fc.tuple(scalar, pattern).map(($all) => ({ $all })),
  { weight: 4, arbitrary: elements.map(($elemMatch) => ({ $elemMatch })) },
  fc.constant({ $mod: [2, 1] }),
  { weight: 2, arbitrary: patterns },
  fc.constant({ $ne: null }),
  fc.constant({ $nin: [null] }),
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
  { weight: 12, arbitrary: fc.record({ a: slot, b: slot, c: slot }, { requiredKeys: ['b'] }) },
  fc.array(some, { minLength: 1, maxLength: 3 }).map(($and) => ({ $and })),
  fc.tuple(conditions, fc.array(some, { minLength: 1, maxLength: 2 })).map(([all, $or]) => ({ ...all, $or })),
  fc.tuple(conditions, some).map(([all, none]) => ({ ...all, $nor: [none] })),
  fc.tuple(some, some, some).map(([one, two, three]) => ({ $and: [one, { $or: [two, three] }] })),
  fc.tuple(some, some, some).map(([one, two, three]) => ({ $or: [one, { $and: [two, { $or: [three] }] }] })),
  { weight: 2, arbitrary: fc.tuple(field, comparisons).map(([name, range]) => ({ [name]: range })) },
  {
    weight: 2,
    arbitrary: fc
      .tuple(field, comparisons, comparisons)
      .map(([name, one, two]) => ({ $or: [{ [name]: one }, { [name]: two }] })),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(field, slot, path, condition).map(([one, wanted, two, part]) => ({
      $or: [{ [one]: wanted }, { [two]: part }],
    })),
  },
  fc.tuple(conditions, fc.array(id, { maxLength: 3 })).map(([all, $nin]) => ({ ...all, _id: { $nin } })),
);

const collation = fc.option(fc.constant({ locale: 'en', strength: 2 }), { freq: 5, nil: undefined });
const projection = fc.option(
  fc.constantFrom<Fields>({ a: 1 }, { b: 0 }, { 'a.x': 1 }, { _id: 1 }, { a: 1, b: 1, c: 1 }),
  { freq: 3, nil: undefined },
);
const sort = fc.constantFrom<unknown>(
  { a: 1 },
  { a: -1 },
  { b: 1 },
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

/** Live queries with a window: most documents match, so that some are outside. */
export const windowQuery: fc.Arbitrary<LiveQuery> = fc.record({
  selector: fc.oneof(
    { weight: 3, arbitrary: fc.constant({}) },
    fc
      .tuple(fc.constantFrom('a', 'b'), fc.constantFrom('$gt', '$gte', '$lt', '$lte'), ordered)
      .map(([name, operator, end]) => ({ [name]: { [operator]: end } })),
  ),
  sort: fc.oneof(
    sort,
    fc.constantFrom<unknown>({ a: 1, b: -1 }, { b: -1, a: 1 }, { 'a.x': -1 }, [['b', 'asc']]),
  ),
  projection: fc.constant(undefined),
  collation,
  limit: fc.constant(1),
});

const end = fc.oneof({ weight: 4, arbitrary: fc.constantFrom<unknown>(0, 1, 2, 3) }, ordered);
const orderedRange: fc.Arbitrary<Fields> = fc.oneof(
  fc.tuple(fc.constantFrom('$gt', '$gte', '$lt', '$lte'), end).map(([name, one]) => ({ [name]: one })),
  fc.tuple(end, end).map(([$gte, $lte]) => ({ $gte, $lte })),
  fc.tuple(end, ordered).map(([$gt, $lt]) => ({ $gt, $lt })),
  fc.tuple(end, end, end).map(([$gt, $gte, $lte]) => ({ $gt, $gte, $lte })),
);
const single: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 8, arbitrary: orderedRange },
  { weight: 12, arbitrary: fc.oneof(pattern, patterns) },
  { weight: 2, arbitrary: ordered },
  { weight: 2, arbitrary: fc.array(fc.oneof(ordered, pattern), { maxLength: 3 }).map(($in) => ({ $in })) },
  {
    weight: 2,
    arbitrary: fc.array(fc.oneof(ordered, pattern), { minLength: 1, maxLength: 2 }).map(($all) => ({ $all })),
  },
  { weight: 2, arbitrary: operators },
  orderedRange.map(($elemMatch) => ({ $elemMatch })),
  fc
    .tuple(elementPath, fc.oneof(ordered, orderedRange))
    .map(([name, part]) => ({ $elemMatch: { [name]: part } })),
);

/** Live queries with one condition, or two on one path. */
export const singleQuery: fc.Arbitrary<LiveQuery> = fc.record({
  selector: fc
    .tuple(
      fc.constantFrom('a', 'a', 'a', 'a.x', 'a.0', 'a.x.0'),
      single,
      fc.option(single, { freq: 5, nil: undefined }),
    )
    .map(([name, one, two]) =>
      two === undefined ? { [name]: one } : { $or: [{ [name]: one }, { [name]: two }] },
    ),
  sort: fc.constant(undefined),
  projection: fc.constant(undefined),
  collation,
  limit: fc.constant(undefined),
});
