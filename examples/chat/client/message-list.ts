/** The messages on the screen, oldest first, each with its latency. Used by the chat. */

import type { Message } from '../imports/messages';

/** The upper limits of a fast and of a fair latency, in ms. People notice delays above 100 ms, and wait above 1 s. */
const FAST_MS = 100;
const FAIR_MS = 1000;
/** A new message scrolls the list when its end is this near, in px. */
const NEAR_END_PX = 80;

export class MessageList {
  readonly #list: HTMLElement;
  readonly #items = new Map<string, { readonly at: number; readonly item: HTMLElement }>();

  #isAtEnd = true;

  constructor(list: HTMLElement) {
    this.#list = list;
    list.addEventListener('scroll', () => {
      this.#isAtEnd = list.scrollHeight - list.scrollTop - list.clientHeight < NEAR_END_PX;
    });
    // An error or a notice makes the list lower: the last message stays in sight.
    new ResizeObserver(() => this.#isAtEnd && this.scrollToEnd()).observe(list);
  }

  /**
   * Adds a message in the order of time.
   *
   * @param isOwn whether the user of this page sent it
   * @param latency from the sender's click to now, in ms; `undefined` when it was sent before this page was opened
   */
  add(message: Message, isOwn: boolean, latency: number | undefined): void {
    this.remove(message._id);
    const list = this.#list;
    const item = render(message, isOwn, latency);
    const at = message.at.getTime();
    const next = [...this.#items.values()].filter((other) => other.at > at).sort((a, b) => a.at - b.at)[0];
    list.insertBefore(item, next?.item ?? null);
    this.#items.set(message._id, { at, item });
    if (this.#isAtEnd || isOwn) this.scrollToEnd();
  }

  private scrollToEnd(): void {
    this.#list.scrollTop = this.#list.scrollHeight;
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
  const speed = latency < FAST_MS ? 'fast' : latency < FAIR_MS ? 'fair' : 'slow';
  const label = part('span', `latency ${speed}`, `${latency.toLocaleString('en')} ms`);
  label.title = 'From the sender’s click to this screen, if both clocks agree';
  return label;
}

function part(tag: string, className: string, text = ''): HTMLElement {
  const element = document.createElement(tag);
  if (className) element.className = className;
  element.textContent = text;
  return element;
}
