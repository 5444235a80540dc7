/**
 * The necessary conditions of a selector: the fields it depends on, and a cover.
 *
 * Used by the query index, and for the fields of writes by selector. One-sided: a condition is returned only if every
 * matching document fulfils it. No Meteor or Redis imports.
 */

import { isPlainObject } from '../base/values';
import { type Cover, coverOf, lightest, type Reading, union } from './path-condition';

export interface SelectorConditions {
  /** The top-level fields that decide whether a document matches; `'any'`: they are unknown. */
  readonly fields: ReadonlySet<string> | 'any';
  /** Conditions of which a matching document fulfils at least one. */
  readonly cover: Cover;
}

const NOTHING_KNOWN: SelectorConditions = { fields: 'any', cover: undefined };

/** How the covers of the parts of a logical operator combine. */
const LOGICAL: ReadonlyMap<string, (covers: readonly Cover[]) => Cover> = new Map([
  ['$and', lightest],
  ['$or', (covers) => (covers.length > 0 ? union(covers) : undefined)],
  ['$nor', () => undefined],
]);

/**
 * Returns the conditions of a selector.
 *
 * @param isCollated whether a collation compares strings: one may then equal others
 */
export function conditionsOf(selector: unknown, isCollated = false): SelectorConditions {
  return conditionsBelow('', selector, isCollated);
}

/** Returns the cover of each part of a selector: a matching document fulfils at least one condition of each. */
export function coversOf(selector: unknown, isCollated: boolean): readonly Cover[] {
  if (!isPlainObject(selector)) return [];
  return Object.entries(selector).flatMap(([name, condition]) => {
    if (name === '$and' && Array.isArray(condition))
      return condition.flatMap((part) => coversOf(part, isCollated));
    return [conditionsBelow('', { [name]: condition }, isCollated).cover];
  });
}

/** Returns the top-level field of a path such as `comments.0.text`. */
export function topField(path: string): string {
  const dot = path.indexOf('.');
  return dot === -1 ? path : path.slice(0, dot);
}

/** @param prefix of the paths that the selector names: it asks elements of arrays */
function conditionsBelow(prefix: string, selector: unknown, isCollated: boolean): SelectorConditions {
  if (!isPlainObject(selector)) return NOTHING_KNOWN;
  const reading: Reading = {
    isCollated,
    coverOfElements: (path, elements) => conditionsBelow(`${path}.`, elements, isCollated).cover,
  };
  const parts = Object.entries(selector).map(([name, condition]): SelectorConditions => {
    const combine = LOGICAL.get(name);
    if (combine) {
      if (!Array.isArray(condition)) return NOTHING_KNOWN;
      const branches = condition.map((branch) => conditionsBelow(prefix, branch, isCollated));
      return { fields: fieldsOf(branches), cover: combine(branches.map(({ cover }) => cover)) };
    }
    // `$where`, `$expr`, `$text`, …
    if (name.startsWith('$')) return NOTHING_KNOWN;
    const path = prefix + name;
    // An element that is an array has indexes, which the path of its array does not reach.
    const isIndex = prefix !== '' && /^[0-9]/.test(name);
    return {
      fields: new Set([topField(path)]),
      cover: isIndex ? undefined : coverOf(path, condition, reading),
    };
  });
  return { fields: fieldsOf(parts), cover: lightest(parts.map(({ cover }) => cover)) };
}

function fieldsOf(parts: readonly SelectorConditions[]): SelectorConditions['fields'] {
  const [first] = parts;
  if (first && parts.length === 1) return first.fields;
  const fields = new Set<string>();
  for (const part of parts) {
    if (part.fields === 'any') return 'any';
    for (const field of part.fields) fields.add(field);
  }
  return fields;
}
