/**
 * The shared parts of the tests of a topology, such as nodes, started at the first use.
 *
 * The suites run topology after topology, so what belongs to one is stopped when that of another is asked for. The rest
 * ends with this process.
 */

import { Scope } from './scope';
import type { Topology } from './topologies';

export class PerTopology<Shared> {
  readonly #start: (topology: Topology, scope: Scope) => Promise<Shared>;
  #topology: Topology['name'] | undefined;
  #scope = new Scope();
  #shared: Promise<Shared> | undefined;

  constructor(start: (topology: Topology, scope: Scope) => Promise<Shared>) {
    this.#start = start;
  }

  /** @throws what starting has thrown; the next call starts anew */
  async get(topology: Topology): Promise<Shared> {
    if (this.#topology !== topology.name || !this.#shared) {
      const last = this.#scope;
      const scope = new Scope();
      this.#topology = topology.name;
      this.#scope = scope;
      this.#shared = last.close().then(() => this.#start(topology, scope));
    }
    try {
      return await this.#shared;
    } catch (error) {
      this.#shared = undefined;
      throw error;
    }
  }
}
