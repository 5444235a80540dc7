/**
 * Which fields the live queries of one collection need, so that a read asks for these only.
 *
 * Owned by a collection feed. One projection for all live queries of the collection: it does not depend on which of them
 * are concerned. No Meteor or Redis imports.
 */

export type Projection = Readonly<Record<string, unknown>>;

export class Projections {
  /** How many live queries need each projection, by its JSON. */
  readonly #counts = new Map<string, { readonly fields: readonly string[] | 'all'; count: number }>();
  #union: Projection | undefined;

  /** @param projection what a driver needs; `undefined` or anything but a list of included fields: everything */
  add(projection: Projection | undefined): void {
    const key = JSON.stringify(projection ?? {});
    const known = this.#counts.get(key) ?? { fields: includedFields(projection), count: 0 };
    known.count += 1;
    this.#counts.set(key, known);
    this.#union = undefined;
  }

  remove(projection: Projection | undefined): void {
    const key = JSON.stringify(projection ?? {});
    const known = this.#counts.get(key);
    if (!known) return;
    known.count -= 1;
    if (known.count === 0) this.#counts.delete(key);
    this.#union = undefined;
  }

  /** The fields that all of them need together; empty: whole documents. */
  get union(): Projection {
    this.#union ??= this.computeUnion();
    return this.#union;
  }

  private computeUnion(): Projection {
    const fields = new Set<string>();
    for (const { fields: needed } of this.#counts.values()) {
      if (needed === 'all') return {};
      for (const field of needed) fields.add(field);
    }
    // MongoDB refuses a field together with a part of it.
    const isCovered = (field: string) => {
      const parts = field.split('.');
      return parts.some((_part, n) => fields.has(parts.slice(0, n).join('.')));
    };
    return Object.fromEntries([...fields].filter((field) => !isCovered(field)).map((field) => [field, 1]));
  }
}

function includedFields(projection: Projection | undefined): readonly string[] | 'all' {
  const entries = Object.entries(projection ?? {});
  const isInclusion = entries.length > 0 && entries.every(([, value]) => value === 1 || value === true);
  return isInclusion ? entries.map(([field]) => field) : 'all';
}
