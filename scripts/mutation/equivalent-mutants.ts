/**
 * Mutants that no test can notice, each with the reason. `npm run mutate` reports them apart, and refuses an entry that has no
 * mutant any more, or that a test has noticed.
 */

export interface EquivalentMutant {
  /** Relative to the repository. */
  readonly file: string;
  /** The source that it replaces and the replacement, as the report shows them. */
  readonly from: string;
  readonly to: string;
  readonly reason: string;
}

export const EQUIVALENT_MUTANTS: readonly EquivalentMutant[] = [];
