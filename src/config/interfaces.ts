/** The interfaces of the objects that an application may pass to `init`: a logger, and what `createClient` returns. No imports. */

/** The purpose of a connection. */
export type ClientRole = 'publisher' | 'subscriber';

/** The clients, clusters and sentinels of npm `redis` have this interface. */
export interface RedisClient {
  readonly isOpen: boolean;
  readonly isReady: boolean;
  on(event: 'ready' | 'connect' | 'node-ready', listener: () => void): unknown;
  on(event: 'error', listener: (error: unknown) => void): unknown;
  connect(): Promise<unknown>;
  publish(channel: string, message: string): Promise<unknown>;
  subscribe(channel: string, listener: (message: string, channel: string) => void): Promise<unknown>;
  /** Needed with the option `redisOplog`. */
  pSubscribe?(pattern: string, listener: (message: string, channel: string) => void): Promise<unknown>;
  sPublish?(channel: string, message: string): Promise<unknown>;
  sSubscribe?(channel: string, listener: (message: string) => void): Promise<unknown>;
  /** Closes the connection at once. */
  destroy(): unknown;
}

export type CreateClient = (role: ClientRole) => RedisClient;

/** The four methods that the loggers of the field have: the console, pino, winston and others. */
export interface Logger {
  debug(line: string): unknown;
  info(line: string): unknown;
  warn(line: string): unknown;
  error(line: string): unknown;
}

export const LOGGER_METHODS = ['debug', 'info', 'warn', 'error'] as const;
