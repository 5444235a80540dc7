// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are texts of the source

/**
 * Rules of hints and of the index, each broken by a replacement in the source. The theorem has to find every one.
 *
 * Used by `break-rules.ts`. A text that the source does not contain ends the script: a rule that has moved must be found again.
 */

export interface BrokenRule {
  readonly name: string;
  /** Below `src/`. */
  readonly file: string;
  readonly from: string;
  readonly to: string;
  /** Source that the replacement needs, appended to the file. */
  readonly append?: string;
}

const WRITTEN = 'writes/written-fields.ts';
const CONDITIONS = 'matching/selector-conditions.ts';
const COVER = 'matching/path-condition.ts';
const ENTRY = 'matching/query-entry.ts';
const PATH_INDEX = 'matching/path-index.ts';
const TREE = 'matching/path-tree.ts';
const KEY = 'matching/value-key.ts';
const HINT = 'matching/hint.ts';

/** Turns dates into keys that differ for equal dates. */
const IDENTITIES = `
const identities = new WeakMap<object, number>();
let identityCount = 0;
function identityOf(value: object): number {
  const known = identities.get(value) ?? (identityCount += 1);
  identities.set(value, known);
  return known;
}
`;

export const BROKEN_RULES: readonly BrokenRule[] = [
  {
    name: 'a replacement is taken for an update without fields',
    file: WRITTEN,
    from: 'if (!newKey || !isPlainObject(changes)) return undefined;',
    to: 'if (!newKey) continue; if (!isPlainObject(changes)) return undefined;',
  },
  {
    name: '`$unset` of `undefined` is taken for `null`',
    file: WRITTEN,
    from: '(value) => (value === undefined ? undefined : NULL_KEY)',
    to: '() => NULL_KEY',
  },
  {
    name: '`$set` of `undefined` is taken for `null`',
    file: WRITTEN,
    from: 'value === undefined ? undefined : keyOf(value)',
    to: 'keyOf(value)',
  },
  {
    name: 'the operand of an operator may be a `Map`',
    file: WRITTEN,
    from: '!newKey || !isPlainObject(changes)',
    to: "!newKey || typeof changes !== 'object' || !changes",
  },
  {
    name: 'the target of `$rename` is forgotten',
    file: WRITTEN,
    from: 'fields.set(topField(value), undefined);',
    to: '',
  },
  {
    name: 'the hash of a nested path is kept',
    file: WRITTEN,
    from: "path.includes('.') || fields.has(field)",
    to: 'fields.has(field)',
  },
  {
    name: '`$inc` is hashed',
    file: WRITTEN,
    from: "...['$inc', '$mul',",
    to: "['$inc', knownKey], ...['$mul',",
  },
  {
    name: 'an upsert has a hint',
    file: WRITTEN,
    from: "|| property(options, 'upsert')",
    to: "|| property(options, 'never')",
  },
  {
    name: 'a look-up trusts logical operators',
    file: WRITTEN,
    from: "!name.startsWith('$') && ",
    to: '',
  },
  {
    name: 'elements of an array in a document are forgotten',
    file: PATH_INDEX,
    from: 'values.flat()',
    to: '[...values]',
  },
  {
    name: 'elements of an array in a hint are forgotten',
    file: KEY,
    from: 'if (value === null) return NULL_KEY;',
    to: "if (value === null) return NULL_KEY; if (Array.isArray(value)) return 'a';",
  },
  {
    name: '`null` does not equal a missing field of a document',
    file: KEY,
    from: "case 'undefined':\n      return NULL_KEY;",
    to: "case 'undefined':\n      return 'missing';",
  },
  {
    name: '`null` does not equal a missing field of an insert',
    file: TREE,
    from: 'for (const field of this.#nullable) if (!hashes.has(field)) return true;',
    to: '',
  },
  {
    name: '`-0` does not equal `0`',
    file: KEY,
    from: '`n${value}`',
    to: "`n${Object.is(value, -0) ? '-0' : value}`",
  },
  {
    name: 'dates are equal by identity',
    file: KEY,
    from: '`d${time}`',
    to: '`d${identityOf(value)}`',
    append: IDENTITIES,
  },
  {
    name: 'the two classes of ObjectIDs are never equal',
    file: KEY,
    from: '`o${value.toHexString()}`',
    to: '`o${String(value)}`',
  },
  {
    name: 'a string that looks like an ObjectID is named as one',
    file: 'meteor/ids.ts',
    from: "typeof id === 'string' ? stringifyId(id)",
    to: "typeof id === 'string' ? id",
  },
  {
    name: 'an object of an unknown class equals nothing',
    file: KEY,
    from: 'if (Array.isArray(value)) return true;',
    to: "if (typeof value === 'object') return true;",
  },
  {
    name: '`{}` equals no date',
    file: KEY,
    from: 'isPlainObject(value) && Object.keys(value).length > 0',
    to: 'isPlainObject(value)',
  },
  {
    name: 'a merged hint keeps the first hash',
    file: HINT,
    from: 'left !== undefined && left === right ? left : null',
    to: 'left ?? right ?? null',
  },
  {
    name: 'a merged hint keeps the fields of the first write',
    file: HINT,
    from: '[...a.fields.keys(), ...b.fields.keys()]',
    to: '[...a.fields.keys()]',
  },
  {
    name: 'an insert and an update are merged',
    file: HINT,
    from: "a.kind !== b.kind || a.kind === 'insert'",
    to: "a.kind === 'remove'",
  },
  {
    name: 'the fields of a sort are forgotten where there is a limit',
    file: ENTRY,
    from: "if (fields === 'any' || !hasLimit) return { cover, coverFields, fields };",
    to: 'if (fields || sort || hasLimit) return { cover, coverFields, fields };',
  },
  {
    name: 'a collation is ignored',
    file: ENTRY,
    from: 'conditionsOf(selector, collation !== undefined)',
    to: 'conditionsOf(selector)',
  },
  {
    name: 'a branch of `$or` is taken for one of `$and`',
    file: CONDITIONS,
    from: '(covers.length > 0 ? union(covers) : undefined)',
    to: 'lightest(covers)',
  },
  {
    name: 'a branch of `$nor` is taken for one of `$and`',
    file: CONDITIONS,
    from: "['$nor', () => undefined]",
    to: "['$nor', lightest]",
  },
  {
    name: 'a nested path of a selector is taken for its field',
    file: COVER,
    from: "path.split('.')",
    to: "path.split('.').slice(0, 1)",
  },
  {
    name: 'the fields of logical operators are forgotten',
    file: CONDITIONS,
    from: 'return { fields: fieldsOf(branches),',
    to: 'return { fields: new Set(),',
  },
  {
    name: 'only the first value of `$in` counts',
    file: COVER,
    from: 'union(values.map((value)',
    to: 'union(values.slice(0, 1).map((value)',
  },
  {
    name: '`$in` ignores patterns',
    file: COVER,
    from: 'return known.length === covers.length ? known.flat() : undefined;',
    to: 'return known.flat();',
  },
];
