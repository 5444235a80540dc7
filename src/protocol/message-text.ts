/** The text of a message, as it is published. Called by `publishing/own-messages.ts` and `broadcasts/exchange.ts`. */

import type { Authenticator } from './authenticator';
import { encode } from './codec';
import type { Message } from './message';

/** Returns the text, signed where the nodes share a secret. */
export function textOf(message: Message, authenticator: Authenticator | undefined): string {
  const text = encode(message);
  return authenticator?.sign(text, Date.now()) ?? text;
}
