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

/** Returns whether an address is reached without a network. */
export function isLoopback({ host }: Pick<RedisAddress, 'host'>): boolean {
  return /^(localhost|127(\.\d+){3}|::1)$/.test(host);
}

/**
 * Parses a Redis URL.
 *
 * @param source `url` for the option of that name, else the variable or program that named the URL, for the error
 * @throws ClusterConfigError that names `source` and shows nothing of `url`
 */
export function parseRedisUrl(url: string, source: string): RedisAddress {
  const parsed = parse(url);
  if (!parsed) throw invalidUrl(whyUnparsable(url), source);
  const problem = problemOf(parsed);
  if (problem !== undefined) throw invalidUrl(problem, source);
  const [, db = ''] = DATABASE.exec(parsed.pathname) ?? [];
  const [username, password] = [parsed.username, parsed.password].map((text) => decodeURIComponent(text));
  return {
    host: parsed.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: parsed.port === '' ? DEFAULT_PORT : Number(parsed.port),
    tls: parsed.protocol === 'rediss:',
    // The original's URLs all have "redis" here, for servers without user names.
    username: username === 'redis' ? undefined : username || undefined,
    password: password || undefined,
    db: db === '' ? undefined : Number(db),
  };
}

/** A database number may follow the address. */
const DATABASE = /^\/?(\d{0,4})$/;
/**
 * Parameters that providers of Redis add for other clients. They mean nothing here. `family` is for ioredis: Node tries IPv4 and
 * IPv6 by itself. `ssl_cert_reqs` is for Python: certificates are always verified. `protocol` is the version that is spoken.
 * Values are letters and digits, so that no rest of a password with a "?" in it looks like a parameter.
 */
const MEANINGLESS = /^\?((family|ssl_cert_reqs|protocol)=\w*(&|$))+$/;
const MAX_PORT = 65_535;
const SEVERAL =
  'names several addresses: give one; Redis Sentinel and Redis Cluster need the option "createClient"';

function invalidUrl(problem: string, source: string): ClusterConfigError {
  const named = source === 'url' ? 'the option "url"' : `the variable ${source}`;
  return new ClusterConfigError(
    source,
    `${named} must look like redis://redis:<password>@<host>:<port> (or rediss:// for TLS), with ` +
      `special characters in the password percent-encoded; the given one ${problem}`,
  );
}

/** The error of `new URL` holds the whole input, password included: it must not become our `cause`. */
function parse(url: string): URL | undefined {
  return URL.canParse(url) ? new URL(url) : undefined;
}

/** Problems of a parsed URL. The first one that it has is reported. */
const PROBLEMS: readonly [problem: string, isPresent: (url: URL) => boolean][] = [
  ['starts with neither redis:// nor rediss://', ({ protocol }) => !/^rediss?:$/.test(protocol)],
  ['names no host', ({ hostname }) => hostname === ''],
  [SEVERAL, ({ hostname }) => hostname.includes(',')],
  ['names port 0', ({ port }) => port === '0'],
  ['has an unexpected part after "?" or "#"', ({ search, hash }) => hash !== '' || !isMeaningless(search)],
  ['has a path that is not a database number', ({ pathname }) => !DATABASE.test(pathname)],
  [
    'has a "%" that starts no percent-encoded character',
    ({ username, password }) => [username, password].some((each) => !isDecodable(each)),
  ],
];

function problemOf(url: URL): string | undefined {
  return PROBLEMS.find(([, isPresent]) => isPresent(url))?.[0];
}

/** Returns why `new URL` refuses a text, by what follows the user name and the password. */
function whyUnparsable(url: string): string {
  if (url.trim().toLowerCase() === 'none')
    return `is ${JSON.stringify(url)}: a node without Redis has "none" alone, in lower case and without spaces`;
  const address = url.replaceAll(/\/\/[^@]*@/g, '//');
  if (address.includes(',')) return SEVERAL;
  const port = Number(/^\w+:\/\/[^/?#]*:(\d+)(?=[/?#]|$)/.exec(address)?.[1]);
  return port > MAX_PORT ? `names a port above ${MAX_PORT}` : `is not a URL (${url.length} characters)`;
}

function isMeaningless(search: string): boolean {
  return search === '' || MEANINGLESS.test(search);
}

function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}
