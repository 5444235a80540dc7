/**
 * Authenticates messages with a secret that the nodes of a cluster share, so that others who can publish on the same
 * Redis are not heard.
 *
 * Called by `session.ts`. Pure. A message sent again by somebody else is let through: hearing one twice does no harm.
 */

import { createHmac, timingSafeEqual } from 'node:crypto';

/** Characters of a SHA-256 in base64url. */
const MAC_LENGTH = 43;
/** Checked first: as bytes to be compared, other characters could pass for these. */
const SEALED = /^[\w-]{43}\./;

export class Seal {
  readonly #secret: string;
  readonly #channel: string;

  /** @param channel part of what is authenticated: a message of another namespace is not valid in this one */
  constructor(secret: string, channel: string) {
    this.#secret = secret;
    this.#channel = channel;
  }

  /** The text with its authentication in front. */
  seal(text: string): string {
    return `${this.mac(text)}.${text}`;
  }

  /** The text that was sealed with the same secret for the same channel; otherwise `undefined`. */
  open(sealed: string): string | undefined {
    if (!SEALED.test(sealed)) return undefined;
    const text = sealed.slice(MAC_LENGTH + 1);
    const given = Buffer.from(sealed.slice(0, MAC_LENGTH), 'latin1');
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
