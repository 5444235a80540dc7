/** Two chats next to each other: Tom's on the first node, Jerry's on the second. Called by `main.ts`. */

import type { NodeState } from '../imports/node-state';
import { ClusterSwitch } from './cluster-switch';
import { element } from './element';
import { followNode } from './node';

const USERS = ['Tom', 'Jerry'];

export function showSideBySide(page: HTMLElement): void {
  document.title = `${USERS.join(' and ')} – ${document.title}`;
  const clusterSwitch = new ClusterSwitch(page);
  let hasFrames = false;
  followNode((state) => {
    clusterSwitch.show(state);
    if (hasFrames) return;
    hasFrames = true;
    addFrames(page, state);
  });
}

function addFrames(page: HTMLElement, { nodes }: NodeState): void {
  const frames = USERS.map((user, index) => {
    const frame = document.createElement('iframe');
    frame.title = user;
    const parameters = new URLSearchParams(location.search);
    parameters.set('name', user);
    parameters.set('embedded', '');
    // With a single node, both chats are on it.
    frame.src = `${nodes[index] ?? nodes[0]}/?${parameters}`;
    return frame;
  });
  element(page, '[data-frames]', HTMLElement).append(...frames);
  const links = nodes.map((url) => {
    const link = document.createElement('a');
    link.href = url;
    link.textContent = new URL(url).port || new URL(url).hostname;
    return link;
  });
  element(page, '[data-nodes]', HTMLElement).append(`${nodes.length} nodes `, ...links);
}
