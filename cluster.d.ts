/** The types of `meteor/cluster`. Generated from `src/` by `npm run declarations`: do not edit. */

/** Thrown when Redis or the database has not answered in time. */
declare class TimeoutError extends Error {
  readonly name = 'TimeoutError';
}

/**
 * Handles the broadcasts of a topic. The payload comes from another node. Where nodes share no secret, it may come from
 * anybody who can publish on the channel. So check it as you check the arguments of a method. The type parameter says what the
 * sender publishes, and checks nothing.
 */
type BroadcastHandler<Payload = unknown> = (payload: Payload) => unknown;
/**
 * A payload whose type is the application's type parameter, never the annotation of a handler. A function from elsewhere would
 * pass otherwise, although nobody has decided to trust the sender. TypeScript 5.4 calls it `NoInfer`; applications may have 5.0.
 */
type Declared<Payload> = [Payload][Payload extends unknown ? 0 : never];

/** The purpose of a connection. */
type ClientRole = 'publisher' | 'subscriber';
/** The clients, clusters and sentinels of npm `redis` have this interface. */
interface RedisClient {
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
type CreateClient = (role: ClientRole) => RedisClient;
/** The four methods that the loggers of the field have: the console, pino, winston and others. */
interface Logger {
  debug(line: string): unknown;
  info(line: string): unknown;
  warn(line: string): unknown;
  error(line: string): unknown;
}

/** The specification of one option. */
interface OptionSpec<Value> {
  /** The expected value, for the error. */
  readonly expected: string;
  readonly isValid: (value: unknown) => boolean;
  /** `undefined`: the option has no default, or one that depends on others. */
  readonly default?: Value;
  /** The value never appears in an error. */
  readonly isSecret?: boolean;
  /** Returns what an invalid value is, for the error, where a number, a text or the type would say too little. */
  readonly got?: ((value: unknown) => string) | undefined;
}

/** How a node updates its own live queries when another node writes. */
type StrategyName = 'update' | 'feed';
declare const SPECIFICATION: {
  /**
   * Address of Redis: `redis[s]://[user][:password]@host[:port][/db]`. Special characters of the user name and the
   * password are percent-encoded. The user name `redis` means "no user name", as in the original package. With `none`
   * this node is alone: it connects to nothing, and feeds its own live queries.
   * @default the variable `CLUSTER_URL`, else `redis://127.0.0.1:6379`
   */
  url: OptionSpec<string>;
  /**
   * Host name or address of Redis. Excludes `url`.
   * @default '127.0.0.1'
   */
  host: OptionSpec<string>;
  /**
   * TCP port of Redis, 1 to 65535. Excludes `url`.
   * @default 6379
   */
  port: OptionSpec<number>;
  /**
   * Password of Redis. Excludes `url`.
   * @default none
   */
  password: OptionSpec<string>;
  /** The original package's name for `password`. */
  auth: OptionSpec<string>;
  /**
   * Name of an ACL user of Redis. Excludes `url`.
   * @default Redis' user `default`
   */
  username: OptionSpec<string>;
  /**
   * Connect with TLS. Excludes `url`, where the scheme `rediss://` requests it.
   * @default false
   */
  tls: OptionSpec<boolean>;
  /**
   * Redis database number, 0 to 9999. All databases of a Redis share their channels, so this separates nothing.
   * @default 0
   */
  db: OptionSpec<number>;
  /**
   * Creates the two clients, in place of all options above: for Sentinel, Redis Cluster or special settings. Called
   * once for each role, and again after a connection has failed silently. A client must not be connected yet, and must
   * have `disableOfflineQueue` set where it knows that setting.
   * @default npm `redis`' `createClient`
   */
  createClient: OptionSpec<CreateClient>;
  /**
   * Use Redis Cluster's sharded pub/sub (`SPUBLISH`, `SSUBSCRIBE`). Requires `createClient`.
   * @default false
   */
  sharded: OptionSpec<boolean> & {
    default: boolean;
  };
  /**
   * Nodes with equal namespaces form one cluster. Part of the channel's name.
   * @default the name of the database
   */
  namespace: OptionSpec<string>;
  /**
   * How this node's live queries are updated. `update` re-runs those that a change may concern. `feed` feeds Meteor's oplog
   * observe drivers, so that nothing is re-run. `auto` is `feed` where this version of Meteor supports it, otherwise
   * `update`.
   * @default 'auto'
   */
  strategy: OptionSpec<StrategyName | 'auto'> & {
    default: StrategyName | 'auto';
  };
  /**
   * A secret that all nodes share, of 16 characters or more. Messages are authenticated with it (HMAC-SHA-256), and
   * messages without valid authentication are dropped. For a Redis on which others can publish. Of an array, the first
   * secret signs and all are accepted, so that a secret can be replaced node by node.
   * @default the variable `CLUSTER_SECRET`, where commas separate several, else none
   */
  secret: OptionSpec<string | readonly string[]>;
  /**
   * How long an awaited `init()`, `touch()` or `flush()` waits for Redis, in ms. The node keeps trying afterwards.
   * @default 10000
   */
  timeout: OptionSpec<number> & {
    default: number;
  };
  /**
   * How often a node publishes a heartbeat, in ms. Longer in proportion with more than 128 peers, as `heartbeatTimeout` is.
   * @default 2000
   */
  heartbeatInterval: OptionSpec<number> & {
    default: number;
  };
  /**
   * Silence after which a peer expires, or this node replaces its own connection, in ms. At least twice
   * `heartbeatInterval`.
   * @default 3.5 times `heartbeatInterval`
   */
  heartbeatTimeout: OptionSpec<number>;
  /**
   * Resyncs are spread at random over this time, in ms, so that nodes do not query the database all at once.
   * @default 500
   */
  resyncJitter: OptionSpec<number> & {
    default: number;
  };
  /**
   * How often a live query of the strategy `feed` runs again by itself while the node is connected, in ms, 1000 to a day. The
   * node polls less often where polls find nothing, or would take more than a fiftieth of the time, but at least
   * once an hour. This bounds the staleness after outside writes that nobody published. Meteor's own interval is the default
   * where settings start Cluster and `redisOplog` is not set: 10000.
   * @default 6 times Meteor's polling interval: 60000
   */
  pollingInterval: OptionSpec<number>;
  /**
   * Add hints to messages: the names of the fields that a write changed, and hashes of their values. With them nodes skip
   * changes that concern none of their live queries. `docs/hints.md` says what hints reveal.
   * @default true
   */
  hints: OptionSpec<boolean> & {
    default: boolean;
  };
  /**
   * Publish raw writes: those that the application makes with MongoDB's driver on Meteor's connections, by `rawCollection()`
   * and `rawDatabase()`. Those of transactions are published at the commit.
   * @default true
   */
  rawWrites: OptionSpec<boolean> & {
    default: boolean;
  };
  /**
   * The share of skipped changes, 0 to 1, whose documents are read all the same, a second later. The document is compared
   * with what live queries hold. A change that was skipped wrongly is counted in `metrics()`, logged, emitted as the event
   * `wrongSkip`, and shown. Strategy `feed`.
   * @default 0
   */
  audit: OptionSpec<number> & {
    default: number;
  };
  /**
   * On SIGTERM and SIGINT, publish what is pending and a leave message before the process ends. The process ends as it
   * would without Cluster. Where somebody else handles the signal too, the process may go on, and the node then stays.
   * @default true
   */
  leaveOnSignals: OptionSpec<boolean> & {
    default: boolean;
  };
  /**
   * Also handle what other programs announce on this Redis in redis-oplog's format: redis-oplog, oplogtoredis,
   * changestream-to-redis. `true` stands for channels without prefix, and for those that start with the name of the database
   * and a dot. A text is the prefix, as redis-oplog's `globalRedisPrefix`. These messages are not authenticated.
   * `docs/migrating-from-redis-oplog.md` says more.
   * @default false
   */
  redisOplog: OptionSpec<boolean | string> & {
    default: boolean | string;
  };
  /**
   * Takes the lines that Cluster logs: an object with the methods `debug`, `info`, `warn` and `error`, such as a logger of
   * pino or winston. It is called with one line of text.
   * @default the console, without `debug`
   */
  logger: OptionSpec<Logger>;
};
type Specification = typeof SPECIFICATION;
type OptionName = keyof Specification;
type OptionValue<Name extends OptionName> =
  Specification[Name] extends OptionSpec<infer Value> ? Value : never;

/** All options, each of which may be left out. `null` means the same as leaving it out, as in the original package. */
type AllOptions = {
  [Name in keyof typeof SPECIFICATION]?: OptionValue<Name> | null;
};
type AddressPart = 'host' | 'port' | 'username' | 'tls';
type Password = 'password' | 'auth';
type Client = 'createClient' | 'sharded';
type Without<Name extends OptionName> = {
  [Excluded in Name]?: null;
};
/** The address of Redis in one of its forms. Without any of them it is that of the variable `CLUSTER_URL`. */
type Address =
  | (Pick<AllOptions, 'url' | 'db'> & Without<AddressPart | Password | Client>)
  | (Pick<AllOptions, AddressPart | 'password' | 'db'> & Without<'url' | 'auth' | Client>)
  | (Pick<AllOptions, AddressPart | 'auth' | 'db'> & Without<'url' | 'password' | Client>)
  | (Pick<AllOptions, Client> & Without<'url' | AddressPart | Password | 'db'>);
/**
 * The options of `Cluster.init`. `url`, `host` with `port`, and `createClient` exclude each other. `null` means the same as
 * leaving an option out, as in the original package.
 */
type ClusterConfig = Omit<AllOptions, 'url' | AddressPart | Password | Client | 'db'> & Address;

/** The id of a document: a string or an ObjectID. */
type DocumentId =
  | string
  | {
      toHexString(): string;
    };
/** The documents given to `touch`: one id, several, or what the driver's `insertMany` returns as `insertedIds`. */
type TouchedIds = DocumentId | readonly DocumentId[] | Readonly<Record<number, DocumentId>>;

/** Why a message was dropped. */
type DropReason =
  /** It is not what a node of Cluster publishes. */
  | 'malformed'
  /** Its node has another secret, or none. */
  | 'notAuthentic'
  /** It was signed more than 10 minutes ago, or ahead: it was replayed, or the clocks of nodes differ. */
  | 'outdated'
  /** Its collection is not synced on this node. */
  | 'notSynced';
/**
 * Why `status().connected` is `false` now. `redis`: there is no connection to Redis. `clock`: the clock of this node differs
 * from that of most nodes, so that they drop each other's messages. `oneWay`: most peers that this node receives do not
 * receive it. `close`: `Cluster.close()` was called.
 */
type DisconnectReason = 'redis' | 'clock' | 'oneWay' | 'close';
/** The events of `Cluster.on()`, by name, with what a listener gets. */
interface ClusterEvents {
  /** `status().connected` has become `true`. `again`: not for the first time since `init()`. */
  connect: {
    readonly again: boolean;
  };
  /** `status().connected` has become `false`. `clockDifferenceMs`: that of `status()`, for the reason `clock`. */
  disconnect: {
    readonly reason: DisconnectReason;
    readonly clockDifferenceMs?: number;
  };
  /** The live queries of a collection run again, because messages may have been lost. */
  resync: {
    readonly collection: string;
  };
  /** A message of a node has arrived that was no peer. `node` is the `nodeId` of its `status()`. */
  peerJoin: {
    readonly node: string;
  };
  /** A peer has published its leave message. */
  peerLeave: {
    readonly node: string;
  };
  /** A peer was silent for `heartbeatTimeout`: it is dead or disconnected. */
  peerExpire: {
    readonly node: string;
  };
  /** A message was dropped. `message` says what was wrong with it. */
  drop: {
    readonly reason: DropReason;
    readonly message: string;
  };
  /**
   * The option `audit` has found a document that a live query did not show, after its change had been skipped. `write` is the
   * kind of the write and its fields, `selector` that of the live query with types in place of values. An outside write of
   * the document looks the same.
   */
  wrongSkip: {
    readonly collection: string;
    readonly write: {
      readonly kind: string;
      readonly fields: readonly string[];
    };
    readonly selector: unknown;
  };
  /** A warning was logged, once for each problem until it is over. `message` is the logged line without `Cluster: `. */
  error: {
    readonly message: string;
  };
}
type EventName = keyof ClusterEvents;
/** Called with an event. Its errors and rejections are logged. */
type ClusterListener<Name extends EventName> = (event: ClusterEvents[Name]) => unknown;

declare abstract class ClusterEventEmitter {
  #private;
  /**
   * Adds a listener of an event. May be called before `init`; listeners stay after `close`.
   *
   * @param event the name of the event
   * @param listener called with each event. Its errors and rejections are logged
   * @throws Error for an unknown event, or a listener that is no function
   */
  on<Name extends EventName>(event: Name, listener: ClusterListener<Name>): this;
  /** Adds a listener of the next event of this name alone. Otherwise the same as `on`. */
  once<Name extends EventName>(event: Name, listener: ClusterListener<Name>): this;
  /** Removes a listener that `on` or `once` has added. */
  off<Name extends EventName>(event: Name, listener: ClusterListener<Name>): this;
  /** Calls the listeners when the code that runs now has ended, as they may call `close()`, for example. Never throws. */
  protected emit<Name extends EventName>(name: Name, event: ClusterEvents[Name]): void;
  /** Called when a listener has thrown or rejected. */
  protected abstract onListenerFailure(event: EventName, error: unknown): void;
  private callListeners;
}

/** Durations that were measured, in ms. */
interface ClusterHistogram {
  /** How many. */
  count: number;
  /** Their sum, in ms. */
  sum: number;
  /** How many took at most `le` ms, in rising order of `le`. Longer times are in `count` alone. */
  buckets: {
    le: number;
    count: number;
  }[];
}

/** Everything is `null`, `false` or 0 before `init()`. */
interface SessionStatus {
  /** Whether this node can publish and receives the channel, and most nodes that it receives receive it, and have its time. */
  connected: boolean;
  /** Why `connected` is `false`; `null`: it is `true`, or there is no session: before `init()` and after `close()`. */
  disconnectReason: DisconnectReason | null;
  /**
   * By how much the clocks of other nodes are ahead of this one's, in ms, by median. It counts nodes whose clocks differ by
   * more than ten minutes: with a secret, they drop each other's messages. `null`: there are no such nodes, or no secret.
   */
  clockDifferenceMs: number | null;
  /** The name of this node on the channel, new at every start. */
  nodeId: string | null;
  /** Nodes with equal namespaces form one cluster. */
  namespace: string | null;
  /** How this node updates its live queries when another node writes. */
  strategy: StrategyName | null;
  /** Messages about changes that Redis has accepted from this node since `init()`. */
  published: number;
  /** Messages about changes of other nodes that this node has handled since `init()`. */
  received: number;
  /** Messages dropped since `init()`: malformed, not authentic, or about a collection that is not synced. */
  dropped: number;
  /** The other nodes that this node has received messages from lately. */
  peers: number;
  /** How often a collection was resynced since `init()` because messages may have been lost. */
  resyncs: number;
}
/** How many live queries this node has open, by what updates them. Equal ones count once, as Meteor shares them. */
interface LiveQueryCounts {
  /** Cluster feeds Meteor's oplog observe driver. */
  fed: number;
  /** Meteor tails a real oplog. */
  oplog: number;
  /** Meteor reads a change stream. */
  changeStreams: number;
  /** The query runs again, on a timer and when Meteor is notified. */
  polling: number;
}
interface ClusterStatus extends SessionStatus {
  /** The names of the synced collections. */
  collections: string[];
  /** The open live queries of each synced collection. */
  liveQueries: Record<string, LiveQueryCounts>;
}

/** Why a fed live query runs again. */
type RequeryReason =
  /** Messages may have been lost. */
  | 'resync'
  /** A change of the whole collection: a write or `touch` without ids, or with too many. */
  | 'collection'
  /** Its polling interval is over. */
  | 'poll'
  /** While it queried, more changes were skipped than are remembered. */
  | 'skipped'
  /** The read of changed documents has failed. */
  | 'readFailed'
  /** Its observe driver has failed, or would misread the document. */
  | 'driver';
/** Counters, all of the time since `init()`. They only grow. */
interface ClusterCounters {
  /** Messages about changes that Redis has accepted from this node. */
  published: number;
  /** Messages about changes of other nodes that this node has handled. */
  received: number;
  /** Messages that were dropped, by reason. */
  dropped: Record<DropReason, number>;
  /** How often a collection was resynced. */
  resyncs: number;
  /** Reads of changed documents: queries to the database by ids. Strategy `feed`. */
  reads: number;
  /** Documents that these reads have returned. Strategy `feed`. */
  documentsRead: number;
  /** Changed documents that were dispatched to live queries, deleted ones too. Strategy `feed`. */
  documentsDispatched: number;
  /** Changed documents that were not read, as they concern no live query here. Strategy `feed`. */
  documentsSkipped: number;
  /** Skipped documents that the option `audit` has read and compared with what live queries hold. */
  audited: number;
  /** Audited documents that a live query did not show. An outside write of the document looks the same. */
  wrong: number;
  /** Fed live queries that ran again, by reason. Strategy `feed`. */
  requeries: Record<RequeryReason, number>;
  /**
   * Documents that only a poll has shown, while the node was connected: an outside write that nobody published, or a fault of
   * Cluster. Strategy `feed`.
   */
  foundByPolls: number;
  /** Empty updates, which make Meteor run live queries again. Strategy `update`. */
  updates: number;
}
/** Values as of now. */
interface ClusterGauges {
  /** 1 when `status().connected` is true, else 0. */
  connected: number;
  /** Peers that have not expired. */
  peers: number;
  /** Documents whose change waits to be published. A change of a whole collection counts as one. */
  pending: number;
  /** Fed live queries that wait to run again: a few do so at once. Strategy `feed`. */
  requeriesPending: number;
  /** How often each fed live query polls now, in ms; of several databases the longest; 0: none is fed. Strategy `feed`. */
  pollingIntervalMs: number;
}
/** Durations, all of the time since `init()`. */
interface ClusterHistograms {
  /** From a write's commit to Redis' answer; of writes that share a message, the oldest one's. */
  publishMs: ClusterHistogram;
  /**
   * From a peer's message to the end of its dispatch. Strategy `feed`: per connection, and only of messages that concern a
   * live query. Strategy `update`: of messages that share an empty update, the oldest one's.
   */
  dispatchMs: ClusterHistogram;
  /** From this node's heartbeat to its echo: the round trip by way of Redis. */
  heartbeatMs: ClusterHistogram;
}
/** The result of `Cluster.metrics()`: plain data that JSON can write. */
interface ClusterMetrics {
  counters: ClusterCounters;
  gauges: ClusterGauges;
  histograms: ClusterHistograms;
}

/** A `Mongo.Collection` stored in MongoDB, or the name of one. */
type SyncTarget =
  | string
  | {
      rawCollection(): unknown;
    };
interface SyncAllOptions {
  /** Collections that are not synced. @default none */
  readonly except?: readonly SyncTarget[];
}

/** The type of `Cluster` and `Meteor.Cluster`. */
declare class MeteorCluster extends ClusterEventEmitter {
  #private;
  /**
   * Connects this node to the cluster. Needs no `await`, and may come before or after `sync`. Redis may be down: the
   * node then connects when it is up.
   *
   * @param config a `redis://` URL or options; by default the variable `CLUSTER_URL`, else Redis on this machine. The URL
   *   `none` stands for a node that is alone: it connects to nothing, and feeds its own live queries
   * @returns whether the node is connected. Resolves when it is, at the latest after `timeout`; never rejects
   * @throws ClusterConfigError when `config`, a setting or a variable cannot be used; Error when the application has called it
   *   before
   */
  init(config?: string | ClusterConfig | null): Promise<boolean>;
  /**
   * Syncs collections: every write on Meteor's connections is published, and what other nodes publish updates this node's live
   * queries. May be called any number of times.
   *
   * @param targets `Mongo.Collection`s stored in MongoDB, their names, or arrays of these; a name covers all its instances
   * @throws Error that names what came instead; none of the targets is synced then
   */
  sync(...targets: (SyncTarget | readonly SyncTarget[])[]): void;
  /**
   * Syncs every collection stored in MongoDB, those opened later too, those of packages too.
   *
   * @param options `except`: collections that are not synced, or their names
   * @throws Error that names what came instead; nothing is synced then
   */
  syncAll(options?: SyncAllOptions): void;
  /**
   * Publishes outside writes: those of another program, or of a client of MongoDB's driver that is not Meteor's.
   *
   * @param target a synced collection or its name
   * @param ids the written documents, one id or several; by default any of the collection
   * @returns resolves when this node's own live queries are refreshed and Redis has accepted the change. Without Redis it
   *   resolves after `timeout` with a warning, and the change stays pending. Before `init` and after `close` the
   *   change waits for the next session
   * @throws Error when the collection is not synced; Error that names what came instead of ids
   */
  touch(target: SyncTarget, ids?: TouchedIds): Promise<void>;
  /**
   * Waits until Redis has accepted every change written or touched so far.
   *
   * @throws TimeoutError when that takes longer than `timeout`; the changes stay pending
   */
  flush(): Promise<void>;
  /**
   * Sends a message of the application to every other connected node, at most once. It is for facts not worth storing, such
   * as "Tom is typing" or "this cache is out of date". Changes of data need no broadcast.
   *
   * @param topic names the handlers that get it, of 1 to 256 characters
   * @param payload any value that EJSON can write, with at most 60,000 characters as EJSON
   * @returns whether Redis has accepted it, at once `false` when this node is not connected; never rejects
   * @throws Error that names what came instead
   */
  broadcast(topic: string, payload?: unknown): Promise<boolean>;
  /**
   * Handles the broadcasts of other nodes. May be called before `init`; handlers stay after `close`.
   *
   * @typeParam Payload what the sender publishes. It checks nothing: the handler does
   * @param topic the topic of the broadcasts
   * @param handler called with the payload of each. Its errors are logged
   * @returns removes the handler
   * @throws Error that names what came instead
   */
  onBroadcast<Payload = unknown>(topic: string, handler: BroadcastHandler<Declared<Payload>>): () => void;
  /**
   * Leaves the cluster: publishes what is pending and a leave message, and puts everything back as it was, the collections'
   * methods, the connections, the timers. Until then the node receives, and publishes what is written. Idempotent.
   * Afterwards `init` and `sync` start anew.
   *
   * @returns resolves when the connections are closed, at most 1.5 s later; never rejects
   */
  close(): Promise<void>;
  /** Returns the state of this node, as of now. */
  status(): ClusterStatus;
  /** Returns what this node has counted and measured since `init`, as plain data. Zeros before it and after `close`. */
  metrics(): ClusterMetrics;
  /**
   * Returns whether a load balancer should send users to this node: from when it is connected, or `timeout` is over,
   * until `close`. Redis may be away: the node serves its users.
   */
  healthy(): boolean;
  protected onListenerFailure(event: EventName, error: unknown): void;
  /** Called when a session starts. A node may be there for broadcasts alone. */
  private reportIfNothingSynced;
  private publishAndRefresh;
}

/**
 * Thrown for an option or variable that cannot be used. It names the option, what was expected and what came, and never
 * repeats a URL, a password or a secret.
 */
declare class ClusterConfigError extends Error {
  readonly name = 'ClusterConfigError';
  /** The option (`heartbeatTimeout`) or the variable (`CLUSTER_URL`). */
  readonly option: string;
  constructor(option: string, message: string);
}

/** One value of a metric. */
interface MetricValue {
  /** The name of the family; of a histogram it ends in `_bucket`, `_sum` or `_count`. */
  metricName: string;
  labels: Record<string, string>;
  value: number;
}
/** A metric with all its values. */
interface MetricFamily {
  name: string;
  type: 'counter' | 'gauge' | 'histogram';
  help: string;
  values: MetricValue[];
}
/** Returns metrics as families. Names are in snake case, counters end in `_total`, durations are in seconds. */
declare function metricFamilies({ counters, gauges, histograms }: ClusterMetrics): MetricFamily[];

declare module 'meteor/meteor' {
  namespace Meteor {
    /** The same object as `Cluster` of `meteor/cluster`. */
    let Cluster: MeteorCluster;
  }
}
/** The Cluster of this application, the same object as `Meteor.Cluster`. */
declare const Cluster: MeteorCluster;

export { Cluster, ClusterConfigError, TimeoutError, metricFamilies };
export type {
  BroadcastHandler,
  ClientRole,
  ClusterConfig,
  ClusterCounters,
  ClusterEvents,
  ClusterGauges,
  ClusterHistogram,
  ClusterHistograms,
  ClusterListener,
  ClusterMetrics,
  ClusterStatus,
  CreateClient,
  DisconnectReason,
  DocumentId,
  DropReason,
  EventName,
  LiveQueryCounts,
  Logger,
  MeteorCluster,
  MetricFamily,
  MetricValue,
  RedisClient,
  RequeryReason,
  StrategyName,
  SyncAllOptions,
  SyncTarget,
  TouchedIds,
};
