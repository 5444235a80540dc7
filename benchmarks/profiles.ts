/** CPU profiles of the first and the last node of a site. Called by cell.ts. */

import { join } from 'node:path';
import { type Cell, titleOf } from './matrix';
import type { Site } from './site';

export class Profiles {
  readonly #nodes: Site['nodes'];
  readonly #directory: string;

  constructor({ nodes }: Site, directory: string) {
    // The last node of a partitioned site is not concerned. A site may have only one node.
    this.#nodes = nodes.filter((_, i) => i === 0 || i === nodes.length - 1);
    this.#directory = directory;
  }

  async start(): Promise<void> {
    await Promise.all(this.#nodes.map((node) => node.call('startProfile')));
  }

  /** Writes the profiles to files that are named for the cell. Those of a later round replace them. */
  async stop(cell: Cell): Promise<void> {
    const title = titleOf(cell).replaceAll(/\W+/g, '-');
    const names = [`${title}-first.cpuprofile`, `${title}-last.cpuprofile`];
    await Promise.all(
      this.#nodes.map((node, i) => node.call('stopProfile', join(this.#directory, names[i] ?? ''))),
    );
  }
}
