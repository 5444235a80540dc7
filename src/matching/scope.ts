/**
 * Scopes: what is known of a write whose documents are not named. A scope has the changed fields, and says which documents may
 * have changed.
 *
 * A change of a whole collection may have some. A node finds by them which of its live queries the write can concern, so that
 * the others need not run again. Never a value: scalars are hashed. `docs/architecture.md` has the argument. No Meteor or
 * Redis imports.
 */

import {
  decodeHint,
  type Equality,
  encodeHint,
  type Hash,
  type Hasher,
  type Hint,
  hintOf,
  isHash,
  isHashed,
  isNameable,
  type Selected,
  type WrittenFields,
} from './hint';
import type { Cover, PathCondition } from './path-condition';
import { valuesBelow } from './path-values';
import type { QueryEntry } from './query-entry';
import { conditionsOf, coversOf } from './selector-conditions';
import { isOpenValue, keyOf, NULL_KEY, type ValueKey } from './value-key';

export interface Scope {
  /** Of an update or a remove. */
  readonly hint: Hint;
  readonly selected: Selected<Hash>;
}

/** The most scalars of a scope, and the most scopes of a change: with more, they would outweigh what they save. */
const MAX_SCALARS = 32;
export const MAX_SCOPES = 4;

/** Returns the equalities that the selector of a write asks for. */
export function selectedBy(selector: unknown): Selected<ValueKey> {
  const { cover } = conditionsOf(selector);
  if (!cover) return undefined;
  const equalities = cover.map(({ path, keys }) => ({ path: path.join('.'), scalars: keys }));
  return cover.every(isOfScalars) && countOf(equalities) <= MAX_SCALARS ? equalities : undefined;
}

/** A database may take more values for missing ones than the matcher does. */
function isOfScalars({ keys, ranges, isPresent, order }: PathCondition): boolean {
  if (ranges.length > 0 || isPresent || order) return false;
  return keys.every((key) => key !== NULL_KEY && isHashed(key));
}

/** Returns the scope of a write; `undefined` when nothing can be said. */
export function scopeOf(written: WrittenFields, hash: Hasher): Scope | undefined {
  const { kind, selected } = written;
  const hint = kind === 'insert' ? undefined : hintOf(written, hash);
  const isSelected = selected && isNameable(selected.map(({ path }) => path));
  const hashed = ({ path, scalars }: Equality<ValueKey>) => ({
    path,
    scalars: scalars.map((key) => hash(path, key)),
  });
  return hint && { hint, selected: isSelected ? selected.map(hashed) : undefined };
}

/** Returns whether a document that a live query does not hold can belong to its result after such a write. */
export function mayEnter({ fields, cover, shape }: QueryEntry, hint: Hint, hash: Hasher): boolean {
  if (hint.kind === 'remove') return false;
  const decides = (field: string) => fields === 'any' || fields.has(field);
  if (![...hint.fields.keys()].some(decides)) return false;
  const mayFulfilSome = (conditions: Cover) =>
    conditions?.some((condition) => mayFulfil(condition, hint, hash)) ?? true;
  // The index needs one cover. Here each part of the selector counts: the write may change another field than that one's.
  return mayFulfilSome(cover) && coversOf(shape.selector, shape.collation !== undefined).every(mayFulfilSome);
}

function mayFulfil(
  { path, keys, ranges, isPresent, order }: PathCondition,
  hint: Hint,
  hash: Hasher,
): boolean {
  const [field = ''] = path;
  const written = hint.fields.get(field);
  // The field is unchanged, or its new value unknown.
  if (written === undefined || written === null) return true;
  if (path.length > 1 || ranges.length > 0 || isPresent || order || keys.length > MAX_SCALARS) return true;
  return keys.some((key) => isHashed(key) && hash(field, key) === written);
}

/** Returns whether a document may be one of those that a write has selected, by its state before the write. */
export function mayBeSelected(document: object, selected: Selected<Hash>, hash: Hasher): boolean {
  return selected?.some((equality) => mayEqual(document, equality, hash)) ?? true;
}

function mayEqual(document: object, { path, scalars }: Equality<Hash>, hash: Hasher): boolean {
  return valuesBelow([document], path.split('.'))
    .flatMap((value): readonly unknown[] => (Array.isArray(value) ? value : [value]))
    .some((value) => {
      const key = keyOf(value);
      if (key === undefined) return isOpenValue(value);
      return isHashed(key) && scalars.includes(hash(path, key));
    });
}

/** Encodes scopes for a message. */
export function encodeScopes(scopes: readonly Scope[]): unknown {
  return scopes.map(({ hint, selected }) => [
    encodeHint(hint),
    selected?.map(({ path, scalars }) => [path, scalars]) ?? 0,
  ]);
}

/** Decodes the scopes of a message. Of an invalid value nothing is known: any document may have changed. */
export function decodeScopes(value: unknown): readonly Scope[] | undefined {
  if (!Array.isArray(value) || value.length === 0 || value.length > MAX_SCOPES) return undefined;
  const scopes = value.map(decodeScope);
  return scopes.every((scope) => scope !== undefined) ? scopes : undefined;
}

function decodeScope(value: unknown): Scope | undefined {
  if (!Array.isArray(value) || value.length !== 2) return undefined;
  const [written, equalities]: unknown[] = value;
  const hint = decodeHint(written);
  if (!hint || hint.kind === 'insert') return undefined;
  if (equalities === 0) return { hint, selected: undefined };
  if (!Array.isArray(equalities)) return undefined;
  const selected = equalities.map(decodeEquality);
  if (!selected.every((equality) => equality !== undefined)) return undefined;
  const isBounded = countOf(selected) <= MAX_SCALARS && isNameable(selected.map(({ path }) => path));
  return isBounded ? { hint, selected } : undefined;
}

function decodeEquality(value: unknown): Equality<Hash> | undefined {
  if (!Array.isArray(value) || value.length !== 2) return undefined;
  const [path, scalars]: unknown[] = value;
  if (typeof path !== 'string' || !Array.isArray(scalars) || !scalars.every(isHash)) return undefined;
  return { path, scalars };
}

function countOf(equalities: readonly Equality<unknown>[]): number {
  return equalities.reduce((count, { scalars }) => count + scalars.length, 0);
}
