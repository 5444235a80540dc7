/**
 * Rules of the conditions that the index knows beside equality: ranges, patterns, nested paths, elements, presence. Each is
 * broken by a replacement in the source, and the theorem has to find every one.
 *
 * Used by `break-rules.ts`.
 */

import type { BrokenRule } from './broken-rules';

const COVER = 'matching/path-condition.ts';
const CONDITIONS = 'matching/selector-conditions.ts';
const RANGE = 'matching/range.ts';
const INTERVALS = 'matching/interval-index.ts';
const KEYS = 'matching/key-index.ts';
const PATH_INDEX = 'matching/path-index.ts';
const TREE = 'matching/path-tree.ts';
const VALUES = 'matching/path-values.ts';
const WINDOW = 'matching/window.ts';

export const BROKEN_CONDITIONS: readonly BrokenRule[] = [
  {
    name: 'a range leaves out its ends',
    file: INTERVALS,
    from: 'node.high === undefined || node.high >= least',
    to: 'node.high === undefined || node.high > least',
  },
  {
    name: 'a range without a lower end leaves out what is below it',
    file: INTERVALS,
    from: 'if (node.low !== undefined && node.low > greatest) return;',
    to: 'if (node.low === undefined || node.low > greatest) return;',
  },
  {
    name: 'a range without an upper end is forgotten among others',
    file: INTERVALS,
    from: 'if (!child || node.maxHigh === undefined) continue;',
    to: 'if (!child || child.maxHigh === undefined) continue;',
  },
  {
    name: 'a range in reverse excludes everything',
    file: INTERVALS,
    from: 'if (node.high === undefined || node.high >= least)',
    to: 'if (node.high === undefined || (node.high >= least && !(node.low !== undefined && node.low > node.high)))',
  },
  {
    name: 'one element of an array has to lie in a range',
    file: PATH_INDEX,
    from: 'if (least !== undefined && greatest !== undefined) intervals.collect(least, greatest, into);',
    to: 'for (const point of points) intervals.collect(point, point, into);',
  },
  {
    name: 'comparisons of different types are one range',
    file: RANGE,
    from: 'names.includes(name) && bracketOf(value) === bracket',
    to: 'names.includes(name)',
  },
  {
    name: 'the ends of a range are mixed up',
    file: RANGE,
    from: "const LOWER = ['$gt', '$gte'];",
    to: "const LOWER = ['$gt', '$lte'];",
  },
  {
    name: 'a pattern of alternatives has the prefix of the first',
    file: RANGE,
    from: "|| source.includes('|')",
    to: '',
  },
  {
    name: 'a pattern has a prefix without its anchor',
    file: RANGE,
    from: "!source.startsWith('^') || ",
    to: '',
  },
  {
    name: 'a pattern that ignores case has a prefix',
    file: RANGE,
    from: '/^[dgsuy]*$/',
    to: '/^[dgisuy]*$/',
  },
  {
    name: 'a pattern of many lines has a prefix',
    file: RANGE,
    from: '/^[dgsuy]*$/',
    to: '/^[dgmsuy]*$/',
  },
  {
    name: 'the flags beside a pattern are ignored',
    file: COVER,
    from: 'options ?? property(pattern',
    to: 'property(pattern',
  },
  {
    name: 'a character of a pattern that may be missing belongs to its prefix',
    file: RANGE,
    from: 'if (quantifier) break;',
    to: '',
  },
  {
    name: 'a prefix is a whole string',
    file: RANGE,
    from: 'high: successorOf(prefix)',
    to: 'high: prefix',
  },
  {
    name: 'a value of `$all` is taken for a pattern of another',
    file: COVER,
    from: 'return value instanceof RegExp ? ofPattern(at, value.source, value.flags) : ofValue(at, value);',
    to: "return value instanceof RegExp ? ofValue(at, '') : ofValue(at, value);",
  },
  {
    name: 'objects in an array on the way are forgotten',
    file: VALUES,
    from: 'if (isPlainObject(element)) walk(element[segment], path, from + 1, values);',
    to: 'if (isPlainObject(element)) continue;',
  },
  {
    name: 'an index in a path is forgotten',
    file: VALUES,
    from: '/^[0-9]+$/.test(segment) &&',
    to: "segment === 'never' &&",
  },
  {
    name: 'each way of a path has to fulfil all its conditions',
    file: TREE,
    from: 'child.#index?.collect(valuesBelow(array, child.#path.slice(depth)), into);',
    to: 'for (const value of valuesBelow(array, child.#path.slice(depth))) child.#index?.collect([value], into);',
  },
  {
    name: 'an array on the way ends a path',
    file: TREE,
    from: 'else if (Array.isArray(value)) this.collectBelow(value, this.#path.length, into);',
    to: 'else if (Array.isArray(value)) return;',
  },
  {
    name: 'a nested path below a scalar is not `null`',
    file: TREE,
    from: 'else if (isScalar(value)) this.collectMissingBelow(into);',
    to: 'else if (isScalar(value)) return;',
  },
  {
    name: 'a nested path below a missing field is not `null`',
    file: TREE,
    from: 'this.#index?.collectMissing(into);\n    this.collectMissingBelow(into);',
    to: 'this.#index?.collectMissing(into);',
  },
  {
    name: 'a value of an unknown class on the way hides what is below it',
    file: TREE,
    from: 'else this.collectAllBelow(into);',
    to: '',
  },
  {
    name: 'a hash decides about conditions below its field',
    file: TREE,
    from: 'hash === null || child.#nullable.size > 0 ||',
    to: 'hash === null ||',
  },
  {
    name: 'an unknown value fulfils no condition',
    file: TREE,
    from: 'hash === null || child.#nullable.size > 0 ||',
    to: 'child.#nullable.size > 0 || hash !== null &&',
  },
  {
    name: 'a hash decides about a range',
    file: PATH_INDEX,
    from: 'this.#ranges.size > 0 ||',
    to: '',
  },
  {
    name: 'a hash decides about presence',
    file: PATH_INDEX,
    from: 'this.#present.size > 0 ||',
    to: '',
  },
  {
    name: 'the hash of a key that is not hashed yet is of none',
    file: KEYS,
    from: 'this.hashKey(key);\n    }\n    return this.#hashes.has(hash);',
    to: 'this.hashKey(key);\n      break;\n    }\n    return this.#hashes.has(hash);',
  },
  {
    name: 'an element without an object has no fields to exclude by',
    file: COVER,
    from: "return '$elemMatch' in operand ? undefined : coverOf(at.path, operand, at.reading);",
    to: 'return coverOf(at.path, operand, at.reading);',
  },
  {
    name: 'an index of an element is a segment of the path of its array',
    file: CONDITIONS,
    from: "prefix !== '' && /^[0-9]/.test(name)",
    to: "prefix === '' && name === 'never'",
  },
  {
    name: 'a nested path that is not `null` is present',
    file: COVER,
    from: 'value === null && at.segments.length === 1',
    to: 'value === null',
  },
  {
    name: 'a nested path that is missing is `null`',
    file: COVER,
    from: 'if (at.segments.length > 1) return undefined;',
    to: '',
  },
  {
    name: '`null` is not present',
    file: PATH_INDEX,
    from: 'values.some((value) => value !== undefined)',
    to: 'values.some((value) => value !== undefined && value !== null)',
  },
  {
    name: '`$exists: false` asks for a value',
    file: COVER,
    from: 'return isPresent ? ofPresence(at) : ofMissing(at);',
    to: 'return ofPresence(at);',
  },
  {
    name: 'an inherited name is a path',
    file: COVER,
    from: 'if (segments.some((segment) => segment in {})) return undefined;',
    to: '',
  },
  {
    name: 'a window excludes what sorts before it',
    file: WINDOW,
    from: "direction === (isList ? 'asc' : 1)",
    to: "direction === (isList ? 'desc' : -1)",
  },
  {
    name: 'a window compares by the second key of its sort',
    file: WINDOW,
    from: 'Object.entries(sort)[0]',
    to: 'Object.entries(sort).at(-1)',
  },
  {
    name: 'a window ignores a collation',
    file: WINDOW,
    from: '!key || collation !== undefined',
    to: '!key',
  },
  {
    name: 'a window takes the ends of a range of another field',
    file: WINDOW,
    from: "condition.path.join('.') === path.join('.')",
    to: 'path.length > 0',
  },
  {
    name: 'a window excludes values of other types',
    file: PATH_INDEX,
    from: 'else intervals.collectAll(into);',
    to: '',
  },
  {
    name: 'a window excludes documents without its field',
    file: PATH_INDEX,
    from: 'this.#keys.has(NULL_KEY) || this.#orders.size > 0',
    to: 'this.#keys.has(NULL_KEY)',
  },
  {
    name: 'a window compares the first of several values',
    file: PATH_INDEX,
    from: 'others.length === 0 ? bracketOf(value) : undefined',
    to: 'others.length >= 0 ? bracketOf(value) : undefined',
  },
  {
    name: 'a hash decides about a window',
    file: PATH_INDEX,
    from: 'this.#orders.size > 0 ||',
    to: '',
  },
];
