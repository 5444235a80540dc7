/**
 * Writes by selector, whose ids are looked up after the commit.
 *
 * Another write may have moved a document out of the selector before the look-up, which misses it then. The change of that
 * other write names the document. No Meteor or Redis imports.
 */

import { type Hint, MAX_FIELDS, mergeHints } from './hint';

/** Describes the documents that a look-up may have missed. */
export interface LookedUp {
  /** The top-level fields that the selector depends on; `undefined`: any. */
  readonly selected?: readonly string[] | undefined;
  /** The changed fields of these documents; `undefined`: anything may have changed. */
  readonly hint?: Hint | undefined;
}

/** Returns what holds for the documents of both writes. One that is `undefined` adds nothing. */
export function mergeLookedUp(a: LookedUp | undefined, b: LookedUp | undefined): LookedUp | undefined {
  if (!a || !b) return a ?? b;
  return { selected: union(a.selected, b.selected), hint: mergeHints(a.hint, b.hint) };
}

function union(a: LookedUp['selected'], b: LookedUp['selected']): LookedUp['selected'] {
  if (!a || !b) return undefined;
  const fields = [...new Set([...a, ...b])];
  return fields.length > MAX_FIELDS ? undefined : fields;
}
