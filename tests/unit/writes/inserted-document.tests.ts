/** Which inserted documents are known as the database stores them. */

import { Mongo, MongoInternals } from 'meteor/mongo';
import { Tinytest } from 'meteor/tinytest';
import { storedDocument } from '../../../src/writes/inserted-document';

const { Binary, Long } = MongoInternals.NpmModules.mongodb.module;

class Point {
  x = 1;
}

const cyclic: { _id: string; self?: object } = { _id: 'c' };
cyclic.self = cyclic;

Tinytest.add('inserted document - ordinary values are known, and copied', (test) => {
  const document = {
    _id: 'a',
    text: 'Jerry \u{1F42D}',
    n: 1.5,
    is: true,
    none: null,
    at: new Date(5),
    list: [1, { deep: ['x'] }],
    '': 0,
  };
  const stored = storedDocument(document);
  test.equal(stored, document);
  for (const part of ['at', 'list'] as const) test.isFalse(stored?.[part] === document[part], part);
});

const UNKNOWN: Readonly<Record<string, unknown>> = {
  undefined: undefined,
  'a missing element': new Array(2),
  '-0': -0,
  NaN: Number.NaN,
  Infinity: Number.POSITIVE_INFINITY,
  bigint: 1n,
  'half a character': '\ud800',
  'an invalid date': new Date(Number.NaN),
  'a date of another class': new (class extends Date {})(5),
  'an ObjectID': new Mongo.ObjectID(),
  binary: new Uint8Array(1),
  "the driver's binary": new Binary(new Uint8Array(1)),
  long: Long.fromNumber(1),
  'a class': new Point(),
  map: new Map([['a', 1]]),
  expression: /a/,
  function: () => 1,
  symbol: Symbol('a'),
  toBSON: { toBSON: () => 1 },
  'an operator': { $set: 1 },
  'a type of EJSON': { EJSON$type: 'oid', EJSON$value: 'a' },
  'a name with a dot': { 'a.b': 1 },
  'a prototype': JSON.parse('{"__proto__":{"a":1}}'),
  'a type of the driver': { _bsontype: 'Long', low: 1, high: 0 },
};

for (const [name, value] of Object.entries(UNKNOWN)) {
  Tinytest.add(`inserted document - one with ${name} is unknown`, (test) => {
    test.isUndefined(storedDocument({ _id: 'a', value }));
    test.isUndefined(storedDocument({ _id: 'a', list: [{ value }] }), 'deep inside');
  });
}

Tinytest.add('inserted document - one without a text as its id is unknown', (test) => {
  const documents = [{ n: 1 }, { _id: 1 }, { _id: new Mongo.ObjectID() }, [], 'text', undefined, new Point()];
  for (const document of documents) test.isUndefined(storedDocument(document));
});

Tinytest.add('inserted document - the driver refuses a cycle, so it is not looked for', (test) => {
  test.throws(() => storedDocument(cyclic));
});
