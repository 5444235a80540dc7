/**
 * The indexes of all paths that conditions name, as a tree of their segments.
 *
 * Owned by the query index. A document is walked along the tree, so paths that it does not have cost nothing. Nor do they
 * when their last live query has been removed: nodes without live queries are deleted. No Meteor or Redis imports.
 */

import { isPlainObject } from '../base/values';
import type { Hash, Hasher } from './hint';
import type { PathCondition } from './path-condition';
import { PathIndex } from './path-index';
import { valuesBelow } from './path-values';
import { isScalar } from './value-key';

export class PathTree<Query> {
  readonly #hash: Hasher;
  readonly #path: readonly string[];
  #index: PathIndex<Query> | undefined;
  readonly #children = new Map<string, PathTree<Query>>();
  /** The children below which a condition asks for `null`: a document without them can fulfil it. */
  readonly #nullable = new Set<string>();

  constructor(hash: Hasher, path: readonly string[] = []) {
    this.#hash = hash;
    this.#path = path;
  }

  /** The segments below this one. */
  get segments(): Iterable<string> {
    return this.#children.keys();
  }

  get isEmpty(): boolean {
    return this.#index === undefined && this.#children.size === 0;
  }

  add(query: Query, condition: PathCondition): void {
    const segment = condition.path[this.#path.length];
    if (segment === undefined) {
      this.#index ??= new PathIndex((key) => this.#hash(this.#path.join('.'), key));
      this.#index.add(query, condition);
      return;
    }
    const child = this.#children.get(segment) ?? new PathTree<Query>(this.#hash, [...this.#path, segment]);
    this.#children.set(segment, child);
    child.add(query, condition);
    this.update(segment, child);
  }

  remove(query: Query, condition: PathCondition): void {
    const segment = condition.path[this.#path.length];
    if (segment === undefined) {
      this.#index?.remove(query, condition);
      if (this.#index?.isEmpty) this.#index = undefined;
      return;
    }
    const child = this.#children.get(segment);
    if (!child) return;
    child.remove(query, condition);
    this.update(segment, child);
  }

  /**
   * Returns whether an inserted document can fulfil a condition.
   *
   * @param hashes of all its fields; `null`: unknown
   */
  mayMatchInsert(hashes: ReadonlyMap<string, Hash | null>): boolean {
    for (const [field, hash] of hashes) if (this.mayMatchField(field, hash)) return true;
    for (const field of this.#nullable) if (!hashes.has(field)) return true;
    return false;
  }

  /**
   * Returns whether a document can fulfil a condition on a field or below it.
   *
   * @param hash of the field's value; `null`: unknown
   */
  mayMatchField(field: string, hash: Hash | null): boolean {
    const child = this.#children.get(field);
    if (!child) return false;
    // A scalar has no fields.
    return hash === null || child.#nullable.size > 0 || (child.#index?.mayHaveHash(hash) ?? false);
  }

  /** Adds the live queries that an object here can concern. */
  collect(object: Readonly<Record<string, unknown>>, into: Set<Query>): void {
    for (const [name, value] of Object.entries(object)) this.#children.get(name)?.collectValue(value, into);
    for (const name of this.#nullable) {
      if (!Object.hasOwn(object, name)) this.#children.get(name)?.collectMissing(into);
    }
  }

  private collectValue(value: unknown, into: Set<Query>): void {
    this.#index?.collect([value], into);
    if (this.#children.size === 0) return;
    if (isPlainObject(value)) this.collect(value, into);
    else if (Array.isArray(value)) this.collectBelow(value, this.#path.length, into);
    else if (isScalar(value)) this.collectMissingBelow(into);
    else this.collectAllBelow(into);
  }

  /** Conditions on one path may be fulfilled by different elements, so the values of each path are taken together. */
  private collectBelow(array: readonly unknown[], depth: number, into: Set<Query>): void {
    for (const child of this.#children.values()) {
      child.#index?.collect(valuesBelow(array, child.#path.slice(depth)), into);
      child.collectBelow(array, depth, into);
    }
  }

  private collectMissing(into: Set<Query>): void {
    this.#index?.collectMissing(into);
    this.collectMissingBelow(into);
  }

  private collectMissingBelow(into: Set<Query>): void {
    for (const name of this.#nullable) this.#children.get(name)?.collectMissing(into);
  }

  private collectAllBelow(into: Set<Query>): void {
    for (const child of this.#children.values()) {
      child.#index?.collectAll(into);
      child.collectAllBelow(into);
    }
  }

  private update(segment: string, child: PathTree<Query>): void {
    if (child.isEmpty) this.#children.delete(segment);
    if (child.#nullable.size > 0 || child.#index?.hasNull) this.#nullable.add(segment);
    else this.#nullable.delete(segment);
  }
}
