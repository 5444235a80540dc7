/** The switch that turns Cluster on and off on every node. Used by both pages. */

import { DDP } from 'meteor/ddp';
import type { NodeState } from '../imports/node-state';
import { element, reasonOf, setNotice } from './element';

/** How long a node may take to respond, in ms: above the 10 s for which it waits for Redis. */
const DEADLINE_MS = 15_000;

const OFF = 'Cluster is off: a message reaches the other nodes when they poll, after up to 10 s.';

export class ClusterSwitch {
  readonly #input: HTMLInputElement;
  readonly #notice: HTMLElement;
  #state: NodeState | undefined;

  /** @param page contains the switch and the notice below it */
  constructor(page: HTMLElement) {
    this.#input = element(page, '[data-cluster]', HTMLInputElement);
    this.#notice = element(page, '[data-notice]', HTMLElement);
    this.#input.addEventListener('change', () => void this.set(this.#input.checked));
  }

  /** Shows the node's state. */
  show(state: NodeState): void {
    this.#state = state;
    this.#input.checked = state.cluster;
    this.#input.disabled = false;
    setNotice(this.#notice, state.cluster ? '' : OFF);
  }

  // Not a `#` method: Meteor's compiler supports private fields, but no private methods.
  private async set(on: boolean): Promise<void> {
    const { nodes = [] } = this.#state ?? {};
    this.#input.disabled = true;
    const results = await Promise.allSettled(nodes.map((url) => setCluster(url, on)));
    // The latest state that the node published: the request may have failed.
    if (this.#state) this.show(this.#state);
    const failures = results.filter((result) => result.status === 'rejected');
    if (failures.length > 0) {
      setNotice(this.#notice, failures.map(({ reason }) => reasonOf(reason)).join(' '));
    }
  }
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
