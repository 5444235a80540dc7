/** The nodes that run now. Called by the switch and by the side-by-side page. */

import type { NodeState } from '../imports/node-state';
import { DemoControl } from './demo-control';

/** How often the launcher is asked, in ms. */
const INTERVAL_MS = 1000;

/** Returns their URLs: from the launcher, where there is one, otherwise all that the node knows. */
export async function runningNodes({ control, nodes }: NodeState): Promise<readonly string[]> {
  if (!control) return nodes;
  try {
    const demo = await new DemoControl(control).state();
    return demo.nodes.filter(({ isChanging }) => !isChanging).map(({ url }) => url);
  } catch {
    // The launcher has ended, with the nodes.
    return nodes;
  }
}

/** Calls back with them now, and every second where there is a launcher. */
export function followRunningNodes(state: NodeState, show: (nodes: readonly string[]) => void): void {
  void runningNodes(state).then(show);
  if (state.control) setInterval(() => void runningNodes(state).then(show), INTERVAL_MS);
}
