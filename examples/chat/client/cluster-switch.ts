/** The switch that turns Cluster on and off on every node. Used by both pages. */

import { DDP } from 'meteor/ddp';
import type { NodeState } from '../imports/node-state';
import { element, reasonOf, setNotice } from './element';
import { runningNodes } from './running-nodes';

/** How long a node may take to respond, in ms: above the 10 s for which it waits for Redis. */
const DEADLINE_MS = 15_000;

/** How long a notice is shown that only says what has happened, in ms. */
const NEWS_MS = 8000;

const OFF = 'Cluster is off: a message reaches the other nodes when they poll, after up to 10 s.';
const AWAY = 'No connection to Redis: a message reaches the other nodes when they poll, after up to 10 s.';
const BACK = 'Redis is back: a message reaches the other nodes at once.';

export class ClusterSwitch {
  readonly #page: HTMLElement;
  readonly #input: HTMLInputElement;
  readonly #notice: HTMLElement;
  #state: NodeState | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** @param page contains the switch and the notice below it, and gets the class `away` while there is no Redis */
  constructor(page: HTMLElement) {
    this.#page = page;
    this.#input = element(page, '[data-cluster]', HTMLInputElement);
    this.#notice = element(page, '[data-notice]', HTMLElement);
    this.#input.addEventListener('change', () => void this.set(this.#input.checked));
  }

  /** Shows the node's state. */
  show(state: NodeState): void {
    const wasAway = this.#state !== undefined && isAway(this.#state);
    this.#state = state;
    this.#input.checked = state.cluster;
    this.#input.disabled = false;
    this.#page.classList.toggle('away', isAway(state));
    this.notify(noticeOf(state));
    if (wasAway && state.connected) this.notify(BACK, NEWS_MS);
  }

  // Not `#` methods: Meteor's compiler supports private fields, but no private methods.
  private async set(on: boolean): Promise<void> {
    const state = this.#state;
    if (!state) return;
    this.#input.disabled = true;
    const nodes = await runningNodes(state);
    const results = await Promise.allSettled(nodes.map((url) => setCluster(url, on)));
    // The latest state that the node published: the request may have failed.
    this.show(this.#state ?? state);
    const failures = results.filter((result) => result.status === 'rejected');
    if (failures.length > 0) this.notify(failures.map(({ reason }) => reasonOf(reason)).join(' '), NEWS_MS);
  }

  /** @param forMs after which the notice is again that of the node's state */
  private notify(text: string, forMs?: number): void {
    clearTimeout(this.#timer);
    setNotice(this.#notice, text);
    if (forMs === undefined) return;
    this.#timer = setTimeout(() => setNotice(this.#notice, this.#state ? noticeOf(this.#state) : ''), forMs);
  }
}

/** Returns whether Cluster is on, and without Redis. */
export function isAway({ cluster, connected }: NodeState): boolean {
  return cluster && !connected;
}

function noticeOf(state: NodeState): string {
  if (!state.cluster) return OFF;
  return isAway(state) ? AWAY : '';
}

async function setCluster(url: string, on: boolean): Promise<void> {
  const connection = DDP.connect(url);
  let timer: ReturnType<typeof setTimeout> | undefined;
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Error(`${url} did not respond within ${DEADLINE_MS / 1000} s.`)),
      DEADLINE_MS,
    );
  });
  try {
    await Promise.race([connection.callAsync('setCluster', on), deadline]);
  } finally {
    clearTimeout(timer);
    connection.disconnect();
  }
}
