/**
 * The address of Redis: parsed from a URL, and shown without its password.
 *
 * Called by `options.ts` and, for messages, by `redis/channel.ts`. No Meteor or Redis imports.
 */

import { ClusterConfigError } from './config-error';

export interface RedisAddress {
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly db: number | undefined;
}

export const DEFAULT_HOST = '127.0.0.1';
export const DEFAULT_PORT = 6379;

/** Returns the address for a log line: never with a password. */
export function describeAddress({ host, port, tls }: RedisAddress): string {
  return `${tls ? 'rediss' : 'redis'}://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** Returns whether Redis is reached without a network. */
export function isLoopback({ host }: RedisAddress): boolean {
  return /^(localhost|127(\.\d+){3}|::1)$/.test(host);
}

/**
 * Parses a Redis URL.
 *
 * @param source `url` for the option of that name, else the variable or program that named the URL, for the error
 * @throws ClusterConfigError that names `source` and shows nothing of `url`
 */
export function parseRedisUrl(url: string, source: string): RedisAddress {
  const named = source === 'url' ? 'the option "url"' : source;
  const invalidUrl = (problem: string) =>
    new ClusterConfigError(
      source,
      `${named} must look like redis://redis:<password>@<host>:<port> (or rediss:// for TLS), with ` +
        `special characters in the password percent-encoded; the given one ${problem}`,
    );
  let parsed: URL;
  try {
    parsed = new URL(url);
  } catch {
    // The error of `new URL` holds the whole input, password included: it must not become our `cause`.
    throw invalidUrl(`is not a URL (${url.length} characters)`);
  }
  if (parsed.protocol !== 'redis:' && parsed.protocol !== 'rediss:') {
    throw invalidUrl('starts with neither redis:// nor rediss://');
  }
  if (parsed.hostname === '') throw invalidUrl('names no host');
  if (parsed.port === '0') throw invalidUrl('names port 0');
  if (parsed.search !== '' || parsed.hash !== '') throw invalidUrl('has an unexpected part after "?" or "#"');
  const db = /^\/?(\d{0,4})$/.exec(parsed.pathname)?.[1];
  if (db === undefined) throw invalidUrl('has a path that is not a database number');
  let username: string;
  let password: string;
  try {
    username = decodeURIComponent(parsed.username);
    password = decodeURIComponent(parsed.password);
  } catch {
    throw invalidUrl('has a "%" that starts no percent-encoded character');
  }
  return {
    host: parsed.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: parsed.port === '' ? DEFAULT_PORT : Number(parsed.port),
    tls: parsed.protocol === 'rediss:',
    // The original's URLs all have "redis" here, for servers without user names.
    username: username === '' || username === 'redis' ? undefined : username,
    password: password === '' ? undefined : password,
    db: db === '' ? undefined : Number(db),
  };
}
