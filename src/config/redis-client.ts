/** What Cluster needs of a Redis client. Applications that pass `createClient` return one of these. Types only. */

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
