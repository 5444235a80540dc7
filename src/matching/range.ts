/**
 * Ranges of numbers, strings and dates: the values that `$gt`, `$gte`, `$lt`, `$lte` or a pattern allow.
 *
 * Used by the conditions of selectors and by the index of a path. One-sided: both ends belong to a range. By MongoDB's type
 * bracketing a range holds values of one type only. No Meteor or Redis imports.
 */

/** The types that have an order here. Decimals and 64-bit integers are of unknown classes to the index. */
export type Bracket = 'number' | 'string' | 'date';
/** A date is its time. */
export type Point = number | string;

export interface Range {
  readonly bracket: Bracket;
  /** `undefined`: without an end. */
  readonly low: Point | undefined;
  readonly high: Point | undefined;
}

const LOWER = ['$gt', '$gte'];
const UPPER = ['$lt', '$lte'];
/** Options that leave the beginning of the matched text as the pattern states it. */
const NEUTRAL_FLAGS = /^[dgsuy]*$/;
/** A character that stands for itself, or an escaped one that is no class, and the quantifier behind it. */
const LITERAL = /([\w\s:@/#=,;"'&%~!<>-]|\\[^\w\s])([*?{]?)/y;
const LAST_CODE = 0xffff;

/** Returns the bracket of a value; `undefined`: it has no order here. */
export function bracketOf(value: unknown): Bracket | undefined {
  if (typeof value === 'string') return 'string';
  if (typeof value === 'number') return Number.isNaN(value) ? undefined : 'number';
  return value instanceof Date && !Number.isNaN(value.getTime()) ? 'date' : undefined;
}

/** Returns the place of a value in the order of its bracket. */
export function pointOf(value: unknown): Point | undefined {
  if (value instanceof Date) return value.getTime();
  return typeof value === 'string' || typeof value === 'number' ? value : undefined;
}

/**
 * Returns the range that the comparisons among operators allow.
 *
 * Different elements of an array may fulfil them, so the index asks whether a range meets the interval of all elements. For
 * the same reason `{$gt: 5, $lt: 3}` is a range: it meets the interval of `[2, 6]`.
 *
 * @returns `undefined`: they exclude nothing, as far as the index understands
 */
export function rangeOfComparisons(operators: Readonly<Record<string, unknown>>): Range | undefined {
  const ends = Object.entries(operators).filter(
    ([name, value]) => [...LOWER, ...UPPER].includes(name) && bracketOf(value) !== undefined,
  );
  // Elements of different types may fulfil comparisons of different types: one type is enough.
  const bracket = bracketOf(ends[0]?.[1]);
  if (!bracket) return undefined;
  const points = (names: readonly string[]) =>
    ends
      .filter(([name, value]) => names.includes(name) && bracketOf(value) === bracket)
      .map(([, value]) => pointOf(value) as Point);
  const low = points(LOWER).reduce<Point | undefined>(
    (one, two) => (one === undefined || two > one ? two : one),
    undefined,
  );
  const high = points(UPPER).reduce<Point | undefined>(
    (one, two) => (one === undefined || two < one ? two : one),
    undefined,
  );
  return { bracket, low, high };
}

/**
 * Returns the range of the strings that a pattern can match: those with the text that it begins with.
 *
 * @returns `undefined`: a matching string may begin with anything
 */
export function rangeOfPattern(source: string, flags: string): Range | undefined {
  // Any part of alternatives may match.
  if (!source.startsWith('^') || source.includes('|') || !NEUTRAL_FLAGS.test(flags)) return undefined;
  const prefix = literalPrefix(source);
  return prefix === '' ? undefined : { bracket: 'string', low: prefix, high: successorOf(prefix) };
}

function literalPrefix(source: string): string {
  let prefix = '';
  LITERAL.lastIndex = 1;
  for (let found = LITERAL.exec(source); found; found = LITERAL.exec(source)) {
    const [, character = '', quantifier] = found;
    // The character may be missing.
    if (quantifier) break;
    prefix += character.at(-1);
  }
  return prefix;
}

/** Returns a string that follows all strings with a prefix; `undefined`: none is known. */
function successorOf(prefix: string): string | undefined {
  const code = prefix.charCodeAt(prefix.length - 1);
  return code < LAST_CODE ? prefix.slice(0, -1) + String.fromCharCode(code + 1) : undefined;
}
