/**
 * Resolves what `Cluster.init(config?)` was called with and the environment into one complete set of options.
 *
 * Called by `session-owner.ts` and `merge-options.ts`. The environment is passed in. No Meteor or Redis imports.
 */

import { DEFAULT_HOST, DEFAULT_PORT, isLoopback, parseRedisUrl, type RedisAddress } from './address';
import { ClusterConfigError, kindOf, quoted } from './config-error';
import type { CreateClient, Logger } from './interfaces';
import { defaultPollingIntervalMs, settingsPollingIntervalMs } from './polling';
import { type Secrets, secretsOfVariable, toSecrets } from './secrets';
import {
  checkOptions,
  type GivenOptions,
  invalid,
  type OptionName,
  type OptionValue,
  SPECIFICATION,
  type StrategyName,
} from './specification';

export type { ClusterConfig } from './cluster-config';
export type { StrategyName } from './specification';

export interface Options {
  /** The address of Redis, or the application's function that creates the clients; `undefined`: this node is alone. */
  readonly redis: RedisAddress | CreateClient | undefined;
  readonly sharded: boolean;
  /** `undefined`: the name of the database, which only Meteor knows. */
  readonly namespace: string | undefined;
  readonly strategy: StrategyName | 'auto';
  /** The first one signs, all are accepted. `undefined`: messages are not authenticated. */
  readonly secrets: Secrets | undefined;
  readonly timeoutMs: number;
  readonly heartbeatIntervalMs: number;
  readonly heartbeatTimeoutMs: number;
  readonly resyncJitterMs: number;
  readonly pollingIntervalMs: number;
  readonly hints: boolean;
  readonly rawWrites: boolean;
  readonly audit: number;
  readonly leaveOnSignals: boolean;
  /** The prefix of redis-oplog's channels; `true`: none, and that of the database; `false`: its messages are not handled. */
  readonly redisOplog: boolean | string;
  /** `undefined`: the console. */
  readonly logger: Logger | undefined;
}

/** Where options come from: a call of the application alone, or settings too. */
export type OptionsSource = 'code' | 'settings';

/** Options of a node that connects to Redis. */
export interface ConnectedOptions extends Options {
  readonly redis: RedisAddress | CreateClient;
}

/** The address of a node that is alone, in the option `url` and in `CLUSTER_URL`. */
const NO_REDIS = 'none';
export const ADDRESS_OPTIONS = ['host', 'port', 'password', 'auth', 'username', 'tls'] as const;
/** Connections, heartbeats and timers vary; one lost heartbeat alone must not expire a peer. */
const HEARTBEATS_PER_TIMEOUT = 3.5;

/**
 * Resolves options.
 *
 * @param config what `init` was called with: nothing, a URL, or an object of options
 * @param env holds `CLUSTER_URL` and `CLUSTER_SECRET`
 * @param source `settings`: these have given options, or have started Cluster
 * @throws ClusterConfigError that names the option or variable that cannot be used
 */
export function resolveOptions(
  config: unknown,
  env: NodeJS.ProcessEnv = process.env,
  source: OptionsSource = 'code',
): Options {
  const given = checkOptions(toObject(config));
  const heartbeatIntervalMs = valueOrDefault(given, 'heartbeatInterval');
  const heartbeatTimeoutMs = given.heartbeatTimeout ?? HEARTBEATS_PER_TIMEOUT * heartbeatIntervalMs;
  if (heartbeatTimeoutMs < 2 * heartbeatIntervalMs) {
    const expected = `at least twice heartbeatInterval (${heartbeatIntervalMs})`;
    throw invalid('heartbeatTimeout', heartbeatTimeoutMs, expected);
  }
  if (given.sharded && !given.createClient) {
    const needed = 'the option "sharded" requires "createClient", which creates clients of a Redis Cluster';
    throw new ClusterConfigError('sharded', needed);
  }
  return {
    redis: given.createClient ? resolveFactory(given.createClient, given) : resolveAddress(given, env),
    sharded: valueOrDefault(given, 'sharded'),
    namespace: given.namespace,
    strategy: valueOrDefault(given, 'strategy'),
    secrets: given.secret === undefined ? secretsOfVariable(env) : toSecrets([given.secret].flat()),
    timeoutMs: valueOrDefault(given, 'timeout'),
    heartbeatIntervalMs,
    heartbeatTimeoutMs,
    resyncJitterMs: valueOrDefault(given, 'resyncJitter'),
    pollingIntervalMs: given.pollingInterval ?? pollingIntervalMs(given, env, source),
    hints: valueOrDefault(given, 'hints'),
    rawWrites: valueOrDefault(given, 'rawWrites'),
    audit: valueOrDefault(given, 'audit'),
    leaveOnSignals: valueOrDefault(given, 'leaveOnSignals'),
    redisOplog: valueOrDefault(given, 'redisOplog'),
    logger: given.logger,
  };
}

/** Code knows of outside writes, and can touch them. Settings cannot, and without `redisOplog` nobody announces these writes. */
function pollingIntervalMs(
  { redisOplog }: GivenOptions,
  env: NodeJS.ProcessEnv,
  source: OptionsSource,
): number {
  const isUnannounced = source === 'settings' && (redisOplog === undefined || redisOplog === false);
  return isUnannounced ? settingsPollingIntervalMs(env) : defaultPollingIntervalMs(env);
}

/** Returns whether this node connects to Redis. */
export function connects(options: Options): options is ConnectedOptions {
  return options.redis !== undefined;
}

/** Returns whether strangers may be able to publish: Redis is on another host and there is neither password nor secret. */
export function isOpenToStrangers({ redis, secrets }: Options): boolean {
  if (redis === undefined || typeof redis === 'function') return false;
  return secrets === undefined && redis.password === undefined && !isLoopback(redis);
}

/** Returns the object of options that `init` was called with. A text is the option `url`. */
export function toObject(config: unknown): object {
  if (config === undefined || config === null) return {};
  if (typeof config === 'string') return { url: config };
  if (typeof config === 'object' && !Array.isArray(config)) return config;
  throw new ClusterConfigError(
    'config',
    `init() takes nothing, a redis:// URL or an object of options; got ${kindOf(config)}`,
  );
}

/** The options with a default in the specification. */
type WithDefault = {
  [Name in OptionName]: (typeof SPECIFICATION)[Name] extends { default: unknown } ? Name : never;
}[OptionName];

function valueOrDefault<Name extends WithDefault>(given: GivenOptions, name: Name): OptionValue<Name> {
  return given[name] ?? (SPECIFICATION[name].default as OptionValue<Name>);
}

function resolveFactory(createClient: CreateClient, given: GivenOptions): CreateClient {
  const excluded = (['url', ...ADDRESS_OPTIONS, 'db'] as const).filter((name) => name in given);
  if (excluded.length === 0) return createClient;
  throw new ClusterConfigError(
    'createClient',
    `the option "createClient" determines where Redis is; got ${quoted(excluded)} as well`,
  );
}

/** @returns `undefined` for a node that is alone */
function resolveAddress(given: GivenOptions, env: NodeJS.ProcessEnv): RedisAddress | undefined {
  const parts = ADDRESS_OPTIONS.filter((name) => name in given);
  if (given.url !== undefined) {
    if (parts.length === 0) return parseAddress(given.url, 'url', given);
    throw new ClusterConfigError(
      'url',
      `pass either the option "url" or ${quoted(ADDRESS_OPTIONS)}; got "url" and ${quoted(parts)}`,
    );
  }
  if (given.password !== undefined && given.auth !== undefined) {
    throw new ClusterConfigError('auth', 'the option "auth" is another name for "password"; got both');
  }
  if (parts.length === 0 && env.CLUSTER_URL) {
    return parseAddress(env.CLUSTER_URL, 'CLUSTER_URL', given);
  }
  return {
    host: given.host ?? DEFAULT_HOST,
    port: given.port ?? DEFAULT_PORT,
    tls: given.tls ?? false,
    username: given.username,
    password: given.password ?? given.auth,
    db: given.db,
  };
}

function parseAddress(url: string, source: string, { db }: GivenOptions): RedisAddress | undefined {
  if (url === NO_REDIS) return undefined;
  const address = parseRedisUrl(url, source);
  return db === undefined ? address : { ...address, db };
}
