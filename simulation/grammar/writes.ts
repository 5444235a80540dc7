/**
 * Grammar of writes, in every form that Meteor's collections take. Some are refused by a database. Stand-in only.
 *
 * `args` are those of the methods of a `Mongo.Collection`.
 */

import fc from 'fast-check';
import { conditions, selector } from './queries';
import { type Fields, field, fields, id, nested, scalar, slot, value } from './values';

export type WriteMethod = 'insertAsync' | 'updateAsync' | 'upsertAsync' | 'removeAsync';

export interface Write {
  readonly method: WriteMethod;
  readonly args: readonly unknown[];
}

const path = fc.oneof(
  { weight: 8, arbitrary: field },
  fc.constantFrom('a.x', 'b.y', 'c.0', 'a.0.x', 'b.x.y', 'a.1'),
  fc.constantFrom('a.$', 'b.$.x', 'a.$[]', 'b.$[].x', 'c.$[e]'),
);

const number = fc.constantFrom<unknown>(1, -1, 0, 2, 0.5, 1, -1, undefined);
const items = fc.array(fc.oneof(scalar, nested), { maxLength: 2 });
const each = items.map(($each) => ({ $each }));

/** The operands of each operator but `$set`. */
const OPERANDS: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  $unset: fc.constantFrom<unknown>('', 1, true, null, undefined, undefined),
  $inc: number,
  $mul: number,
  $min: scalar,
  $max: scalar,
  $currentDate: fc.constantFrom<unknown>(true, { $type: 'date' }),
  $rename: fc.oneof({ weight: 6, arbitrary: field }, fc.constantFrom<unknown>('a.x', 'd', undefined)),
  $bit: fc.constantFrom({ and: 1 }, { or: 1 }, { xor: 1 }),
  $push: fc.oneof(
    value,
    each,
    items.map(($each) => ({ $each, $slice: 1 })),
  ),
  $addToSet: fc.oneof(value, each),
  $pull: fc.oneof(
    value,
    scalar.map((x) => ({ x })),
    items.map(($in) => ({ $in })),
    fc.constant({ $gt: 0 }),
  ),
  $pullAll: items,
  $pop: fc.constantFrom(1, -1),
  $setOnInsert: value,
};

/** An operator with 0 to 2 paths. */
function operator(name: string, operand: fc.Arbitrary<unknown>): fc.Arbitrary<Fields> {
  return fc
    .array(fc.tuple(name === '$rename' ? field : path, operand), { maxLength: 2 })
    .map((entries) => ({ [name]: Object.fromEntries(entries) }));
}

const set = operator('$set', value);
const unset = operator('$unset', OPERANDS.$unset ?? fc.constant(''));
const others = fc.oneof(...Object.entries(OPERANDS).map(([name, operand]) => operator(name, operand)));

/** A field gets a value that a live query may ask for, and another one, or an element of it, a special operand. */
const setBesideOperand: fc.Arbitrary<Fields> = fc
  .tuple(
    field,
    slot,
    fc.constantFrom('a', 'b', 'c', 'a.1', 'b.1', 'a.1', 'b.1'),
    fc.oneof(
      { weight: 5, arbitrary: fc.constant(['$set', undefined] as const) },
      { weight: 3, arbitrary: fc.tuple(fc.constant('$set'), scalar) },
      { weight: 5, arbitrary: fc.constant(['$unset', undefined] as const) },
      ...Object.entries(OPERANDS).map(([name, operand]) => fc.tuple(fc.constant(name), operand)),
    ),
  )
  .map(([to, wanted, other, [name, operand]]) =>
    name === '$set'
      ? { $set: { [other]: operand, [to]: wanted } }
      : { [name]: { [other]: operand }, $set: { [to]: wanted } },
  );

const modifier: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 8, arbitrary: set },
  // The most common write of applications.
  { weight: 10, arbitrary: fc.tuple(field, slot).map(([name, wanted]) => ({ $set: { [name]: wanted } })) },
  { weight: 3, arbitrary: fc.tuple(field, field).map(([from, to]) => ({ $rename: { [from]: to } })) },
  { weight: 4, arbitrary: unset },
  { weight: 10, arbitrary: others },
  { weight: 2, arbitrary: fc.tuple(set, unset).map(([one, two]) => ({ ...one, ...two })) },
  { weight: 2, arbitrary: fc.tuple(others, set).map(([one, two]) => ({ ...one, ...two })) },
  { weight: 14, arbitrary: setBesideOperand },
  {
    weight: 3,
    arbitrary: fc.tuple(field, fc.constantFrom(1, -1, 2)).map(([name, by]) => ({ $inc: { [name]: by } })),
  },
);
const replacement: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 6, arbitrary: fields },
  fc.constantFrom<Fields>({ a: new Date(0) }, { b: {} }, { c: [] }, {}),
  fc.tuple(fields, set).map(([one, two]) => ({ ...one, ...two })),
  fc.constant(new Map<string, unknown>([['a', 'x']])),
);
const disguisedModifier: fc.Arbitrary<unknown> = fc.oneof(
  fields.map((changes) => ({ $set: new Map(Object.entries(changes)) })),
  fields.map((changes) => ({ $set: Object.assign(Object.create(null), changes) })),
  fields.map((changes) => ({ $set: { toBSON: () => changes } })),
  fields.map((changes) => new Map([['$set', changes]])),
);
const pipeline: fc.Arbitrary<unknown> = fc.oneof(
  fc.tuple(field, fc.constantFrom('x', 'X', 1)).map(([name, constant]) => [{ $set: { [name]: constant } }]),
  field.map((name) => [{ $unset: name }]),
  fc.tuple(field, field).map(([to, from]) => [{ $set: { [to]: `$${from}` } }]),
);
const change = fc.oneof(
  { weight: 14, arbitrary: modifier },
  { weight: 3, arbitrary: replacement },
  { weight: 1, arbitrary: disguisedModifier },
  { weight: 1, arbitrary: pipeline },
);

/** Selectors of writes: most name an id, so that a write finds a document. */
const target: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 8, arbitrary: id },
  { weight: 3, arbitrary: id.map((_id) => ({ _id })) },
  { weight: 3, arbitrary: fc.array(id, { maxLength: 3 }).map(($in) => ({ _id: { $in } })) },
  { weight: 2, arbitrary: fc.tuple(id, conditions).map(([_id, all]) => ({ _id, ...all })) },
  { weight: 2, arbitrary: fc.tuple(id, conditions).map(([_id, all]) => ({ $and: [all, { _id }] })) },
  { weight: 4, arbitrary: selector },
);
const options = fc.constantFrom<Fields | undefined>(
  ...[undefined, undefined, undefined, {}, { multi: true }, { multi: true }, { multi: true, upsert: false }],
  ...[{ upsert: true }, { arrayFilters: [{ e: 'x' }] }],
);

export const write: fc.Arbitrary<Write> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.tuple(fields, fc.oneof({ weight: 5, arbitrary: id }, fc.constant(undefined))).map(
      ([inserted, _id]): Write => ({
        method: 'insertAsync',
        args: [_id === undefined ? inserted : { _id, ...inserted }],
      }),
    ),
  },
  {
    weight: 12,
    arbitrary: fc.tuple(target, change, options).map((args): Write => ({ method: 'updateAsync', args })),
  },
  { weight: 1, arbitrary: fc.tuple(target, change).map((args): Write => ({ method: 'upsertAsync', args })) },
  { weight: 2, arbitrary: fc.tuple(target).map((args): Write => ({ method: 'removeAsync', args })) },
);
