/**
 * `Mongo.ObjectID`, a class of its own as in Meteor, and the conversion between it and the driver's `ObjectId`.
 *
 * Called by `library-fixes.ts` and by `mongo.ts`, `mongo-id.ts` and `minimongo.ts` in `packages/`. Registers the EJSON type `oid`, and teaches the library's
 * matcher and sorter that the class is MongoDB's type 7.
 */

import { randomBytes } from 'node:crypto';
import { ObjectId } from 'mongodb';
import { addType } from 'mongodb-livedata-server/dist/meteor/ejson/ejson';
import { _f } from 'mongodb-livedata-server/dist/meteor/mongo/minimongo_common';

const HEX = /^[0-9a-f]{24}$/;
/** MongoDB's number for the type ObjectId. */
const OBJECT_ID_TYPE = 7;

export class ObjectID {
  readonly #hex: string;

  /**
   * @param hex 24 hex digits in either case; random by default
   * @throws Error when it is anything else
   */
  constructor(hex: string = randomBytes(12).toString('hex')) {
    const digits = String(hex).toLowerCase();
    if (!HEX.test(digits)) {
      throw new Error(
        `Invalid hexadecimal string for creating an ObjectID: expected 24 digits, got "${hex}"`,
      );
    }
    this.#hex = digits;
  }

  toHexString(): string {
    return this.#hex;
  }

  toString(): string {
    return `ObjectID("${this.#hex}")`;
  }

  valueOf(): string {
    return this.#hex;
  }

  equals(other: unknown): boolean {
    return other instanceof ObjectID && other.#hex === this.#hex;
  }

  /** Called by EJSON. Returns the same object, which is immutable: the library's maps find ids by identity. */
  clone(): this {
    return this;
  }

  /** Called by EJSON, with `toJSONValue`. */
  typeName(): string {
    return 'oid';
  }

  toJSONValue(): string {
    return this.#hex;
  }
}

addType('oid', ((hex: string) => new ObjectID(hex)) as never);
addToMatcher();

/** Returns whether a string would be read as an ObjectID. */
export function isHex(text: string): boolean {
  return HEX.test(text);
}

const shared = new Map<string, WeakRef<ObjectID>>();
const collected = new FinalizationRegistry((hex: string) => {
  if (!shared.get(hex)?.deref()) shared.delete(hex);
});

/**
 * Returns the one shared object of an id. Every id that reaches an observe driver is shared: the library keeps documents
 * in a `Map` by id, where Meteor has an `IdMap`.
 */
export function sharedObjectId(hex: string): ObjectID {
  const known = shared.get(hex)?.deref();
  if (known) return known;
  const id = new ObjectID(hex);
  shared.set(hex, new WeakRef(id));
  collected.register(id, hex);
  return id;
}

/** Returns a value for the driver: each ObjectID becomes the driver's. Copies only what changes. */
export function toDriver<Value>(value: Value): Value {
  return replace(value, (part) =>
    part instanceof ObjectID ? new ObjectId(part.toHexString()) : undefined,
  ) as Value;
}

/** Returns a value for Meteor's collections: each of the driver's ObjectIds becomes a shared ObjectID. */
export function fromDriver<Value>(value: Value): Value {
  return replace(value, (part) =>
    part instanceof ObjectId ? sharedObjectId(part.toHexString()) : undefined,
  ) as Value;
}

type Replacement = (part: object) => object | undefined;

function replace(value: unknown, replacement: Replacement): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const replaced = replacement(value);
  if (replaced) return replaced;
  if (Array.isArray(value)) {
    const elements = value.map((element) => replace(element, replacement));
    return elements.some((element, index) => element !== value[index]) ? elements : value;
  }
  const prototype = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return value;
  let copy: Record<string, unknown> | undefined;
  for (const [name, part] of Object.entries(value)) {
    const next = replace(part, replacement);
    if (next === part) continue;
    copy ??= { ...value };
    copy[name] = next;
  }
  return copy ?? value;
}

function addToMatcher(): void {
  const { _type } = _f;
  _f._type = (value: unknown) => (value instanceof ObjectID ? OBJECT_ID_TYPE : _type(value));
}
