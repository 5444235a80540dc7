/**
 * Changes that are being published, until their messages come back: a message that has come back was accepted, whether or
 * not Redis' answer arrives.
 *
 * Owned by the publisher. No Meteor or Redis imports.
 */

import { Deferred } from '../base/time';
import type { ChangeMessage } from '../protocol/message';

export class Echoes {
  readonly #expected = new Map<string, Deferred>();

  /** Resolves when the message has come back. */
  expect(message: ChangeMessage): Promise<void> {
    const echo = new Deferred();
    this.#expected.set(keyOf(message), echo);
    return echo.promise;
  }

  isExpected(message: ChangeMessage): boolean {
    return this.#expected.has(keyOf(message));
  }

  /** Called when a message of this node has come back. */
  receive(message: ChangeMessage): void {
    this.#expected.get(keyOf(message))?.resolve();
  }

  /** Called when nobody waits for the message any more. */
  forget(message: ChangeMessage): void {
    this.#expected.delete(keyOf(message));
  }
}

function keyOf({ collection, seq }: ChangeMessage): string {
  return `${collection}\0${seq}`;
}
