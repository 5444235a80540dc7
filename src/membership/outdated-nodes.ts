/**
 * Nodes of which authentic heartbeats keep arriving that were signed at another time: their clocks are wrong, or this node's
 * is. Their messages are dropped, and they drop those of this node.
 *
 * The receiver passes in what it drops, `connectivity.ts` decides what it means. Recorded heartbeats of a known node do not
 * count, as their numbers are not higher. The time is passed in. No Meteor or Redis imports.
 */

/** The most nodes remembered: as many as peers. */
const MAX_NODES = 1000;

/** A heartbeat that was dropped. */
export interface OutdatedHeartbeat {
  readonly heartbeat: number;
  /** By how much the clock of its node is ahead of this node's, in ms. */
  readonly aheadMs: number;
  /** When it arrived, on a clock that never goes back. */
  readonly at: number;
  /** How long its node may be silent, in ms. */
  readonly timeoutMs: number;
}

interface OutdatedNode extends OutdatedHeartbeat {
  /** Whether it has followed an earlier one in time. A single one may have been recorded. */
  readonly isSteady: boolean;
}

export class OutdatedNodes {
  /** In the order of their last heartbeats. */
  readonly #nodes = new Map<string, OutdatedNode>();

  /** @param lastHeartbeat the number of the last heartbeat of the node that was valid; 0: none */
  receive(node: string, heartbeat: OutdatedHeartbeat, lastHeartbeat: number): void {
    const known = this.#nodes.get(node);
    if (heartbeat.heartbeat <= Math.max(lastHeartbeat, known?.heartbeat ?? 0)) return;
    const isSteady = known !== undefined && heartbeat.at - known.at <= heartbeat.timeoutMs;
    this.#nodes.delete(node);
    this.#nodes.set(node, { ...heartbeat, isSteady });
    const [oldest] = this.#nodes.keys();
    if (this.#nodes.size > MAX_NODES && oldest !== undefined) this.#nodes.delete(oldest);
  }

  /** Called when a message of the node was valid. */
  forget(node: string): void {
    this.#nodes.delete(node);
  }

  /** Returns by how much the clocks of these nodes are ahead, in ms, in ascending order. */
  differences(now: number): number[] {
    const steady = [...this.#nodes.values()].filter(
      (node) => node.isSteady && now - node.at <= node.timeoutMs,
    );
    return steady.map(({ aheadMs }) => aheadMs).sort((a, b) => a - b);
  }
}
