/** The writes of the application that have begun and not ended. Owned by the cluster session. No imports of Meteor or Redis. */

import { Deferred } from '../base/time';

export class WritesInProgress {
  readonly #writes = new Set<Deferred>();

  get isEmpty(): boolean {
    return this.#writes.size === 0;
  }

  /** @returns ends the write */
  begin(): () => void {
    const write = new Deferred();
    this.#writes.add(write);
    return () => {
      this.#writes.delete(write);
      write.resolve();
    };
  }

  /** Resolves when all writes that are in progress now have ended. */
  async ended(): Promise<void> {
    await Promise.all([...this.#writes].map(({ promise }) => promise));
  }
}
