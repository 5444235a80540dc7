/** The default logger, and how a line gets to a logger. Called by `log.ts`. */

import type { Logger } from '../config/logger';

/** The console, without what helps to debug alone. */
export const CONSOLE: Logger = {
  debug() {},
  info: (line) => console.info(line),
  warn: (line) => console.warn(line),
  error: (line) => console.error(line),
};

/** Writes a line. What a logger throws, or rejects with, breaks nothing: the line goes to the console then. */
export function writeLine(logger: Logger, method: keyof Logger, line: string): void {
  const onFailure = () => {
    if (logger !== CONSOLE) writeLine(CONSOLE, method, line);
  };
  try {
    Promise.resolve(logger[method](line)).catch(onFailure);
  } catch {
    onFailure();
  }
}
