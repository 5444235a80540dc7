/** What the option `logger` takes. No imports. */

/** The four methods that the loggers of the field have: the console, pino, winston and others. */
export interface Logger {
  debug(line: string): unknown;
  info(line: string): unknown;
  warn(line: string): unknown;
  error(line: string): unknown;
}

export const LOGGER_METHODS = ['debug', 'info', 'warn', 'error'] as const;
