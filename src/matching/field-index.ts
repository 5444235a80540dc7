/** The live queries that have an indexed condition on one field, by the scalars it may equal. Owned by a query index. */

import type { Hash, Hasher } from './hint';
import type { ValueKey } from './value-key';

export class FieldIndex<Query> {
  readonly #hash: (key: ValueKey) => Hash;
  readonly #byKey = new Map<ValueKey, Set<Query>>();
  /** How many keys have a hash. */
  readonly #hashes = new Map<Hash, number>();

  constructor(field: string, hash: Hasher) {
    this.#hash = (key) => hash(field, key);
  }

  add(query: Query, keys: readonly ValueKey[]): void {
    for (const key of new Set(keys)) {
      const queries = this.#byKey.get(key);
      if (queries) {
        queries.add(query);
        continue;
      }
      this.#byKey.set(key, new Set([query]));
      const hash = this.#hash(key);
      this.#hashes.set(hash, (this.#hashes.get(hash) ?? 0) + 1);
    }
  }

  remove(query: Query, keys: readonly ValueKey[]): void {
    for (const key of new Set(keys)) {
      const queries = this.#byKey.get(key);
      if (!queries?.delete(query) || queries.size > 0) continue;
      this.#byKey.delete(key);
      const hash = this.#hash(key);
      const count = (this.#hashes.get(hash) ?? 1) - 1;
      if (count > 0) this.#hashes.set(hash, count);
      else this.#hashes.delete(hash);
    }
  }

  withKey(key: ValueKey): Iterable<Query> {
    return this.#byKey.get(key) ?? [];
  }

  hasKey(key: ValueKey): boolean {
    return this.#byKey.has(key);
  }

  /** @param hash `null`: the value is unknown */
  mayHaveHash(hash: Hash | null): boolean {
    return hash === null ? this.#byKey.size > 0 : this.#hashes.has(hash);
  }

  /** May contain a live query more than once. */
  *all(): Iterable<Query> {
    for (const queries of this.#byKey.values()) yield* queries;
  }
}
