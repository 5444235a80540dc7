/**
 * Finds the known name that a misspelt one is nearest to, for errors.
 *
 * Called by `settings.ts`. No imports.
 */

/** `syncAll` is so far from `sync`, and two letters in the wrong order are two faults. */
const MAX_FAULTS = 3;

/**
 * Returns the known name nearest to `name`, without regard to upper case; `undefined` when none is near. Half of the letters at
 * least have to be right.
 */
export function nearestName(name: string, known: readonly string[]): string | undefined {
  const [nearest] = known
    .map((candidate) => ({ candidate, faults: editDistance(name.toLowerCase(), candidate.toLowerCase()) }))
    .filter(({ faults }) => faults <= Math.min(MAX_FAULTS, name.length / 2))
    .toSorted((a, b) => a.faults - b.faults);
  return nearest?.candidate;
}

/** Returns how many letters have to be added, removed or replaced (Levenshtein). */
function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (const [index, letter] of [...from].entries()) {
    const next = [index + 1];
    for (const [column, other] of [...to].entries()) {
      const replaced = (row[column] ?? 0) + (letter === other ? 0 : 1);
      next.push(Math.min(replaced, (row[column + 1] ?? 0) + 1, (next[column] ?? 0) + 1));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}
