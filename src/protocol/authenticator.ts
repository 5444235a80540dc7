/**
 * Authenticates messages with a secret that the nodes of a cluster share. Messages of others who can publish on the same
 * Redis are dropped. A signed message carries its time. Receivers accept it for ten minutes, and remember former peers for
 * longer, so they ignore a recorded one.
 *
 * Called by the publisher and the receiver. The time is passed in. No Meteor or Redis imports.
 */

import { createHmac, timingSafeEqual } from 'node:crypto';

/** `<HMAC-SHA-256 in base64url>.<seconds since the epoch>.<text>`. Checked first: as bytes, other characters could be equal. */
const SIGNED = /^([\w-]{43})\.(\d{1,11})\.(.*)$/s;
/** How old a message may be, and how much the clocks of two nodes may differ, in ms. */
export const MAX_AGE_MS = 600_000;
/** The characters in front of a text, at most. */
export const MAX_OVERHEAD = 43 + 1 + 11 + 1;

/** The first one signs, all are accepted. */
export type Secrets = readonly [string, ...string[]];

export type Verification =
  /** `isFirst`: by the first secret, with which this node signs. */
  | { readonly kind: 'authentic'; readonly text: string; readonly isFirst: boolean }
  | { readonly kind: 'foreign' }
  /** Signed with a secret, at another time. `aheadMs`: by how much that time is ahead of this node's clock. */
  | { readonly kind: 'outdated'; readonly text: string; readonly aheadMs: number };

export class Authenticator {
  readonly #secrets: Secrets;
  readonly #channel: string;

  /**
   * @param channel is authenticated too: a message of another namespace is not valid in this one
   */
  constructor(secrets: Secrets, channel: string) {
    this.#secrets = secrets;
    this.#channel = channel;
  }

  /**
   * Returns the text with its authentication code and the time in front.
   *
   * @param now in ms since the epoch
   */
  sign(text: string, now: number): string {
    const signed = `${Math.floor(now / 1000)}.${text}`;
    return `${this.mac(this.#secrets[0], signed)}.${signed}`;
  }

  /** Verifies that a text was signed with one of the secrets, for the same channel, about now. */
  verify(given: string, now: number): Verification {
    const [, mac, seconds, text] = SIGNED.exec(given) ?? [];
    if (mac === undefined || seconds === undefined || text === undefined) return { kind: 'foreign' };
    const bytes = Buffer.from(mac, 'latin1');
    const signed = `${seconds}.${text}`;
    const index = this.#secrets.findIndex((secret) =>
      timingSafeEqual(bytes, Buffer.from(this.mac(secret, signed), 'latin1')),
    );
    if (index < 0) return { kind: 'foreign' };
    const aheadMs = Number(seconds) * 1000 - now;
    if (Math.abs(aheadMs) > MAX_AGE_MS) return { kind: 'outdated', text, aheadMs };
    return { kind: 'authentic', text, isFirst: index === 0 };
  }

  private mac(secret: string, signed: string): string {
    return createHmac('sha256', secret).update(this.#channel).update('\0').update(signed).digest('base64url');
  }
}
