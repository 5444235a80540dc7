/** Writes of the status page while its switch is on: each through one node, to a document that another node watches. */

import { SLOTS } from '../imports/traffic';
import type { WatchedNode } from './watched-node';

/** Ten a second: visible one by one, and no load for a small machine. */
const INTERVAL_MS = 100;

export class Traffic {
  readonly #nodes: () => readonly WatchedNode[];
  #timer: ReturnType<typeof setInterval> | undefined;
  #written = 0;

  /** @param nodes returns the nodes that can be written through now */
  constructor(nodes: () => readonly WatchedNode[]) {
    this.#nodes = nodes;
  }

  /** Starts or stops it. */
  turn(on: boolean): void {
    clearInterval(this.#timer);
    this.#timer = on ? setInterval(() => this.write(), INTERVAL_MS) : undefined;
  }

  private write(): void {
    const nodes = this.#nodes();
    const writer = nodes[Math.floor(Math.random() * nodes.length)];
    const reader = nodes[this.#written % nodes.length];
    if (!writer || !reader) return;
    const slot = Math.floor(this.#written / nodes.length) % SLOTS;
    this.#written += 1;
    // A node that stops just now loses the write; the next one goes through another.
    writer.write({ node: reader.url, slot }).catch(() => {});
  }
}
