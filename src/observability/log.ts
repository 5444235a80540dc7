/**
 * The lines an operator reads: one line per event on the console, a repeated warning only once.
 *
 * Called by every component with something to report. Nobody may pass an address with a password or an error
 * object: the errors of Redis clients carry their options as properties.
 */

export class Log {
  readonly #open = new Set<string>();

  info(text: string): void {
    console.info(`Cluster: ${text}`);
  }

  /** Logs a line the first time only. */
  infoOnce(text: string): void {
    if (this.#open.has(text)) return;
    this.#open.add(text);
    this.info(text);
  }

  /**
   * Logs a warning once per topic, until `resolve` is called for that topic.
   *
   * @param topic identifies the problem, so that variants of one warning are not repeated
   */
  warn(topic: string, text: string): void {
    if (this.#open.has(topic)) return;
    this.#open.add(topic);
    console.warn(`Cluster: ${text}`);
  }

  /**
   * Called when a problem is over: its next occurrence is logged again.
   *
   * @returns whether it had been logged
   */
  resolve(topic: string): boolean {
    return this.#open.delete(topic);
  }
}

/** Returns the message of an error in one line, without what could be a secret. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'an unknown error';
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  // Redis repeats arguments that it does not understand; one of them may be a password.
  const message = error.message.replace(/,? with args.*/s, '');
  return message || code || error.name;
}
