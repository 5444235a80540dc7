/**
 * The query index against Meteor's own matcher: whenever it leaves a live query out, the change cannot affect its result.
 *
 * Random documents, selectors, sorts and writes. `CLUSTER_TEST_RUNS=1000000` tries as many examples; `CLUSTER_TEST_SEED`
 * runs a seed again. Stand-in only, as fast-check and mingo are no dependencies of the package.
 */

import fc from 'fast-check';
import { Tinytest } from 'meteor/tinytest';
import { updateOne } from 'mingo/updater';
import { MinimongoMatcher } from 'mongodb-livedata-server/dist/meteor/mongo/minimongo_matcher';
import { createHasher, hintOf, mergeHints } from '../../src/matching/hint';
import { QueryIndex, type QueryShape } from '../../src/matching/query-index';
import { fieldsOfInsert, fieldsOfUpdate, REMOVED } from '../../src/writes/written-fields';
import { newSeed } from '../support/random';

type Document = Record<string, unknown>;

const seed = newSeed();
const numRuns = Number(process.env.CLUSTER_TEST_RUNS) || 3000;
const hash = createHasher('a key');
const ID = 'the-id';

function holds<Values extends unknown[]>(
  name: string,
  arbitraries: { [Index in keyof Values]: fc.Arbitrary<Values[Index]> },
  run: (...values: Values) => void,
): void {
  Tinytest.add(`query index - ${name}`, () => {
    fc.assert(fc.property(...(arbitraries as [fc.Arbitrary<unknown>]), run as never), {
      seed,
      numRuns,
      includeErrorInReport: true,
    });
  });
}

/** As Meteor's `Mongo.ObjectID`: a type of EJSON's own. */
class ObjectID {
  readonly #hex: string;

  constructor(hex: string) {
    this.#hex = hex;
    // An update by path must not write into it.
    Object.freeze(this);
  }

  toHexString(): string {
    return this.#hex;
  }

  equals(other: unknown): boolean {
    return other instanceof ObjectID && other.#hex === this.#hex;
  }

  clone(): ObjectID {
    return new ObjectID(this.#hex);
  }

  typeName(): string {
    return 'oid';
  }

  /** Without it, mingo takes any two of them to be equal, and does not replace one by another. */
  toString(): string {
    return `ObjectID("${this.#hex}")`;
  }

  toJSONValue(): string {
    return this.#hex;
  }
}

// Few values and fields, so that they meet.
const FIELDS = ['a', 'b', 'room'];
const IDS = [new ObjectID('0123456789abcdef01234567'), new ObjectID('76543210fedcba9876543210')];
const scalar = fc.constantFrom<unknown>(
  ...['x', 'y', '', 'null', 0, 1, -0, 2.5, true, false, null, new Date(0), new Date(1), ...IDS],
);
// Never empty: Meteor's matcher takes `{}` to be equal to a date or an ObjectID in `$in`, MongoDB does not.
const nested = fc.record({ x: scalar, y: scalar }, { requiredKeys: ['x'] });
const value = fc.oneof(
  { weight: 6, arbitrary: scalar },
  {
    weight: 2,
    arbitrary: fc.array(fc.oneof(scalar, nested, fc.array(scalar, { maxLength: 2 })), { maxLength: 3 }),
  },
  { weight: 1, arbitrary: nested },
);
const document: fc.Arbitrary<Document> = fc
  .record({ a: value, b: value, room: value }, { requiredKeys: [] })
  .map((fields) => ({ _id: ID, ...fields }));
const field = fc.constantFrom(...FIELDS);
const path = fc.oneof({ weight: 4, arbitrary: field }, fc.constantFrom('a.x', 'b.y', 'room.0', 'a.0.x'));

const condition: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 5, arbitrary: scalar },
  { weight: 3, arbitrary: fc.array(scalar, { maxLength: 3 }).map(($in) => ({ $in })) },
  scalar.map(($eq) => ({ $eq })),
  scalar.map(($ne) => ({ $ne })),
  fc.array(scalar, { maxLength: 2 }).map(($nin) => ({ $nin })),
  fc.constantFrom(0, 1, 'x').map(($gt) => ({ $gt })),
  fc.constantFrom(1, 'y').map(($lte) => ({ $lte, $exists: true })),
  fc.boolean().map(($exists) => ({ $exists })),
  fc.constant(/^x/),
  fc.constant({ $in: ['x', /y/] }),
  scalar.map(($eq) => ({ $not: { $eq } })),
  scalar.map((x) => ({ $elemMatch: { x } })),
  fc.constant({ $size: 1 }),
  nested,
  fc.array(scalar, { maxLength: 2 }),
);
const simple: fc.Arbitrary<Document> = fc
  .array(fc.tuple(path, condition), { minLength: 0, maxLength: 3 })
  .map((parts) => Object.fromEntries(parts));
const selector: fc.Arbitrary<Document> = fc.oneof(
  { weight: 6, arbitrary: simple },
  fc.tuple(simple, simple).map(([one, two]) => ({ $and: [one, two] })),
  fc.tuple(simple, simple, simple).map(([one, two, three]) => ({ ...three, $or: [one, two] })),
  fc.tuple(simple, simple).map(([one, two]) => ({ ...one, $nor: [two] })),
);
const shape: fc.Arbitrary<QueryShape> = fc.record({
  selector,
  sort: fc.constantFrom({ a: 1 }, { b: -1, a: 1 }, [['room', 'asc']], { 'a.x': 1 }),
  hasLimit: fc.boolean(),
  collation: fc.constant(undefined),
});

const assignments = fc.array(fc.tuple(path, value), { minLength: 1, maxLength: 2 }).map(Object.fromEntries);
const modifier: fc.Arbitrary<Document> = fc.oneof(
  { weight: 5, arbitrary: assignments.map(($set) => ({ $set })) },
  { weight: 2, arbitrary: path.map((name) => ({ $unset: { [name]: '' } })) },
  fc.tuple(field, fc.constantFrom(1, -1)).map(([name, by]) => ({ $inc: { [name]: by } })),
  field.map((name) => ({ $mul: { [name]: 2 } })),
  fc.tuple(field, fc.constantFrom(0, 5)).map(([name, limit]) => ({ $min: { [name]: limit } })),
  fc.tuple(field, fc.constantFrom(0, 5)).map(([name, limit]) => ({ $max: { [name]: limit } })),
  fc.tuple(field, field).map(([from, to]) => ({ $rename: { [from]: to } })),
  fc.tuple(field, scalar).map(([name, item]) => ({ $push: { [name]: item } })),
  fc.tuple(field, scalar).map(([name, item]) => ({ $addToSet: { [name]: item } })),
  fc.tuple(field, scalar).map(([name, item]) => ({ $pull: { [name]: item } })),
  field.map((name) => ({ $pop: { [name]: 1 } })),
  fc.tuple(assignments, field).map(([$set, name]) => ({ $set, $unset: { [name]: '' } })),
);

function matches({ selector: wanted }: QueryShape, found: Document | undefined): boolean {
  return found !== undefined && Boolean(new MinimongoMatcher(wanted as never).documentMatches(found).result);
}

/** An index of one settled live query among others. */
function indexOf(query: QueryShape, others: readonly QueryShape[]): QueryIndex<QueryShape> {
  const index = new QueryIndex<QueryShape>(hash);
  for (const each of [query, ...others]) {
    index.add(each, each);
    index.settle(each);
  }
  // What has been removed must leave nothing behind.
  for (const each of others) index.remove(each);
  return index;
}

/** Returns the document after an update; `undefined` when it cannot be applied to it. */
function updated(before: Document, change: Document): Document | undefined {
  const documents = [structuredCloneOf(before)];
  try {
    updateOne(documents, { _id: ID }, change as never);
  } catch {
    return undefined;
  }
  return documents[0];
}

/** ObjectIDs and dates are immutable here, everything else is copied. */
function structuredCloneOf<Value>(original: Value): Value {
  if (Array.isArray(original)) return original.map(structuredCloneOf) as Value;
  const isPlain = typeof original === 'object' && original !== null && original.constructor === Object;
  if (!isPlain) return original;
  return Object.fromEntries(
    Object.entries(original).map(([name, part]) => [name, structuredCloneOf(part)]),
  ) as Value;
}

function sortKey({ sort }: QueryShape, found: Document): string {
  const names = Array.isArray(sort) ? sort.map(([name]) => String(name)) : Object.keys(sort as object);
  return JSON.stringify(names.map((name) => found[name.split('.')[0] as string]));
}

/** Throws when a live query that is left out, and does not hold the document, would have changed its result. */
function expectUnaffected(
  query: QueryShape,
  before: Document | undefined,
  after: Document | undefined,
): void {
  // It does not hold the document: when that matched, it was outside the window.
  if (!matches(query, after)) return;
  if (!matches(query, before)) throw new Error('has become a match');
  if (!before || !after || !query.hasLimit) return;
  if (sortKey(query, before) !== sortKey(query, after)) throw new Error('may move into the window');
}

holds(
  'a live query that is not concerned by a document does not match it',
  [shape, fc.array(shape, { maxLength: 2 }), document],
  (query, others, found) => {
    if (indexOf(query, others).concerned(ID, found).has(query)) return;
    if (matches(query, found)) throw new Error('matches');
  },
);

holds(
  'an insert that concerns no live query matches none',
  [shape, fc.array(shape, { maxLength: 2 }), document],
  (query, others, inserted) => {
    const fields = fieldsOfInsert(inserted);
    const hint = fields && hintOf(fields, hash);
    if (!indexOf(query, others).mayConcern(ID, hint)) expectUnaffected(query, undefined, inserted);
  },
);

holds(
  'an update that concerns no live query changes the result of none',
  [shape, fc.array(shape, { maxLength: 2 }), document, modifier],
  (query, others, before, change) => {
    const after = updated(before, change);
    // A live query without a limit that matched it would hold it.
    if (!after || (matches(query, before) && !query.hasLimit)) return;
    const fields = fieldsOfUpdate(change, {});
    const hint = fields && hintOf(fields, hash);
    if (!indexOf(query, others).mayConcern(ID, hint)) expectUnaffected(query, before, after);
  },
);

holds(
  'of two updates that are published together and concern no live query, neither changes a result alone',
  [shape, document, modifier, modifier, assignments],
  (query, start, first, second, outside) => {
    // Another node writes between the two, and publishes that itself: only what the second write does is judged.
    const between = updated(start, first);
    const before = between && updated(between, { $set: outside });
    const after = before && updated(before, second);
    if (!after || (matches(query, before) && !query.hasLimit)) return;
    const hints = [first, second].map((change) => {
      const fields = fieldsOfUpdate(change, {});
      return fields && hintOf(fields, hash);
    });
    const hint = mergeHints(hints[0], hints[1]);
    if (!indexOf(query, []).mayConcern(ID, hint)) expectUnaffected(query, before, after);
  },
);

holds('a removed document concerns only those that hold it', [shape, fc.boolean()], (query, isHeld) => {
  const index = indexOf(query, []);
  if (isHeld) index.hold(query, ID);
  const hint = hintOf(REMOVED, hash);
  if (index.mayConcern(ID, hint) !== isHeld) throw new Error('wrong before the read');
  if (index.concerned(ID, undefined).has(query) !== isHeld) throw new Error('wrong after the read');
});
