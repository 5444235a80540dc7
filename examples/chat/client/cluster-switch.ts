/** The switch that turns Cluster on and off, on every node at once. Used by both pages. */

import { DDP } from 'meteor/ddp';
import type { NodeState } from '../imports/node-state';
import { element, reasonOf, setNotice } from './element';

/** How long a node may take to answer, in ms. */
const DEADLINE = 5000;

const OFF =
  'Cluster is off: what is written on one node shows on the others when they poll, after up to 10 s.';

export class ClusterSwitch {
  readonly #input: HTMLInputElement;
  readonly #notice: HTMLElement;
  #state: NodeState | undefined;

  /** @param page holds the switch and the line that says what is the matter */
  constructor(page: HTMLElement) {
    this.#input = element(page, '[data-cluster]', HTMLInputElement);
    this.#notice = element(page, '[data-notice]', HTMLElement);
    this.#input.addEventListener('change', () => void this.set(this.#input.checked));
  }

  /** Brings the switch in line with the node. */
  show(state: NodeState): void {
    this.#state = state;
    this.#input.checked = state.cluster;
    this.#input.disabled = false;
    setNotice(this.#notice, state.cluster ? '' : OFF);
  }

  // Not a `#` method: Meteor's compiler takes private fields, but no private methods.
  private async set(on: boolean): Promise<void> {
    const { nodes = [] } = this.#state ?? {};
    this.#input.disabled = true;
    const results = await Promise.allSettled(nodes.map((url) => setCluster(url, on)));
    // What the node itself says by now, whether it is what was asked for or not.
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
      () => reject(new Error(`${url} did not answer within ${DEADLINE / 1000} s.`)),
      DEADLINE,
    );
  });
  try {
    await Promise.race([connection.callAsync('setCluster', on), deadline]);
  } finally {
    clearTimeout(timer);
    connection.disconnect();
  }
}
