/**
 * Notices when `status().connected` changes, and emits `connect` and `disconnect`.
 *
 * Owned by a session, which calls `update` wherever the answer may have changed. No Meteor or Redis imports.
 */

import type { ClusterEvents, Emit } from '../observability/events';

export class ConnectionWatch {
  readonly #emit: Emit;
  #isConnected = false;
  #hasBeenConnected = false;

  constructor(emit: Emit) {
    this.#emit = emit;
  }

  /** @param disconnected why the node is disconnected; `undefined`: it is connected */
  update(disconnected: ClusterEvents['disconnect'] | undefined): void {
    const isConnected = disconnected === undefined;
    if (isConnected === this.#isConnected) return;
    const again = this.#hasBeenConnected;
    this.#isConnected = isConnected;
    this.#hasBeenConnected = true;
    if (disconnected === undefined) this.#emit('connect', { again });
    else this.#emit('disconnect', disconnected);
  }
}
