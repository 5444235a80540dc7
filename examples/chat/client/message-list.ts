/** The messages on the screen, oldest first, each with the time it took to get here. Used by the chat. */

import type { Message } from '../imports/messages';

/** Longest times, in ms, that count as fast and as fair; a person notices what is above. */
const FAST = 100;
const FAIR = 1000;
/** This near to the end, in px, a reader wants to see what comes next. */
const NEAR_END = 80;

export class MessageList {
  readonly #list: HTMLElement;
  readonly #items = new Map<string, { readonly at: number; readonly item: HTMLElement }>();

  constructor(list: HTMLElement) {
    this.#list = list;
  }

  /**
   * @param isOwn whether the user of this page has written it
   * @param latency from the sender's click to now, in ms; undefined for what was there before
   */
  add(message: Message, isOwn: boolean, latency: number | undefined): void {
    this.remove(message._id);
    const list = this.#list;
    const isAtEnd = list.scrollHeight - list.scrollTop - list.clientHeight < NEAR_END;
    const item = render(message, isOwn, latency);
    const at = message.at.getTime();
    const next = [...this.#items.values()].filter((other) => other.at > at).sort((a, b) => a.at - b.at)[0];
    list.insertBefore(item, next?.item ?? null);
    this.#items.set(message._id, { at, item });
    if (isAtEnd || isOwn) list.scrollTop = list.scrollHeight;
  }

  remove(id: string): void {
    this.#items.get(id)?.item.remove();
    this.#items.delete(id);
  }
}

function render({ name, text, at }: Message, isOwn: boolean, latency: number | undefined): HTMLElement {
  const item = document.createElement('li');
  if (isOwn) item.className = 'own';
  const line = part('p', 'meta');
  const time = part('time', '', at.toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' }));
  time.setAttribute('datetime', at.toISOString());
  line.append(part('b', '', name), time);
  if (latency !== undefined) line.append(badge(latency));
  item.append(line, part('p', 'text', text));
  return item;
}

function badge(latency: number): HTMLElement {
  const speed = latency < FAST ? 'fast' : latency < FAIR ? 'fair' : 'slow';
  const label = part('span', `latency ${speed}`, `${latency.toLocaleString('en')} ms`);
  label.title = 'From the sender’s click to this screen, both clocks taken to agree';
  return label;
}

function part(tag: string, className: string, text = ''): HTMLElement {
  const element = document.createElement(tag);
  if (className) element.className = className;
  element.textContent = text;
  return element;
}
