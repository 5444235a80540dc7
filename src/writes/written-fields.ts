/**
 * Which fields a write changes and to which scalars, read from its arguments.
 *
 * Called by the mutation table. One-sided: what an operator, pipeline, upsert or replacement leaves open is open.
 * No Meteor or Redis imports.
 */

import type { WrittenFields } from '../matching/hint';
import { topField } from '../matching/selector-conditions';
import { keyOf, NULL_KEY, type ValueKey } from '../matching/value-key';
import { isRecord, property } from '../values/property';

/** Operators whose fields have an unknown value afterwards. */
const OPEN_OPERATORS = [
  ...['$inc', '$mul', '$min', '$max', '$currentDate', '$bit', '$rename'],
  ...['$push', '$pull', '$pullAll', '$addToSet', '$pop'],
];

export const REMOVED: WrittenFields = { kind: 'remove', fields: new Map() };

/** Returns all fields of an inserted document. */
export function fieldsOfInsert(document: unknown): WrittenFields | undefined {
  if (!isRecord(document)) return undefined;
  return {
    kind: 'insert',
    fields: new Map(Object.entries(document).map(([name, value]) => [name, keyOf(value)])),
  };
}

/** Returns the fields that an update changes; `undefined` when any may change. */
export function fieldsOfUpdate(modifier: unknown, options: unknown): WrittenFields | undefined {
  if (!isRecord(modifier) || property(options, 'upsert')) return undefined;
  const operators = Object.entries(modifier);
  if (operators.length === 0) return undefined;
  const fields = new Map<string, ValueKey | undefined>();
  for (const [operator, changes] of operators) {
    if (!isRecord(changes)) return undefined;
    for (const [path, value] of Object.entries(changes)) {
      const key = newKey(operator, path, value);
      if (key === 'not understood') return undefined;
      const field = topField(path);
      // Two operators cannot change one path, but two paths of one field.
      fields.set(field, fields.has(field) ? undefined : key.key);
      if (operator === '$rename') fields.set(topField(String(value)), undefined);
    }
  }
  return { kind: 'update', fields };
}

function newKey(
  operator: string,
  path: string,
  value: unknown,
): { key: ValueKey | undefined } | 'not understood' {
  const isNested = path.includes('.');
  // The driver leaves out `undefined`, so the field keeps its value.
  if (operator === '$set') return { key: isNested || value === undefined ? undefined : keyOf(value) };
  if (operator === '$unset') return { key: isNested ? undefined : NULL_KEY };
  return OPEN_OPERATORS.includes(operator) ? { key: undefined } : 'not understood';
}
