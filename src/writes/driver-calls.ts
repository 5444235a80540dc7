/**
 * The call into MongoDB's driver that is being made right now, and the collections that it writes to.
 *
 * One write may pass several wrappers: that of a Meteor collection, and those of driver methods that call each other. The
 * outermost one reports it. Meteor and the driver make these calls before their first `await`, so a variable shows what is
 * inside. A call that is made later is reported once more, which does no harm. An `AsyncLocalStorage` would show such calls
 * too. But on Node 20 and 22 each one slows every promise of the process: `docs/measurements.md`. No Meteor or Redis imports.
 */

import type { OpenTransaction } from './transactions';

export interface DriverCall {
  /** The collections that the outermost wrapper reports, by identity. */
  readonly collections: readonly object[];
  /** The transaction that the write belongs to, once it is known. */
  transaction?: OpenTransaction | undefined;
  /** Whether it has called the driver. */
  isDriverCalled?: boolean;
}

export class DriverCalls {
  #current: DriverCall | undefined;

  /** Makes a call. Writes to its collections before it returns are part of it. */
  run<Result>(call: DriverCall, make: () => Result): Result {
    const outer = this.#current;
    this.#current = call;
    try {
      return make();
    } finally {
      this.#current = outer;
    }
  }

  /** Returns whether the call that is being made reports writes to collections. Called when it calls the driver. */
  reports(collections: readonly object[]): boolean {
    const current = this.#current;
    const isReported = collections.every((collection) => current?.collections.includes(collection));
    if (current && isReported && collections.length > 0) current.isDriverCalled = true;
    return isReported;
  }

  /** Called when the transaction of the call that is being made is known. */
  noteTransaction(find: () => OpenTransaction | undefined): void {
    if (this.#current) this.#current.transaction ??= find();
  }
}
