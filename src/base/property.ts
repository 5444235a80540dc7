/** Safe access to values of unknown shape: arguments, results and errors of the application's writes. No imports. */

/** Returns a property of an object; `undefined` of anything else. */
export function property(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof property(value, 'then') === 'function';
}

/**
 * Returns whether the driver stores of an object exactly its own properties. Of others it does not: it stores the entries of
 * a `Map`, a binary as one value, and what a method `toBSON` returns.
 */
export function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (!isRecord(value) || typeof value.toBSON === 'function') return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
