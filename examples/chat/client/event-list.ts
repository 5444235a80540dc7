/**
 * The latest events of all nodes and of the launcher, the newest first. Called by `status.ts`.
 *
 * Nodes that note the same at about the same time share a line.
 */

import type { DemoEvent } from '../imports/demo-state';
import type { NodeEvent, NodeStatus } from '../imports/node-status';

/** The list shows so many lines. */
const MOST = 8;
/** Nodes note the same within a heartbeat or two. */
const SAME_MS = 3000;

interface Line {
  readonly at: number;
  readonly event: NodeEvent;
  readonly nodes: Set<string>;
}

export class EventList {
  readonly #list: HTMLElement;
  /** The names of the nodes, those of nodes that have gone too, by their names on the channel. */
  readonly #names = new Map<string, string>();
  /** The time of the latest event that was taken of each node. */
  readonly #taken = new Map<string, number>();
  #lines: Line[] = [];
  #shown = '';

  constructor(list: HTMLElement) {
    this.#list = list;
  }

  /** Adds the events of a node that are not known yet. */
  addNode({ _id, name, nodeId, events, names }: NodeStatus): void {
    for (const [id, peer] of Object.entries(names)) this.#names.set(id, peer);
    this.#names.set(nodeId, name);
    this.add(
      _id,
      events.map((event) => ({ ...event, name })),
    );
  }

  /** Adds the events of the launcher that are not known yet. */
  addDemo(events: readonly DemoEvent[]): void {
    this.add('', events);
  }

  private add(source: string, events: readonly (NodeEvent & { readonly name: string })[]): void {
    const known = this.#taken.get(source) ?? 0;
    for (const event of events) {
      if (event.at <= known) continue;
      const same = this.#lines.find((line) => isSame(line, event));
      if (same) same.nodes.add(event.name);
      else this.#lines.push({ at: event.at, event, nodes: new Set([event.name]) });
    }
    this.#taken.set(source, Math.max(known, ...events.map(({ at }) => at)));
    this.#lines = this.#lines.sort((a, b) => b.at - a.at).slice(0, MOST);
  }

  show(): void {
    const items = this.#lines.map((line) => render(line, this.#names));
    // Only when it is another: a screen reader reads it aloud.
    const shown = items.map(({ textContent }) => textContent).join('\n');
    if (shown === this.#shown) return;
    this.#shown = shown;
    this.#list.replaceChildren(...items);
  }
}

function isSame({ at, event }: Line, other: NodeEvent): boolean {
  return event.text === other.text && event.peer === other.peer && Math.abs(at - other.at) < SAME_MS;
}

function render({ at, event, nodes }: Line, names: ReadonlyMap<string, string>): HTMLElement {
  const item = document.createElement('li');
  const time = document.createElement('time');
  time.dateTime = new Date(at).toISOString();
  time.textContent = new Date(at).toLocaleTimeString('en-GB');
  const who = document.createElement('b');
  who.textContent = [...nodes].sort().join(', ');
  const peer = event.peer ? (names.get(event.peer) ?? event.peer) : '';
  item.append(time, ' ', who, ' ', `${event.text} ${peer}`.trim());
  return item;
}
