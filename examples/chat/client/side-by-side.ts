/** Two chats next to each other: Tom's on the first node, Jerry's on the second. Called by `main.ts`. */

import type { NodeState } from '../imports/node-state';
import { ClusterSwitch } from './cluster-switch';
import { element } from './element';
import { nodesOfFrames } from './frame-nodes';
import { followNode } from './node';
import { followRunningNodes } from './running-nodes';

const USERS = ['Tom', 'Jerry'];

export function showSideBySide(page: HTMLElement): void {
  document.title = `${USERS.join(' and ')} – ${document.title}`;
  const clusterSwitch = new ClusterSwitch(page);
  let isOpen = false;
  followNode((state) => {
    clusterSwitch.show(state);
    if (isOpen) return;
    isOpen = true;
    new Frames(page, state).open();
  });
}

class Frames {
  readonly #page: HTMLElement;
  readonly #state: NodeState;
  readonly #frames = USERS.map(createFrame);
  #nodes: readonly (string | undefined)[] = USERS.map(() => undefined);
  #running: readonly string[] = [];

  constructor(page: HTMLElement, state: NodeState) {
    this.#page = page;
    this.#state = state;
  }

  /** Shows the chats, and follows the nodes that run from now on. */
  open(): void {
    element(this.#page, '[data-frames]', HTMLElement).append(...this.#frames);
    followRunningNodes(this.#state, (running) => this.show(running));
  }

  private show(running: readonly string[]): void {
    if (running.length === 0 || running.join() === this.#running.join()) return;
    this.#running = running;
    const own = this.#state._id;
    // The node of this page has gone: the switch would show what it said last.
    if (this.#state.control && !running.includes(own)) {
      location.replace(`${running[0]}${location.pathname}${location.search}`);
      return;
    }
    const nodes = nodesOfFrames(this.#nodes, running);
    for (const [index, frame] of this.#frames.entries()) {
      if (nodes[index] !== this.#nodes[index]) frame.src = addressOf(nodes[index] ?? '', frame.title);
    }
    this.#nodes = nodes;
    showLinks(element(this.#page, '[data-nodes]', HTMLElement), running);
  }
}

function createFrame(user: string): HTMLIFrameElement {
  const frame = document.createElement('iframe');
  frame.title = user;
  return frame;
}

function addressOf(node: string, user: string): string {
  const parameters = new URLSearchParams(location.search);
  parameters.set('name', user);
  parameters.set('embedded', '');
  return `${node}/?${parameters}`;
}

function showLinks(footer: HTMLElement, nodes: readonly string[]): void {
  const links = nodes.map((url) => {
    const link = document.createElement('a');
    link.href = url;
    link.textContent = new URL(url).port || new URL(url).hostname;
    return link;
  });
  footer.replaceChildren(nodes.length === 1 ? '1 node ' : `${nodes.length} nodes `, ...links);
}
