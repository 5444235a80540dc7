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
