/**
 * Hints: what a write changed, as far as its arguments show it. Never a value: scalars are hashed.
 *
 * A message may hold one per id. A node finds by them that a change concerns none of its live queries. A missing hint means
 * that anything may have changed. No Meteor or Redis imports.
 */

import { createHmac } from 'node:crypto';
import type { ValueKey } from './value-key';

/** A short keyed hash of a field's scalar value. */
export type Hash = string;
export type Hasher = (field: string, key: ValueKey) => Hash;

/** One value at a path is one of some scalars. */
export interface Equality<Scalar> {
  readonly path: string;
  readonly scalars: readonly Scalar[];
}

/** Equalities of which each written document fulfilled at least one before the write; `undefined`: none are known. */
export type Selected<Scalar> = readonly Equality<Scalar>[] | undefined;

/** The fields that one write changed. */
export interface WrittenFields {
  /** Of an insert, `fields` are all fields of the document; of an update, those that it changes. */
  readonly kind: 'insert' | 'update' | 'remove';
  /** The new value of each top-level field as a key; `undefined`: it is not a known scalar. */
  readonly fields: ReadonlyMap<string, ValueKey | undefined>;
  /** The equalities of its selector, where that names no ids. */
  readonly selected?: Selected<ValueKey>;
}

export interface Hint {
  readonly kind: WrittenFields['kind'];
  /** The hash of each field's new value; `null`: unknown. */
  readonly fields: ReadonlyMap<string, Hash | null>;
}

/** The most fields of a hint, and the longest name of one: with more, hints would outweigh what they save. */
export const MAX_FIELDS = 32;
const MAX_NAME = 64;
/** 48 bits: among a million values of a field, two share a hash with a chance of 0.2 %. That costs a read. */
const HASH_LENGTH = 8;
/**
 * Longer keys have no hash, in characters with the type. Rooms, states, addresses and tokens are shorter. A hash of 16
 * characters takes 2.3 µs, of 256 2.5, of 4,096 6.4, and of 10 MB of text 41 ms.
 */
const MAX_HASHED = 256;

/** @param key known to all nodes; without a secret, strangers can compute hashes of values that they guess */
export function createHasher(key: string): Hasher {
  // With the field, so that equal values of different fields have different hashes.
  return (field, value) =>
    createHmac('sha256', key).update(`${field}\0${value}`).digest('base64url').slice(0, HASH_LENGTH);
}

/** Returns the hint about a write; `undefined` when it would be too large. */
export function hintOf({ kind, fields }: WrittenFields, hash: Hasher): Hint | undefined {
  if (!isNameable([...fields.keys()])) return undefined;
  const hashes = [...fields].map(([name, key]): [string, Hash | null] => [
    name,
    key !== undefined && isHashed(key) ? hash(name, key) : null,
  ]);
  return { kind, fields: new Map(hashes) };
}

/** Returns whether hints contain the hash of a value. */
export function isHashed(key: ValueKey): boolean {
  return key.length <= MAX_HASHED;
}

/** Returns whether a message may list the names of fields. */
export function isNameable(fields: readonly string[]): boolean {
  return fields.length <= MAX_FIELDS && fields.every((name) => name.length <= MAX_NAME);
}

/**
 * Returns the hint about two writes of one document that are published together.
 *
 * A hash stays only where both writes set the field to it. Another node may have written in between. Then the value of the
 * first write says nothing about the document that the second one changed.
 */
export function mergeHints(a: Hint | undefined, b: Hint | undefined): Hint | undefined {
  if (!a || !b || a.kind !== b.kind || a.kind === 'insert') return undefined;
  const fields = new Map<string, Hash | null>();
  for (const name of [...a.fields.keys(), ...b.fields.keys()]) {
    const [left, right] = [a.fields.get(name), b.fields.get(name)];
    fields.set(name, left !== undefined && left === right ? left : null);
  }
  return fields.size > MAX_FIELDS ? undefined : { kind: a.kind, fields };
}

/** Encodes a hint for a message: `0` when there is none. */
export function encodeHint(hint: Hint | undefined): unknown {
  if (!hint) return 0;
  return [hint.kind, Object.fromEntries([...hint.fields].map(([name, hash]) => [name, hash ?? 0]))];
}

/** Decodes a hint from a message. Anything else is no hint: hints are optional. */
export function decodeHint(value: unknown): Hint | undefined {
  if (!Array.isArray(value) || value.length !== 2) return undefined;
  const [kind, fields]: unknown[] = value;
  if (kind !== 'insert' && kind !== 'update' && kind !== 'remove') return undefined;
  if (typeof fields !== 'object' || fields === null || Array.isArray(fields)) return undefined;
  const entries = Object.entries(fields);
  if (!isNameable(Object.keys(fields))) return undefined;
  if (!entries.every(([, hash]) => hash === 0 || isHash(hash))) return undefined;
  return { kind, fields: new Map(entries.map(([name, hash]) => [name, hash === 0 ? null : hash])) };
}

export function isHash(value: unknown): value is Hash {
  return typeof value === 'string' && value.length === HASH_LENGTH;
}
