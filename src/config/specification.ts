/**
 * The specification of every option of `Cluster.init`: type, check, default and documentation in one table.
 *
 * The type `ClusterConfig` is derived from it, `options.ts` applies it, and a test compares `docs/options.md` with it.
 * No Meteor or Redis imports.
 */

import { isRecord, property } from '../base/values';
import { ClusterConfigError, kindOf, quoted } from './config-error';
import type { CreateClient } from './interfaces';
import { LOGGER_METHODS, type Logger } from './interfaces';
import { boolean, integer, milliseconds, type OptionSpec, oneOf, secret, share, text } from './option-kinds';
import { MIN_POLLING_INTERVAL_MS } from './polling';
import { areSecrets, describeSecrets, EXPECTED_SECRETS } from './secrets';

/** How a node updates its own live queries when another node writes. */
export type StrategyName = 'update' | 'feed';

/** Redis allows 512 MB; a name that is readable in `PUBSUB CHANNELS` is shorter. */
const MAX_NAMESPACE = 200;

export const SPECIFICATION = {
  /**
   * Address of Redis: `redis[s]://[user][:password]@host[:port][/db]`. Special characters of the user name and the
   * password are percent-encoded. The user name `redis` means "no user name", as in the original package. With `none`
   * this node is alone: it connects to nothing, and feeds its own live queries.
   * @default the variable `CLUSTER_URL`, else `redis://127.0.0.1:6379`
   */
  url: secret(text()),
  /**
   * Host name or address of Redis. Excludes `url`.
   * @default '127.0.0.1'
   */
  // A whole URL may have been passed by mistake, with a password in it.
  host: secret(text(/^[\w.:%-]+$/, 'a host name or an address alone', describeHost)),
  /**
   * TCP port of Redis, 1 to 65535. Excludes `url`.
   * @default 6379
   */
  port: integer(1, 65_535),
  /**
   * Password of Redis. Excludes `url`.
   * @default none
   */
  password: secret(text()),
  /** The original package's name for `password`. */
  auth: secret(text()),
  /**
   * Name of an ACL user of Redis. Excludes `url`.
   * @default Redis' user `default`
   */
  username: secret(text()),
  /**
   * Connect with TLS. Excludes `url`, where the scheme `rediss://` requests it.
   * @default false
   */
  tls: boolean(),
  /**
   * Redis database number, 0 to 9999. All databases of a Redis share their channels, so this separates nothing.
   * @default 0
   */
  db: integer(0, 9999),
  /**
   * Creates the two clients, in place of all options above: for Sentinel, Redis Cluster or special settings. Called
   * once for each role, and again after a connection has failed silently. A client must not be connected yet, and must
   * have `disableOfflineQueue` set where it knows that setting.
   * @default npm `redis`' `createClient`
   */
  createClient: {
    expected: 'a function that creates a client',
    isValid: isFunction,
  } as OptionSpec<CreateClient>,
  /**
   * Use Redis Cluster's sharded pub/sub (`SPUBLISH`, `SSUBSCRIBE`). Requires `createClient`.
   * @default false
   */
  sharded: boolean(false),
  /**
   * Nodes with equal namespaces form one cluster. Part of the channel's name.
   * @default the name of the database
   */
  namespace: text(
    new RegExp(`^[\\x21-\\x7e]{1,${MAX_NAMESPACE}}$`),
    `1 to ${MAX_NAMESPACE} printable ASCII characters without spaces`,
  ),
  /**
   * How this node's live queries are updated. `update` re-runs those that a change may concern. `feed` feeds Meteor's oplog
   * observe drivers, so that nothing is re-run. `auto` is `feed` where this version of Meteor supports it, otherwise
   * `update`.
   * @default 'auto'
   */
  strategy: oneOf<StrategyName | 'auto'>(['auto', 'feed', 'update'], 'auto'),
  /**
   * A secret that all nodes share, of 16 characters or more. Messages are authenticated with it (HMAC-SHA-256), and
   * messages without valid authentication are dropped. For a Redis on which others can publish. Of an array, the first
   * secret signs and all are accepted, so that a secret can be replaced node by node.
   * @default the variable `CLUSTER_SECRET`, where commas separate several, else none
   */
  secret: {
    expected: EXPECTED_SECRETS,
    isValid: areSecrets,
    isSecret: true,
    got: describeSecrets,
  } as OptionSpec<string | readonly string[]>,
  /**
   * How long an awaited `init()`, `touch()` or `flush()` waits for Redis, in ms. The node keeps trying afterwards.
   * @default 10000
   */
  timeout: milliseconds(0, 10_000),
  /**
   * How often a node publishes a heartbeat, in ms. Longer in proportion with more than 128 peers, as `heartbeatTimeout` is.
   * @default 2000
   */
  heartbeatInterval: milliseconds(10, 2000),
  /**
   * Silence after which a peer expires, or this node replaces its own connection, in ms. At least twice
   * `heartbeatInterval`.
   * @default 3.5 times `heartbeatInterval`
   */
  heartbeatTimeout: milliseconds(20),
  /**
   * Resyncs are spread at random over this time, in ms, so that nodes do not query the database all at once.
   * @default 500
   */
  resyncJitter: milliseconds(0, 500),
  /**
   * How often a live query of the strategy `feed` runs again by itself while the node is connected, in ms, 1000 to a day. The
   * node polls less often where polls find nothing, or would take more than a fiftieth of the time, but at least
   * once an hour. This bounds the staleness after outside writes that nobody published. Meteor's own interval is the default
   * where settings start Cluster and `redisOplog` is not set: 10000.
   * @default 6 times Meteor's polling interval: 60000
   */
  pollingInterval: milliseconds(MIN_POLLING_INTERVAL_MS),
  /**
   * Add hints to messages: the names of the fields that a write changed, and hashes of their values. With them nodes skip
   * changes that concern none of their live queries. `docs/hints.md` says what hints reveal.
   * @default true
   */
  hints: boolean(true),
  /**
   * Publish raw writes: those that the application makes with MongoDB's driver on Meteor's connections, by `rawCollection()`
   * and `rawDatabase()`. Those of transactions are published at the commit.
   * @default true
   */
  rawWrites: boolean(true),
  /**
   * The share of skipped changes, 0 to 1, whose documents are read all the same, a second later. The document is compared
   * with what live queries hold. A change that was skipped wrongly is counted in `metrics()`, logged, emitted as the event
   * `wrongSkip`, and shown. Strategy `feed`.
   * @default 0
   */
  audit: share(0),
  /**
   * On SIGTERM and SIGINT, publish what is pending and a leave message before the process ends. The process ends as it
   * would without Cluster. Where somebody else handles the signal too, the process may go on, and the node then stays.
   * @default true
   */
  leaveOnSignals: boolean(true),
  /**
   * Also handle what other programs announce on this Redis in redis-oplog's format: redis-oplog, oplogtoredis,
   * changestream-to-redis. `true` stands for channels without prefix, and for those that start with the name of the database
   * and a dot. A text is the prefix, as redis-oplog's `globalRedisPrefix`. These messages are not authenticated.
   * `docs/migrating-from-redis-oplog.md` says more.
   * @default false
   */
  redisOplog: {
    expected: `true, false, or the prefix of the channels, of ${MAX_NAMESPACE} characters at most`,
    isValid: (value) =>
      typeof value === 'boolean' || (typeof value === 'string' && value.length <= MAX_NAMESPACE),
    default: false,
  } as OptionSpec<boolean | string> & { default: boolean | string },
  /**
   * Takes the lines that Cluster logs: an object with the methods `debug`, `info`, `warn` and `error`, such as a logger of
   * pino or winston. It is called with one line of text.
   * @default the console, without `debug`
   */
  logger: {
    expected: 'an object with the methods "debug", "info", "warn" and "error"',
    isValid: (value) => missingMethods(value).length === 0,
    got: (value) => (isRecord(value) ? `one without ${quoted(missingMethods(value))}` : kindOf(value)),
  } as OptionSpec<Logger>,
};

type Specification = typeof SPECIFICATION;
export type OptionName = keyof Specification;
export type OptionValue<Name extends OptionName> =
  Specification[Name] extends OptionSpec<infer Value> ? Value : never;

export const OPTION_NAMES = Object.keys(SPECIFICATION) as OptionName[];

/** The options as they were passed, checked one by one. */
export type GivenOptions = { readonly [Name in OptionName]?: OptionValue<Name> };

/**
 * Checks every option by itself. Options that are `null` or `undefined` are left out.
 *
 * @throws ClusterConfigError for an unknown option or an invalid value
 */
export function checkOptions(config: object): GivenOptions {
  const given: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(config)) {
    if (value === undefined || value === null) continue;
    if (!isOptionName(name)) {
      throw new ClusterConfigError(name, `unknown option "${name}"; the options are ${quoted(OPTION_NAMES)}`);
    }
    if (!SPECIFICATION[name].isValid(value)) throw invalid(name, value);
    given[name] = value;
  }
  return given;
}

/** Returns the error for a value that breaks the specification of its option. */
export function invalid(name: OptionName, value: unknown, expected = SPECIFICATION[name].expected): Error {
  return new ClusterConfigError(name, `the option "${name}" must be ${expected}; got ${shown(name, value)}`);
}

function shown(name: OptionName, value: unknown): string {
  const { got } = SPECIFICATION[name];
  if (got) return got(value);
  if (SPECIFICATION[name].isSecret) return kindOf(value);
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' && value !== '' ? JSON.stringify(value) : kindOf(value);
}

function isOptionName(name: string): name is OptionName {
  return Object.hasOwn(SPECIFICATION, name);
}

/** Shows nothing of it: it may be a URL with a password. */
function describeHost(value: unknown): string {
  if (typeof value !== 'string' || value === '') return kindOf(value);
  if (value.includes('://')) return 'a URL, for which there is the option "url"';
  return value.includes(',') ? 'several, separated by commas' : 'a text with other characters';
}

function missingMethods(logger: unknown): string[] {
  return LOGGER_METHODS.filter((name) => !isFunction(property(logger, name)));
}

function isFunction(value: unknown): boolean {
  return typeof value === 'function';
}
