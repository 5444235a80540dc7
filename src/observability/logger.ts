/** What the option `logger` takes, and the default. No imports. */

/** The four methods that the loggers of the field have: the console, pino, winston and others. */
export interface Logger {
  debug(line: string): unknown;
  info(line: string): unknown;
  warn(line: string): unknown;
  error(line: string): unknown;
}

export const LOGGER_METHODS = ['debug', 'info', 'warn', 'error'] as const;

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
