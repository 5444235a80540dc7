/**
 * What the operator reads: one line per event on the console, a repeated warning only once.
 *
 * Called by everything with something to say. Nothing here may be handed an address with a password, or an error
 * object: errors of clients carry their options as properties.
 */

export class Report {
  readonly #warned = new Set<string>();

  info(text: string): void {
    console.info(`Cluster: ${text}`);
  }

  /**
   * Warns, once for each topic until `settle` is called for it.
   *
   * @param topic what the warning is about, so that variants of it are not repeated
   */
  warn(topic: string, text: string): void {
    if (this.#warned.has(topic)) return;
    this.#warned.add(topic);
    console.warn(`Cluster: ${text}`);
  }

  /** The trouble is over: the next one is worth a warning again. @returns whether there had been a warning */
  settle(topic: string): boolean {
    return this.#warned.delete(topic);
  }
}

/** What an error says of itself in one line. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'an unknown error';
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  // Redis repeats what it does not understand, which may be a password.
  const message = error.message.replace(/,? with args.*/s, '');
  return message || code || error.name;
}
