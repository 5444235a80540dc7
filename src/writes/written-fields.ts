/**
 * Which fields a write changes and to which scalars, read from its arguments.
 *
 * Called by the mutation table. One-sided: what an operator, pipeline, upsert or replacement leaves open is open.
 * `undefined` is an unknown value everywhere: the driver leaves it out, or stores `null`, by its option `ignoreUndefined`.
 * No Meteor or Redis imports.
 */

import { isPlainObject, property } from '../base/values';
import type { WrittenFields } from '../matching/hint';
import { selectedBy } from '../matching/scope';
import { topField } from '../matching/selector-conditions';
import { keyOf, NULL_KEY, type ValueKey } from '../matching/value-key';

/** How a value in an update's arguments becomes the value of its field. */
type NewKey = (value: unknown) => ValueKey | undefined;

const unknownKey: NewKey = () => undefined;

const OPERATORS: ReadonlyMap<string, NewKey> = new Map<string, NewKey>([
  ['$set', knownKey],
  ['$unset', (value) => (value === undefined ? undefined : NULL_KEY)],
  ...['$inc', '$mul', '$min', '$max', '$currentDate', '$bit', '$rename'].map(withUnknownKey),
  ...['$push', '$pull', '$pullAll', '$addToSet', '$pop'].map(withUnknownKey),
]);

export const REMOVED: WrittenFields = { kind: 'remove', fields: new Map() };

/** Returns all fields of an inserted document; `undefined` when they are unknown. */
export function fieldsOfInsert(document: unknown): WrittenFields | undefined {
  if (!isPlainObject(document)) return undefined;
  return {
    kind: 'insert',
    fields: new Map(Object.entries(document).map(([name, value]) => [name, knownKey(value)])),
  };
}

/** Returns the fields that an update changes; `undefined` when any may change. */
export function fieldsOfUpdate(modifier: unknown, options: unknown): WrittenFields | undefined {
  if (!isPlainObject(modifier) || property(options, 'upsert')) return undefined;
  const operators = Object.entries(modifier);
  if (operators.length === 0) return undefined;
  const fields = new Map<string, ValueKey | undefined>();
  for (const [operator, changes] of operators) {
    const newKey = OPERATORS.get(operator);
    // Any other name is a field of a replacement.
    if (!newKey || !isPlainObject(changes)) return undefined;
    for (const [path, value] of Object.entries(changes)) {
      const field = topField(path);
      // Two operators cannot change one path, but two paths of one field.
      const isOpen = path.includes('.') || fields.has(field);
      fields.set(field, isOpen ? undefined : newKey(value));
      if (operator !== '$rename') continue;
      if (typeof value !== 'string') return undefined;
      fields.set(topField(value), undefined);
    }
  }
  return { kind: 'update', fields };
}

/**
 * Adds to the fields of a write what its selector asks for.
 *
 * @param options by a collation, strings equal others too
 */
export function withSelected(
  fields: WrittenFields | undefined,
  selector: unknown,
  options: unknown,
): WrittenFields | undefined {
  return property(options, 'collation') ? fields : fields && { ...fields, selected: selectedBy(selector) };
}

function knownKey(value: unknown): ValueKey | undefined {
  return value === undefined ? undefined : keyOf(value);
}

function withUnknownKey(operator: string): [string, NewKey] {
  return [operator, unknownKey];
}

/** Options of an update that do not affect which documents match. */
const NEUTRAL_OPTIONS = ['multi', 'arrayFilters'];

/**
 * Returns whether an update changes none of the fields that its selector depends on. A document that matched before the
 * update then matches after it, unless another write has come between, which is a change of its own.
 */
export function keepsMatching([selector, modifier, options = {}]: readonly unknown[]): boolean {
  const affectsMatch = ([name, value]: [string, unknown]) =>
    Boolean(value) && !NEUTRAL_OPTIONS.includes(name);
  if (!isPlainObject(selector) || !isPlainObject(options)) return false;
  if (Object.entries(options).some(affectsMatch)) return false;
  const written = fieldsOfUpdate(modifier, options);
  if (!written) return false;
  // Operators such as `$or` and `$where` may depend on any field.
  return Object.keys(selector).every((name) => !name.startsWith('$') && !written.fields.has(topField(name)));
}
