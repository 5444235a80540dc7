/** Copies of selectors, for use after the application's call has returned. No Meteor or Redis imports. */

/**
 * Returns a deep copy that later changes by the application do not affect.
 *
 * @throws TypeError for an object that is neither plain nor a value of a database type
 */
export function copySelector(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || value instanceof RegExp) return value;
  if (value instanceof Date) return new Date(value);
  if (Array.isArray(value)) return value.map(copySelector);
  const prototype = Object.getPrototypeOf(value);
  if (prototype === Object.prototype || prototype === null) {
    return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, copySelector(part)]));
  }
  // Values of the driver's types and ObjectIDs are immutable.
  if ('_bsontype' in value || 'toHexString' in value) return value;
  throw new TypeError('an object of an unknown class');
}
