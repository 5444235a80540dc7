/**
 * Authenticates messages with a secret that the nodes of a cluster share, so that messages of others who can publish on
 * the same Redis are dropped.
 *
 * Called by the publisher and the receiver. A replayed message is accepted: changes are idempotent. No Meteor or
 * Redis imports.
 */

import { createHmac, timingSafeEqual } from 'node:crypto';

/** Characters of a SHA-256 in base64url. */
const MAC_LENGTH = 43;
/** Checked first: as bytes to compare, other characters could be equal to these. */
const SIGNED = /^[\w-]{43}\./;

export class Authenticator {
  readonly #secret: string;
  readonly #channel: string;

  /** @param channel is authenticated too: a message of another namespace is not valid in this one */
  constructor(secret: string, channel: string) {
    this.#secret = secret;
    this.#channel = channel;
  }

  /** Returns the text with its authentication code in front. */
  sign(text: string): string {
    return `${this.mac(text)}.${text}`;
  }

  /** Returns the text that was signed with the same secret for the same channel, else `undefined`. */
  verify(signed: string): string | undefined {
    if (!SIGNED.test(signed)) return undefined;
    const text = signed.slice(MAC_LENGTH + 1);
    const given = Buffer.from(signed.slice(0, MAC_LENGTH), 'latin1');
    return timingSafeEqual(given, Buffer.from(this.mac(text), 'latin1')) ? text : undefined;
  }

  private mac(text: string): string {
    return createHmac('sha256', this.#secret)
      .update(this.#channel)
      .update('\0')
      .update(text)
      .digest('base64url');
  }
}
