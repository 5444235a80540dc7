/**
 * How many live queries depend on each field, grouped by the fields of their covers.
 *
 * Owned by the query index, which asks it about updates. Live queries of an application have few forms, so the groups are few
 * where the live queries are many. No Meteor or Redis imports.
 */

/** The top-level fields of a cover; `undefined`: there is no cover. */
export type CoverFields = readonly string[] | undefined;

interface Group {
  readonly coverFields: CoverFields;
  count: number;
}

/** By the names of the fields of the cover. */
type Groups = Map<string | undefined, Group>;

export class Dependents {
  readonly #byField = new Map<string, Groups>();
  /** Live queries that may depend on any field. */
  readonly #onAny: Groups = new Map();

  add(fields: ReadonlySet<string> | 'any', coverFields: CoverFields): void {
    if (fields === 'any') count(this.#onAny, coverFields, 1);
    else for (const field of fields) count(this.groupsOf(field), coverFields, 1);
  }

  remove(fields: ReadonlySet<string> | 'any', coverFields: CoverFields): void {
    if (fields === 'any') count(this.#onAny, coverFields, -1);
    else {
      for (const field of fields) {
        const groups = this.groupsOf(field);
        count(groups, coverFields, -1);
        if (groups.size === 0) this.#byField.delete(field);
      }
    }
  }

  /** Returns whether a group that depends on one of the fields passes a test. */
  some(fields: Iterable<string>, test: (coverFields: CoverFields) => boolean): boolean {
    for (const { coverFields } of this.#onAny.values()) if (test(coverFields)) return true;
    for (const field of fields) {
      for (const { coverFields } of this.#byField.get(field)?.values() ?? [])
        if (test(coverFields)) return true;
    }
    return false;
  }

  private groupsOf(field: string): Groups {
    const groups = this.#byField.get(field) ?? new Map();
    this.#byField.set(field, groups);
    return groups;
  }
}

function count(groups: Groups, coverFields: CoverFields, difference: 1 | -1): void {
  const name = coverFields?.join('\0');
  const group = groups.get(name) ?? { coverFields, count: 0 };
  group.count += difference;
  if (group.count > 0) groups.set(name, group);
  else groups.delete(name);
}
