/**
 * The lines an operator reads: one line per event on the logger, a repeated warning only once.
 *
 * Called by every component with something to report. Nobody may pass an address with a password or an error
 * object: the errors of Redis clients carry their options as properties.
 */

import { property } from '../base/values';
import type { Logger } from '../config/interfaces';

export class Log {
  readonly #logger: Logger;
  readonly #onWarning: (message: string) => void;
  readonly #open = new Set<string>();

  /**
   * @param logger the option `logger`
   * @param onWarning called with each warning and error that is logged
   */
  constructor(logger: Logger = CONSOLE, onWarning: (message: string) => void = () => {}) {
    this.#logger = logger;
    this.#onWarning = onWarning;
  }

  /** Logs what helps to follow the cluster, one line per event. The console does not show it. */
  debug(text: string): void {
    this.write('debug', text);
  }

  info(text: string): void {
    this.write('info', text);
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
    this.write('warn', text);
    this.#onWarning(text);
  }

  /** Logs a failure of the application's own code, which Cluster has called. Otherwise the same as `warn`. */
  error(topic: string, text: string): void {
    if (this.#open.has(topic)) return;
    this.#open.add(topic);
    this.write('error', text);
    this.#onWarning(text);
  }

  /**
   * Called when a problem is over: its next occurrence is logged again.
   *
   * @returns whether it had been logged
   */
  resolve(topic: string): boolean {
    return this.#open.delete(topic);
  }

  private write(method: keyof Logger, text: string): void {
    writeLine(this.#logger, method, `Cluster: ${text}`);
  }
}

/** Returns the message of an error in one line, without what could be a secret. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'an unknown error';
  const [code, message, name] = ['code', 'message', 'name'].map((key) => textOf(error, key));
  // Redis repeats arguments that it does not understand; one of them may be a password.
  return message?.replace(/,? with args.*/s, '') || code || name || 'an unknown error';
}

/** Errors of the application may have anything as a property, and a getter that throws. */
function textOf(error: Error, key: string): string | undefined {
  try {
    const value = property(error, key);
    return typeof value === 'string' ? value : undefined;
  } catch {
    return undefined;
  }
}

/** The console, without what helps to debug alone. */
const CONSOLE: Logger = {
  debug() {},
  info: (line) => console.info(line),
  warn: (line) => console.warn(line),
  error: (line) => console.error(line),
};

/** Writes a line. When the logger throws or rejects, the line goes to the console. */
function writeLine(logger: Logger, method: keyof Logger, line: string): void {
  const onFailure = () => {
    if (logger !== CONSOLE) writeLine(CONSOLE, method, line);
  };
  try {
    Promise.resolve(logger[method](line)).catch(onFailure);
  } catch {
    onFailure();
  }
}
