/**
 * What `Cluster.init(config?)` understands, checked and brought into one shape.
 *
 * Called by `cluster.ts`. Pure: no Meteor, no Redis; the environment is handed in. An error raised here names
 * the option or variable, what was expected and what came, and never repeats a URL or a password.
 */

import { SHORTEST_POLLING_INTERVAL } from './oplog-feed';

/** How a node makes its own live queries notice what another node wrote. */
export type StrategyName = 'update' | 'oplog';

/** The options of `Cluster.init`; `null` means the same as leaving an option out, as in the original package. */
export interface ClusterConfig {
  /**
   * Where Redis is: `redis[s]://[user][:password]@host[:port][/db]`. Special characters of the user name and the
   * password are percent-encoded. The user name `redis` stands for "no user name", as in the original package.
   * @default the variable `CLUSTER_URL`, else `redis://127.0.0.1:6379`
   */
  url?: string | null;
  /** Host name or address of Redis; not together with `url`. @default '127.0.0.1' */
  host?: string | null;
  /** TCP port of Redis, 1 to 65535; not together with `url`. @default 6379 */
  port?: number | null;
  /** Password of Redis; not together with `url`. @default none */
  auth?: string | null;
  /** Name of an ACL user of Redis; not together with `url`. @default Redis' `default` user */
  username?: string | null;
  /** Redis database number. Channels are shared by all databases of a Redis, so this separates nothing. @default 0 */
  db?: number | null;
  /** Talk TLS to Redis; not together with `url`, where `rediss://` says it. @default false */
  tls?: boolean | null;
  /** Nodes hear each other when their namespaces are equal; part of the channel's name. @default the name of the database */
  namespace?: string | null;
  /**
   * How this node's live queries notice writes: `update` has those concerned run again; `oplog` feeds Meteor's oplog
   * observe drivers, so that they need not; `auto` is `oplog` where this version of Meteor has what it takes, else
   * `update`. @default 'auto'
   */
  strategy?: StrategyName | 'auto' | null;
  /**
   * A secret that the nodes share, of 16 characters or more: messages are authenticated with it (HMAC-SHA-256), and
   * messages without are dropped. For a Redis on which others can publish.
   * @default the variable `CLUSTER_SECRET`, else none
   */
  secret?: string | null;
  /** How long an awaited `init()` waits for Redis, in ms; afterwards the node goes on trying by itself. @default 10000 */
  startupTimeout?: number | null;
  /** How often a node tells that it lives and how much it has announced, in ms. @default 2000 */
  heartbeatInterval?: number | null;
  /**
   * Silence after which a node is taken for dead, or, if it is this one, its connection, in ms; at least twice
   * `heartbeatInterval`. @default 3.5 times `heartbeatInterval`
   */
  heartbeatTimeout?: number | null;
  /** Resyncs are spread over this time at random, in ms, so that nodes do not stampede the database. @default 500 */
  resyncJitter?: number | null;
  /**
   * How often live queries of the strategy `oplog` look at the database by themselves while all is well, in ms: what was
   * written around Meteor and not announced is seen then. 1000 to a day: more often than its query takes, none would ever come to rest. @default 6 times Meteor's polling interval: 60000
   */
  pollingInterval?: number | null;
  /**
   * Makes the two connections, in place of all options above that say where Redis is: for Sentinel, Redis Cluster, or
   * settings of your own. Called once for each role, and again after a connection has gone silent. The clients must
   * not be connected yet, and must have `disableOfflineQueue` set where they know it.
   * @default npm `redis`' `createClient`
   */
  createClient?: ((role: ClientRole) => RedisClient) | null;
  /** Use Redis Cluster's sharded pub/sub (`SPUBLISH`, `SSUBSCRIBE`); for a `createClient` that knows it. @default false */
  sharded?: boolean | null;
}

/** What a connection is for. */
export type ClientRole = 'publisher' | 'subscriber';

/** What Cluster needs of a Redis client; npm `redis`' clients, clusters and sentinels have it. */
export interface RedisClient {
  readonly isOpen: boolean;
  readonly isReady: boolean;
  on(event: 'ready' | 'connect' | 'node-ready', listener: () => void): unknown;
  on(event: 'error', listener: (error: unknown) => void): unknown;
  connect(): Promise<unknown>;
  publish(channel: string, message: string): Promise<unknown>;
  subscribe(channel: string, listener: (message: string) => void): Promise<unknown>;
  sPublish?(channel: string, message: string): Promise<unknown>;
  sSubscribe?(channel: string, listener: (message: string) => void): Promise<unknown>;
  /** Ends the connection at once. */
  destroy(): unknown;
}

/** Where Redis is and who we are there. */
export interface RedisAddress {
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly db: number | undefined;
}

export interface Options {
  /** Where Redis is, or who makes the connections to it. */
  readonly redis: RedisAddress | ((role: ClientRole) => RedisClient);
  readonly sharded: boolean;
  /** Undefined: the name of the database, which only Meteor knows. */
  readonly namespace: string | undefined;
  readonly strategy: StrategyName | 'auto';
  readonly secret: string | undefined;
  readonly startupTimeout: number;
  readonly heartbeatInterval: number;
  readonly heartbeatTimeout: number;
  readonly resyncJitter: number;
  /** Undefined: a multiple of Meteor's own. */
  readonly pollingInterval: number | undefined;
}

const STRATEGIES: readonly (StrategyName | 'auto')[] = ['auto', 'oplog', 'update'];
const ADDRESS_OPTIONS = ['host', 'port', 'auth', 'username', 'tls'] as const;
const KNOWN_OPTIONS = [
  'url',
  ...ADDRESS_OPTIONS,
  'db',
  'createClient',
  'sharded',
  'namespace',
  'strategy',
  'secret',
  'startupTimeout',
  'heartbeatInterval',
  'heartbeatTimeout',
  'resyncJitter',
  'pollingInterval',
] as const;
const SECRET_OPTIONS: readonly string[] = ['url', 'auth', 'username', 'secret'];
/** A day: longer is a mistake, and Node's timers end at 24.8 days. */
const MAX_TIME = 86_400_000;
/** Shorter secrets are guessed. */
const MIN_SECRET = 16;
/** Redis' own limit is 512 MB; a name one can still read in `PUBSUB CHANNELS` is shorter. */
const MAX_NAMESPACE = 200;

/**
 * @param config what `init` was called with: nothing, a URL, or an object of options
 * @param env where `CLUSTER_URL` is looked up when `config` has no address
 * @throws Error naming the option or variable that cannot be used
 */
export function resolveOptions(config: unknown, env: NodeJS.ProcessEnv = process.env): Options {
  const given = normalize(config);
  const namespace = optionalString(given, 'namespace');
  if (namespace !== undefined && (namespace.length > MAX_NAMESPACE || !/^[\x21-\x7e]+$/.test(namespace))) {
    throw bad('namespace', `1 to ${MAX_NAMESPACE} printable ASCII characters without spaces`, namespace);
  }
  const strategy = optionalString(given, 'strategy') ?? 'auto';
  if (!isStrategy(strategy)) throw bad('strategy', `one of ${quoted(STRATEGIES)}`, strategy);
  const heartbeatInterval = optionalInteger(given, 'heartbeatInterval', 10, MAX_TIME) ?? 2000;
  const heartbeatTimeout =
    optionalInteger(given, 'heartbeatTimeout', 20, MAX_TIME) ?? 3.5 * heartbeatInterval;
  if (heartbeatTimeout < 2 * heartbeatInterval) {
    throw bad(
      'heartbeatTimeout',
      `at least twice heartbeatInterval (${heartbeatInterval})`,
      heartbeatTimeout,
    );
  }
  const sharded = optionalBoolean(given, 'sharded') ?? false;
  if (sharded && !('createClient' in given)) {
    throw new Error(
      'Cluster: the option "sharded" needs "createClient", which makes clients of a Redis Cluster',
    );
  }
  return {
    redis: resolveFactory(given) ?? resolveAddress(given, env),
    sharded,
    namespace,
    strategy,
    secret: resolveSecret(given, env),
    startupTimeout: optionalInteger(given, 'startupTimeout', 0, MAX_TIME) ?? 10_000,
    heartbeatInterval,
    heartbeatTimeout,
    resyncJitter: optionalInteger(given, 'resyncJitter', 0, MAX_TIME) ?? 500,
    pollingInterval: optionalInteger(given, 'pollingInterval', SHORTEST_POLLING_INTERVAL, MAX_TIME),
  };
}

/** The address as it may stand in a log: never with a password. */
export function describeAddress({ host, port, tls }: RedisAddress): string {
  return `${tls ? 'rediss' : 'redis'}://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/**
 * @param url the URL to read
 * @param source the option or variable it came from, for the error
 * @throws Error that names `source` and shows nothing of `url`
 */
export function parseRedisUrl(url: string, source: string): RedisAddress {
  const refuse = (problem: string) =>
    new Error(
      `Cluster: ${source} must look like redis://redis:<password>@<host>:<port> (or rediss:// for TLS), with ` +
        `special characters in the password percent-encoded; what came ${problem}`,
    );
  let parsed: URL;
  try {
    parsed = new URL(url);
  } catch {
    // The error of `new URL` carries the whole input, password included: it must not become our `cause`.
    throw refuse(`is no URL (${url.length} characters)`);
  }
  if (parsed.protocol !== 'redis:' && parsed.protocol !== 'rediss:') {
    throw refuse('starts with neither redis:// nor rediss://');
  }
  if (parsed.hostname === '') throw refuse('names no host');
  if (parsed.search !== '' || parsed.hash !== '') throw refuse('has an unexpected part after "?" or "#"');
  const db = /^\/?(\d{0,4})$/.exec(parsed.pathname)?.[1];
  if (db === undefined) throw refuse('has a path that is not a database number');
  let username: string;
  let password: string;
  try {
    username = decodeURIComponent(parsed.username);
    password = decodeURIComponent(parsed.password);
  } catch {
    throw refuse('has a "%" that starts no percent-encoded character');
  }
  return {
    host: parsed.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: parsed.port === '' ? 6379 : Number(parsed.port),
    tls: parsed.protocol === 'rediss:',
    // The original's URLs all say "redis" here, in front of servers that knew no user names.
    username: username === '' || username === 'redis' ? undefined : username,
    password: password === '' ? undefined : password,
    db: db === '' ? undefined : Number(db),
  };
}

type Given = Readonly<Record<string, unknown>>;

function normalize(config: unknown): Given {
  if (config === undefined || config === null) return {};
  if (typeof config === 'string') return { url: config };
  if (typeof config !== 'object' || Array.isArray(config)) {
    throw new Error(
      `Cluster: init() takes nothing, a redis:// URL or an object of options; got ${kindOf(config)}`,
    );
  }
  const given: Given = Object.fromEntries(
    Object.entries(config).filter(([, value]) => value !== undefined && value !== null),
  );
  for (const name of Object.keys(given)) {
    if (!(KNOWN_OPTIONS as readonly string[]).includes(name)) {
      throw new Error(`Cluster: unknown option "${name}"; the options are ${quoted(KNOWN_OPTIONS)}`);
    }
  }
  return given;
}

function resolveFactory(given: Given): ((role: ClientRole) => RedisClient) | undefined {
  const { createClient } = given;
  if (createClient === undefined) return undefined;
  if (typeof createClient !== 'function')
    throw bad('createClient', 'a function that makes a client', createClient);
  const rivals = ['url', ...ADDRESS_OPTIONS, 'db'].filter((name) => name in given);
  if (rivals.length > 0) {
    throw new Error(`Cluster: the option "createClient" says where Redis is; got ${quoted(rivals)} besides`);
  }
  return createClient as (role: ClientRole) => RedisClient;
}

function resolveSecret(given: Given, env: NodeJS.ProcessEnv): string | undefined {
  const inOptions = optionalString(given, 'secret');
  const secret = inOptions ?? (env.CLUSTER_SECRET || undefined);
  if (secret === undefined || secret.length >= MIN_SECRET) return secret;
  const source = inOptions === undefined ? 'the variable CLUSTER_SECRET' : 'the option "secret"';
  throw new Error(`Cluster: ${source} must have ${MIN_SECRET} characters or more; got ${secret.length}`);
}

function resolveAddress(given: Given, env: NodeJS.ProcessEnv): RedisAddress {
  const url = optionalString(given, 'url');
  const db = optionalInteger(given, 'db', 0, 9999);
  const rivals = ADDRESS_OPTIONS.filter((name) => name in given);
  if (url !== undefined) {
    if (rivals.length > 0) {
      throw new Error(
        `Cluster: give either the option "url" or ${quoted(ADDRESS_OPTIONS)}; got "url" and ${quoted(rivals)}`,
      );
    }
    return withDb(parseRedisUrl(url, 'the option "url"'), db);
  }
  if (rivals.length === 0 && env.CLUSTER_URL) {
    return withDb(parseRedisUrl(env.CLUSTER_URL, 'the variable CLUSTER_URL'), db);
  }
  return {
    host: resolveHost(given) ?? '127.0.0.1',
    port: optionalInteger(given, 'port', 1, 65_535) ?? 6379,
    tls: optionalBoolean(given, 'tls') ?? false,
    username: optionalString(given, 'username'),
    password: optionalString(given, 'auth'),
    db,
  };
}

function resolveHost(given: Given): string | undefined {
  const host = optionalString(given, 'host');
  if (host === undefined || /^[\w.:%-]+$/.test(host)) return host;
  // A whole URL may have been meant for this place, with a password in it.
  throw new Error('Cluster: the option "host" must be a host name or an address alone; got something else');
}

function withDb(address: RedisAddress, db: number | undefined): RedisAddress {
  return db === undefined ? address : { ...address, db };
}

function isStrategy(name: string): name is StrategyName | 'auto' {
  return (STRATEGIES as readonly string[]).includes(name);
}

function optionalString(given: Given, name: string): string | undefined {
  const value = given[name];
  if (value === undefined) return undefined;
  if (typeof value !== 'string' || value === '') throw bad(name, 'a non-empty string', value);
  return value;
}

function optionalInteger(given: Given, name: string, min: number, max: number): number | undefined {
  const value = given[name];
  if (value === undefined) return undefined;
  if (typeof value !== 'number' || !Number.isInteger(value) || value < min || value > max) {
    throw bad(name, `a whole number from ${min} to ${max}`, value);
  }
  return value;
}

function optionalBoolean(given: Given, name: string): boolean | undefined {
  const value = given[name];
  if (value === undefined) return undefined;
  if (typeof value !== 'boolean') throw bad(name, 'true or false', value);
  return value;
}

function bad(name: string, expected: string, value: unknown): Error {
  const shown =
    !SECRET_OPTIONS.includes(name) &&
    (typeof value === 'number' || (typeof value === 'string' && value !== ''))
      ? JSON.stringify(value)
      : kindOf(value);
  return new Error(`Cluster: the option "${name}" must be ${expected}; got ${shown}`);
}

function kindOf(value: unknown): string {
  if (value === '') return 'an empty string';
  if (value === null) return 'null';
  return Array.isArray(value) ? 'an array' : `a value of type ${typeof value}`;
}

function quoted(names: readonly string[]): string {
  return names.map((name) => `"${name}"`).join(', ');
}
