/** The shape of a selector, without values: for logs. No Meteor or Redis imports. */

import { isRecord } from '../../base/values';

/** The deepest part of a selector that is shown. */
const MAX_DEPTH = 6;
/** The most elements shown of an array: branches of `$or`, for example. */
const MAX_ELEMENTS = 8;

/** Returns a selector with the type of each value in its place. */
export function shapeOf(value: unknown, depth = 0): unknown {
  if (depth > MAX_DEPTH) return '…';
  if (Array.isArray(value)) return value.slice(0, MAX_ELEMENTS).map((each) => shapeOf(each, depth + 1));
  if (isPlain(value)) {
    return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, shapeOf(part, depth + 1)]));
  }
  return typeof value === 'object' && value !== null
    ? value.constructor.name
    : value === null
      ? 'null'
      : typeof value;
}

function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  return isRecord(value) && [Object.prototype, null].includes(Object.getPrototypeOf(value));
}
