/** What has happened in the cluster lately, the newest first: the events of all nodes. Called by `status.ts`. */

import type { NodeEvent } from '../imports/node-status';

/** The list shows so many. */
const MOST = 12;

export class EventList {
  readonly #list: HTMLElement;
  readonly #events = new Map<string, NodeEvent & { readonly node: string }>();
  #shown = '';

  constructor(list: HTMLElement) {
    this.#list = list;
  }

  /** @param events the latest of a node; those that are known already change nothing */
  add(node: string, events: readonly NodeEvent[]): void {
    for (const event of events) this.#events.set(`${node} ${event.at} ${event.text}`, { ...event, node });
  }

  show(): void {
    const latest = [...this.#events].sort(([, a], [, b]) => b.at - a.at).slice(0, MOST);
    const kept = new Set(latest.map(([key]) => key));
    for (const key of this.#events.keys()) if (!kept.has(key)) this.#events.delete(key);
    // Only when it is another: a screen reader reads it aloud.
    const shown = [...kept].join('\n');
    if (shown === this.#shown) return;
    this.#shown = shown;
    this.#list.replaceChildren(...latest.map(([, event]) => render(event)));
  }
}

function render({ at, node, text }: NodeEvent & { readonly node: string }): HTMLElement {
  const item = document.createElement('li');
  const time = document.createElement('time');
  time.dateTime = new Date(at).toISOString();
  time.textContent = new Date(at).toLocaleTimeString('en-GB');
  const name = document.createElement('b');
  name.textContent = node;
  item.append(time, ' ', name, ` ${text}`);
  return item;
}
