/**
 * Live queries by the scalars that a path may equal. A hint holds a hash in place of the scalar.
 *
 * Owned by the index of a path. A key is hashed when a hint asks, and not when its live query is added. Many keys are never
 * asked for, and a long `$in` would block the node. No Meteor or Redis imports.
 */

import { type Hash, isHashed } from './hint';
import type { ValueKey } from './value-key';

/**
 * How many keys are hashed for one hint. A hash takes 2.3 µs when the process is warm, so that is 2.3 ms. The next hints hash
 * the rest; until then a hash may be that of a key.
 */
const MAX_HASHED_AT_ONCE = 1000;

interface Entry<Query> {
  readonly queries: Set<Query>;
  /** Known once a hint has asked. */
  hash: Hash | undefined;
}

export class KeyIndex<Query> {
  readonly #hash: (key: ValueKey) => Hash;
  readonly #byKey = new Map<ValueKey, Entry<Query>>();
  /** How many keys have a hash. */
  readonly #hashes = new Map<Hash, number>();
  /** The keys that are not hashed yet; `undefined`: no hint has asked. */
  #unhashed: Set<ValueKey> | undefined;

  constructor(hash: (key: ValueKey) => Hash) {
    this.#hash = hash;
  }

  get isEmpty(): boolean {
    return this.#byKey.size === 0;
  }

  add(query: Query, key: ValueKey): void {
    const entry = this.#byKey.get(key);
    if (entry) {
      entry.queries.add(query);
      return;
    }
    this.#byKey.set(key, { queries: new Set<Query>().add(query), hash: undefined });
    if (isHashed(key)) this.#unhashed?.add(key);
  }

  remove(query: Query, key: ValueKey): void {
    const entry = this.#byKey.get(key);
    if (!entry?.queries.delete(query) || entry.queries.size > 0) return;
    this.#byKey.delete(key);
    this.#unhashed?.delete(key);
    if (entry.hash === undefined) return;
    const count = (this.#hashes.get(entry.hash) ?? 1) - 1;
    if (count > 0) this.#hashes.set(entry.hash, count);
    else this.#hashes.delete(entry.hash);
  }

  has(key: ValueKey): boolean {
    return this.#byKey.has(key);
  }

  /** Returns whether a hash is that of a key, or may be, as keys are not hashed yet. */
  mayHaveHash(hash: Hash): boolean {
    this.#unhashed ??= new Set([...this.#byKey.keys()].filter(isHashed));
    let count = 0;
    for (const key of this.#unhashed) {
      if (this.#hashes.has(hash) || count === MAX_HASHED_AT_ONCE) return true;
      count += 1;
      this.hashKey(key);
    }
    return this.#hashes.has(hash);
  }

  collect(key: ValueKey, into: Set<Query>): void {
    for (const query of this.#byKey.get(key)?.queries ?? []) into.add(query);
  }

  collectAll(into: Set<Query>): void {
    for (const { queries } of this.#byKey.values()) for (const query of queries) into.add(query);
  }

  private hashKey(key: ValueKey): void {
    this.#unhashed?.delete(key);
    const entry = this.#byKey.get(key);
    if (!entry) return;
    entry.hash = this.#hash(key);
    this.#hashes.set(entry.hash, (this.#hashes.get(entry.hash) ?? 0) + 1);
  }
}
