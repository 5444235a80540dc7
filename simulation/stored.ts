/**
 * The driver's conversion of values, without a database. `undefined` is left out, `toBSON` is called, numbers of other
 * classes become numbers. The `mongodb` driver's own BSON does it. Stand-in only.
 */

import { Binary, BSON, Decimal128, Double, Int32, Long } from 'mongodb';
import { fromDriver, toDriver } from '../stand-in/object-id';

/** Without it, EJSON copies the properties of these to a plain object. Minimongo must not write into them either. */
for (const { prototype } of [Binary, Decimal128, Double, Int32, Long]) {
  Object.defineProperty(prototype, 'clone', {
    value(this: object) {
      return Object.freeze(this);
    },
    configurable: true,
  });
}

/** Returns a value as the database gets it, and as Meteor reads it again. */
export function throughDriver(value: unknown): unknown {
  // As Meteor's connection.
  const bytes = BSON.serialize(toDriver({ value }) as BSON.Document, { ignoreUndefined: true });
  return fromDriver(BSON.deserialize(bytes) as { value?: unknown }).value;
}
