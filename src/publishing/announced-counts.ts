/**
 * Chooses the counts of a heartbeat: those that have changed since they were announced, and others in turn. So a heartbeat
 * stays small with any number of collections, and every count is announced again and again.
 *
 * Owned by the publisher. No Meteor or Redis imports.
 */

import type { Counts } from '../protocol/message';

/**
 * The most counts of a heartbeat: about 1.3 KB with names of 31 characters. An application with fewer collections
 * announces all of them each time. Every node receives every heartbeat, so the bytes grow with the square of the nodes.
 */
export const MAX_COUNTS = 32;
/** The most of them that have changed, so that others have their turn while many collections are written to. */
const MAX_CHANGED = 24;

/** The most counts of one of the last messages: with the longest names, 400 take 106 KB of the 128 KB of a message. */
const MAX_LAST_COUNTS = 400;

/** Returns all counts above 0 in pieces that fit into messages; at least one piece. */
export function inPieces(counts: Counts): Counts[] {
  const written = [...counts].filter(([, count]) => count > 0);
  const pieces = Math.max(1, Math.ceil(written.length / MAX_LAST_COUNTS));
  return Array.from(
    { length: pieces },
    (_, n) => new Map(written.slice(n * MAX_LAST_COUNTS, (n + 1) * MAX_LAST_COUNTS)),
  );
}

export class AnnouncedCounts {
  /** The last announced count of each collection, the one first that was announced the longest ago. */
  readonly #announced = new Map<string, number>();

  /**
   * Returns the counts of the next heartbeat.
   *
   * @param current how many changes of each synced collection were published
   */
  next(current: Counts): Counts {
    const known = [...this.#announced.keys()].filter((name) => current.has(name));
    const names = [...[...current.keys()].filter((name) => !this.#announced.has(name)), ...known];
    const isChanged = (name: string) => (this.#announced.get(name) ?? 0) !== current.get(name);
    const chosen = new Set(names.filter(isChanged).slice(0, MAX_CHANGED));
    for (const name of names) {
      if (chosen.size >= MAX_COUNTS) break;
      chosen.add(name);
    }
    const counts = new Map([...chosen].map((name): [string, number] => [name, current.get(name) ?? 0]));
    for (const [name, count] of counts) {
      this.#announced.delete(name);
      this.#announced.set(name, count);
    }
    return counts;
  }
}
