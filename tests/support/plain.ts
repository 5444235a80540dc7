/** Values that every Tinytest can compare: Meteor's takes all maps for equal. */

/** Returns a copy with arrays of entries in place of maps, and without properties that are `undefined`. */
export function plain(value: unknown): unknown {
  if (value instanceof Map) return [...value].map(plain);
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([, part]) => part !== undefined);
  return Object.fromEntries(entries.map(([name, part]) => [name, plain(part)]));
}
