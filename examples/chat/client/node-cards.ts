/** The cards of the nodes: state, numbers and buttons. Called by `status.ts`. */

import type { Column } from './status-history';
import type { NodeCondition, WatchedNode } from './watched-node';

const CONDITIONS: Record<NodeCondition, string> = {
  connected: 'connected',
  disconnected: 'no connection to Redis',
  off: 'Cluster is off',
  unreachable: 'does not answer',
};
const NUMBERS = ['Peers', 'Published', 'Received', 'Read', 'Reads saved', 'Pending', 'Dropped', 'Running'];
const MINUTE_S = 60;
const HOUR_S = 3600;

export type EndNode = (url: string, how: 'stop' | 'kill') => void;

interface Card {
  readonly element: HTMLElement;
  /** Shows that the node has gone. */
  end(): void;
  update(node: WatchedNode, lastSecond: Column | undefined, isChanging: boolean): void;
}

export class NodeCards {
  readonly #list: HTMLElement;
  readonly #end: EndNode | undefined;
  readonly #cards = new Map<string, Card>();

  /** @param end ends a node; without it the cards have no buttons */
  constructor(list: HTMLElement, end: EndNode | undefined) {
    this.#list = list;
    this.#end = end;
  }

  /**
   * Shows these nodes and no others. While the pointer is on a card no card moves, so that no click meets another node's
   * button. A node that has gone keeps its card then, and a new one comes last.
   */
  show(
    nodes: readonly WatchedNode[],
    lastSecond: ReadonlyMap<string, Column>,
    changing: ReadonlySet<string>,
  ): void {
    const isPointedAt = this.#list.matches(':hover');
    for (const [url, card] of this.#cards) {
      if (nodes.some((node) => node.url === url)) continue;
      if (isPointedAt) card.end();
      else this.remove(url, card);
    }
    for (const [index, node] of nodes.entries()) {
      const known = this.#cards.get(node.url);
      const card = known ?? createCard(node, this.#end);
      this.#cards.set(node.url, card);
      if (!isPointedAt) this.place(card, index);
      else if (!known) this.#list.append(card.element);
      card.update(node, lastSecond.get(node.url), changing.has(node.url) || nodes.length === 1);
    }
  }

  private remove(url: string, { element }: Card): void {
    element.remove();
    this.#cards.delete(url);
  }

  /** Only where it is not in its place already: a button that moves loses the focus. */
  private place({ element }: Card, index: number): void {
    const current = this.#list.children[index];
    if (current !== element) this.#list.insertBefore(element, current ?? null);
  }
}

function createCard(node: WatchedNode, end: EndNode | undefined): Card {
  const element = part('li', 'card');
  const title = part('h3', '');
  title.append(part('span', 'dot'), node.name);
  const condition = part('p', 'condition');
  const numbers = document.createElement('dl');
  const values = NUMBERS.map((name) => {
    const value = part('dd', '', '–');
    const pair = document.createElement('div');
    pair.append(part('dt', '', name), value);
    numbers.append(pair);
    return value;
  });
  const actions = part('p', 'actions');
  const link = document.createElement('a');
  link.href = `${node.url}/?name=Tom`;
  link.textContent = 'Chat';
  actions.append(link);
  const buttons = (['stop', 'kill'] as const).map((how) => button(how, node, end));
  if (end) actions.append(...buttons);
  element.append(title, condition, numbers, actions);
  return {
    element,
    end() {
      element.classList.remove('connected');
      condition.textContent = 'has ended';
      for (const value of values) value.textContent = '–';
      for (const each of buttons) each.disabled = true;
    },
    update(latest, lastSecond, isFixed) {
      const { status, condition: current } = latest;
      element.dataset.condition = current;
      element.classList.toggle('connected', current === 'connected');
      element.classList.toggle('busy', (lastSecond?.published ?? 0) + (lastSecond?.read ?? 0) > 0);
      condition.textContent =
        CONDITIONS[current] + (status?.strategy ? ` · strategy ${status.strategy}` : '');
      const { published, received, read, skipped } = status?.counters ?? {};
      const counts = [status?.peers, published, received, read, skipped, status?.pending, status?.dropped];
      const texts = counts.map((value) => (value === undefined ? '–' : value.toLocaleString('en')));
      texts.push(status ? duration(Date.now() - status.startedAt) : '–');
      for (const [index, value] of values.entries()) value.textContent = texts[index] ?? '';
      for (const each of buttons) each.disabled = isFixed;
    },
  };
}

function button(how: 'stop' | 'kill', { url, name }: WatchedNode, end: EndNode | undefined) {
  const element = document.createElement('button');
  element.type = 'button';
  element.className = 'plain';
  element.textContent = how === 'stop' ? 'Stop' : 'Kill';
  element.title = how === 'stop' ? 'SIGTERM: the node leaves' : 'SIGKILL: its peers notice later';
  element.setAttribute('aria-label', `${element.textContent} ${name}`);
  element.addEventListener('click', () => end?.(url, how));
  return element;
}

function duration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < MINUTE_S) return `${seconds} s`;
  return seconds < HOUR_S ? `${Math.floor(seconds / MINUTE_S)} min` : `${Math.floor(seconds / HOUR_S)} h`;
}

function part(tag: string, className: string, text = ''): HTMLElement {
  const element = document.createElement(tag);
  if (className) element.className = className;
  element.textContent = text;
  return element;
}
