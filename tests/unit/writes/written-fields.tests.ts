/** Which fields a write changes, and to which scalars: one-sided, so what is not certain is open. */

import { Tinytest } from 'meteor/tinytest';
import { fieldsOfInsert, fieldsOfUpdate, REMOVED } from '../../../src/writes/written-fields';

class ObjectID {
  toHexString(): string {
    return '0123456789abcdef01234567';
  }
}

const OBJECT_ID = new ObjectID();

/** Returns the fields with their keys, `'?'` for an open one; `'any'` when any field may change. */
function updated(modifier: unknown, options?: unknown): unknown {
  const written = fieldsOfUpdate(modifier, options);
  return written ? shown(written.fields) : 'any';
}

function inserted(document: unknown): unknown {
  const written = fieldsOfInsert(document);
  return written ? shown(written.fields) : 'any';
}

function shown(fields: ReadonlyMap<string, string | undefined>): object {
  return Object.fromEntries([...fields].map(([name, key]) => [name, key ?? '?']));
}

Tinytest.add('written fields - an insert lists every field, with the keys of scalars', (test) => {
  const document = {
    _id: 'a',
    n: 1,
    zero: -0,
    yes: true,
    none: null,
    missing: undefined,
    at: new Date(5),
    id: OBJECT_ID,
    tags: ['x'],
    nested: { x: 1 },
    pattern: /x/,
    infinite: Number.POSITIVE_INFINITY,
    big: 1n,
  };
  test.equal(inserted(document), {
    _id: 'sa',
    n: 'n1',
    zero: 'n0',
    yes: 'btrue',
    none: 'null',
    missing: '?',
    at: 'd5',
    id: 'o0123456789abcdef01234567',
    tags: '?',
    nested: '?',
    pattern: '?',
    infinite: '?',
    big: '?',
  });
  test.equal(fieldsOfInsert(document)?.kind, 'insert');
  test.equal(inserted({}), {});
});

Tinytest.add('written fields - an insert of what is no document may write any field', (test) => {
  for (const document of [undefined, null, 'x', 1, [{ a: 1 }]]) test.equal(inserted(document), 'any');
});

/** The driver stores of these other fields than their own properties show. */
const NOT_PLAIN: readonly (readonly [what: string, value: unknown])[] = [
  ['a date', new Date(5)],
  ['an ObjectID', OBJECT_ID],
  ['a Map', new Map([['a', 1]])],
  ['a class instance', new (class Item {})()],
  ['an inherited object', Object.create({ a: 1 })],
  ['a binary', new Uint8Array(2)],
  ['an object with toBSON', { toBSON: () => ({ a: 1 }) }],
];

Tinytest.add('written fields - an insert of what is no plain object may write any field', (test) => {
  for (const [what, document] of NOT_PLAIN) test.equal(inserted(document), 'any', what);
  test.equal(inserted(Object.assign(Object.create(null), { a: 1 })), { a: 'n1' });
});

Tinytest.add('written fields - a value that the driver asks for another one is unknown', (test) => {
  const at = Object.assign(new Date(5), { toBSON: () => 'x' });
  const id = Object.assign(Object.create(OBJECT_ID), { toBSON: () => 'x' });
  test.equal(inserted({ at, id }), { at: '?', id: '?' });
});

Tinytest.add('written fields - $set gives the keys of scalars', (test) => {
  const $set = { n: 1, text: 'x', none: null, at: new Date(5), id: OBJECT_ID, yes: false };
  test.equal(updated({ $set }), {
    n: 'n1',
    text: 'sx',
    none: 'null',
    at: 'd5',
    id: 'o0123456789abcdef01234567',
    yes: 'bfalse',
  });
  test.equal(fieldsOfUpdate({ $set }, undefined)?.kind, 'update');
});

Tinytest.add('written fields - $set of an array, an object or undefined leaves the field open', (test) => {
  test.equal(updated({ $set: { a: [1], b: { x: 1 }, c: undefined, d: Number.NaN } }), {
    a: '?',
    b: '?',
    c: '?',
    d: '?',
  });
});

Tinytest.add('written fields - $unset makes a field equal null', (test) => {
  test.equal(updated({ $unset: { a: '', b: 1 } }), { a: 'null', b: 'null' });
});

Tinytest.add(
  'written fields - undefined may be left out or stored as null, so the field is unknown',
  (test) => {
    test.equal(updated({ $unset: { a: undefined, b: '' } }), { a: '?', b: 'null' });
    test.equal(updated({ $set: { a: undefined } }), { a: '?' });
    test.equal(updated({ $set: { a: [undefined], b: { x: undefined } } }), { a: '?', b: '?' });
    test.equal(updated({ $inc: { a: undefined } }), { a: '?' });
    test.equal(inserted({ a: undefined, b: [undefined] }), { a: '?', b: '?' });
    test.equal(updated({ $rename: { a: undefined } }), 'any');
    test.equal(updated({ $set: undefined, $unset: { b: '' } }), 'any');
  },
);

Tinytest.add('written fields - a nested path leaves its top-level field open', (test) => {
  test.equal(updated({ $set: { 'a.b': 1, 'c.0.d': 2, 'e.$.f': 3, 'g.$[].h': 4 } }), {
    a: '?',
    c: '?',
    e: '?',
    g: '?',
  });
  test.equal(updated({ $unset: { 'a.b': '' } }), { a: '?' });
  test.equal(updated({ $inc: { 'a.b': 1 } }), { a: '?' });
});

Tinytest.add('written fields - two paths of one field leave it open', (test) => {
  test.equal(updated({ $set: { 'a.b': 1 }, $unset: { 'a.c': '' } }), { a: '?' });
  test.equal(updated({ $set: { a: 1 }, $unset: { a: '' } }), { a: '?' });
  test.equal(updated({ $unset: { a: '' }, $set: { 'a.b': 1, c: 2 } }), { a: '?', c: 'n2' });
});

Tinytest.add('written fields - every other update operator leaves its fields open', (test) => {
  const operators = [
    ...['$inc', '$mul', '$min', '$max', '$currentDate', '$bit'],
    ...['$push', '$pull', '$pullAll', '$addToSet', '$pop'],
  ];
  for (const operator of operators) {
    test.equal(updated({ [operator]: { a: 1, 'b.c': 1 } }), { a: '?', b: '?' }, operator);
    test.equal(updated({ $set: { x: 1 }, [operator]: { a: 1 } }), { x: 'n1', a: '?' }, operator);
  }
});

Tinytest.add('written fields - $rename leaves both names open', (test) => {
  test.equal(updated({ $rename: { a: 'b' } }), { a: '?', b: '?' });
  test.equal(updated({ $rename: { 'a.x': 'b.y' } }), { a: '?', b: '?' });
  test.equal(updated({ $set: { b: 1 }, $rename: { a: 'b' } }), { a: '?', b: '?' });
  test.equal(updated({ $rename: { a: 'b' }, $set: { b: 1 } }), { a: '?', b: '?' });
});

Tinytest.add('written fields - an operator that is not known may change any field', (test) => {
  test.equal(updated({ $setOnInsert: { a: 1 } }), 'any');
  test.equal(updated({ $set: { a: 1 }, $later: { b: 1 } }), 'any');
  test.equal(updated({ $set: { a: 1 }, $unset: 'b' }), 'any');
  test.equal(updated({ $set: [['a', 1]] }), 'any');
});

Tinytest.add('written fields - a replacement may change any field', (test) => {
  for (const replacement of [{}, { a: 1 }, { a: { b: 1 } }, { a: { b: 1 }, $set: { c: 1 } }]) {
    test.equal(updated(replacement), 'any', JSON.stringify(replacement));
  }
});

Tinytest.add('written fields - a replacement whose values have no fields may change any field', (test) => {
  for (const [what, value] of [...NOT_PLAIN, ['an empty object', {}]] as const) {
    test.equal(updated({ a: value }), 'any', what);
    test.equal(updated({ $set: { b: 1 }, a: value }), 'any', `${what} beside an operator`);
  }
});

Tinytest.add(
  'written fields - a modifier or an operator that is no plain object may change any field',
  (test) => {
    for (const [what, value] of NOT_PLAIN) {
      test.equal(updated(value), 'any', what);
      test.equal(updated({ $set: value }), 'any', `$set of ${what}`);
      test.equal(updated({ $later: value }), 'any', `an operator that is not known, of ${what}`);
    }
    test.equal(updated({ $later: {} }), 'any');
    test.equal(updated(Object.assign(Object.create(null), { $set: { a: 1 } })), { a: 'n1' });
  },
);

Tinytest.add('written fields - a pipeline may change any field', (test) => {
  test.equal(updated([{ $set: { a: 1 } }]), 'any');
  test.equal(updated([]), 'any');
});

Tinytest.add('written fields - an upsert may change any field', (test) => {
  test.equal(updated({ $set: { a: 1 } }, { upsert: true }), 'any');
  test.equal(updated({ $set: { a: 1 } }, { upsert: false, multi: true }), { a: 'n1' });
});

Tinytest.add('written fields - what is no modifier may change any field', (test) => {
  for (const modifier of [undefined, null, 'x', 1]) test.equal(updated(modifier), 'any');
});

Tinytest.add('written fields - an operator without fields changes none', (test) => {
  test.equal(updated({ $set: {} }), {});
});

Tinytest.add('written fields - a remove changes no field of a document that stays', (test) => {
  test.equal([REMOVED.kind, REMOVED.fields.size], ['remove', 0]);
});
