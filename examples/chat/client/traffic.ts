/** Messages that the status page sends while its switch is on: each through one node, for the room of another. */

import type { WatchedNode } from './watched-node';

/** Ten a second: visible one by one, and no load for a small machine. */
const INTERVAL_MS = 100;

export class Traffic {
  readonly #nodes: () => readonly WatchedNode[];
  #timer: ReturnType<typeof setInterval> | undefined;
  #sent = 0;

  /** @param nodes returns the nodes that can be written through now */
  constructor(nodes: () => readonly WatchedNode[]) {
    this.#nodes = nodes;
  }

  /** Starts or stops it. */
  turn(on: boolean): void {
    clearInterval(this.#timer);
    this.#timer = on ? setInterval(() => this.send(), INTERVAL_MS) : undefined;
  }

  private send(): void {
    const nodes = this.#nodes();
    const writer = nodes[Math.floor(Math.random() * nodes.length)];
    const reader = nodes[this.#sent % nodes.length];
    if (!writer || !reader) return;
    this.#sent += 1;
    // A node that stops just now loses the message; the next one goes through another.
    writer.send(reader.room, `Message ${this.#sent}`).catch(() => {});
  }
}
