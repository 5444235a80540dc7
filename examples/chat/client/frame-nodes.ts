/** Which node each chat of the side-by-side page is on. Called by `side-by-side.ts`. Touches nothing. */

/**
 * Returns a node for each chat. A chat stays where it is while that node runs, and moves where both would be on one node
 * although another runs.
 *
 * @param current the node of each chat; `undefined` for one that has none yet
 * @param running the running nodes, at least one
 */
export function nodesOfFrames(
  current: readonly (string | undefined)[],
  running: readonly string[],
): (string | undefined)[] {
  const taken = new Set<string>();
  const kept = current.map((node) => {
    if (node === undefined || !running.includes(node) || taken.has(node)) return undefined;
    taken.add(node);
    return node;
  });
  return kept.map((node) => {
    if (node !== undefined) return node;
    const free = running.find((each) => !taken.has(each)) ?? running[0];
    if (free !== undefined) taken.add(free);
    return free;
  });
}
