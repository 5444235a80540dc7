/**
 * The components of a cluster session, each created with what it needs of those before it.
 *
 * Called by `cluster-session.ts`, which starts and stops them, and passes them what the channel receives.
 */

import { BroadcastExchange } from '../broadcasts/exchange';
import type { ConnectedOptions } from '../config/options';
import { pollingPolicy } from '../config/polling';
import { Connectivity } from '../membership/connectivity';
import { Heartbeat } from '../membership/heartbeat';
import { OutdatedNodes } from '../membership/outdated-nodes';
import { Peers } from '../membership/peers';
import type { ReceivedUntil } from '../membership/received-until';
import { Authenticator } from '../protocol/authenticator';
import { channelName } from '../protocol/message';
import { Publisher } from '../publishing/publisher';
import { Receiver } from '../receiving/receiver';
import { Resync } from '../receiving/resync';
import { Channel } from '../redis/channel';
import { RedisOplogSource } from '../redis-oplog/source';
import type { SessionContext } from './session';

export interface ClusterSessionContext extends SessionContext {
  readonly options: ConnectedOptions;
  readonly namespace: string;
  /** The name of the default database. */
  readonly database: string;
  /** Returns the databases in which a collection of a name is open. */
  databasesOf(collection: string): readonly string[];
  /** The names of the synced collections, as of now. */
  readonly synced: ReadonlySet<string>;
  readonly received: ReceivedUntil;
}

export interface Components {
  readonly channel: Channel;
  readonly peers: Peers;
  readonly publisher: Publisher;
  readonly receiver: Receiver;
  readonly heartbeat: Heartbeat;
  readonly connectivity: Connectivity;
  readonly resync: Resync;
  readonly broadcasts: BroadcastExchange;
  /** `undefined`: the option `redisOplog` is off. */
  readonly redisOplog: RedisOplogSource | undefined;
}

/** The parts that all other components need. */
interface Basis {
  readonly context: ClusterSessionContext;
  readonly nodeId: string;
  readonly authenticator: Authenticator | undefined;
  readonly channel: Channel;
  readonly peers: Peers;
  readonly outdated: OutdatedNodes;
  readonly resync: Resync;
}

/** Creates the components of a node's session. Nothing is connected or started yet. */
export function createComponents(context: ClusterSessionContext, nodeId: string): Components {
  const { clock, options, namespace, log, emit } = context;
  const name = channelName(namespace);
  const peers = new Peers((event, node) => emit(event, { node }));
  const basis: Basis = {
    context,
    nodeId,
    authenticator: options.secrets && new Authenticator(options.secrets, name),
    channel: new Channel(name, options, log, clock),
    peers,
    outdated: new OutdatedNodes(),
    resync: createResync(context, peers),
  };
  const publisher = createPublisher(basis);
  const connectivity = createConnectivity(basis, publisher);
  const heartbeat = createHeartbeat(basis, publisher, connectivity);
  const broadcasts = createBroadcasts(basis);
  return {
    channel: basis.channel,
    peers,
    publisher,
    receiver: createReceiver(basis, publisher, heartbeat, broadcasts),
    heartbeat,
    connectivity,
    resync: basis.resync,
    broadcasts,
    redisOplog: createSource(basis),
  };
}

function createResync(context: ClusterSessionContext, peers: Peers): Resync {
  const { clock, options, databasesOf, strategy, log, emit } = context;
  return new Resync({
    clock,
    jitterMs: options.resyncJitterMs,
    intervalMs: options.heartbeatTimeoutMs,
    log,
    peerCount: () => peers.count,
    run: (collection) => {
      emit('resync', { collection });
      for (const database of databasesOf(collection)) {
        strategy.handleChange({ database, collection, ids: 'all', isResync: true });
      }
    },
  });
}

/** Resyncs the synced ones among collections of which messages, or the writes of a peer, were missed. */
function resyncMissed({ context, resync }: Basis, collections: readonly string[]): void {
  resync.request(collections.filter((collection) => context.synced.has(collection)));
}

function createPublisher({ context, nodeId, authenticator, channel, peers }: Basis): Publisher {
  const { clock, database, synced, log, metrics } = context;
  return new Publisher(channel, {
    clock,
    nodeId,
    database,
    synced,
    authenticator,
    log,
    nextNamedPeers: () => peers.nextNamed(),
    onAccepted: (writtenAt) => metrics.publishMs.record(clock.now() - writtenAt),
  });
}

function createConnectivity(
  { context, channel, peers, outdated }: Basis,
  publisher: Publisher,
): Connectivity {
  const { clock, options, strategy, log, emit } = context;
  return new Connectivity({
    clock,
    options,
    log,
    emit,
    channel,
    publisher,
    peers,
    outdated,
    onUpdate: (receivesAll) => strategy.setPolling(pollingPolicy(options.pollingIntervalMs, receivesAll)),
  });
}

function createHeartbeat(basis: Basis, publisher: Publisher, connectivity: Connectivity): Heartbeat {
  const { context, channel, peers } = basis;
  const { clock, options, synced, received, log, metrics } = context;
  return new Heartbeat({
    clock,
    options,
    synced,
    received,
    log,
    channel,
    publisher,
    peers,
    onHeartbeat: () => connectivity.onHeartbeat(),
    onReplaced: () => connectivity.update(),
    onExpire: (collections) => resyncMissed(basis, collections),
    onRoundTrip: (ms) => metrics.heartbeatMs.record(ms),
  });
}

function createBroadcasts({ context, nodeId, authenticator, channel, peers }: Basis): BroadcastExchange {
  return new BroadcastExchange({
    clock: context.clock,
    nodeId,
    channel,
    authenticator,
    log: context.log,
    hasLeft: (node) => peers.hasLeft(node),
    onBroadcast: context.onBroadcast,
  });
}

function createSource({ context, channel, resync }: Basis): RedisOplogSource | undefined {
  const { clock, options, databasesOf, strategy, log, emit } = context;
  if (options.redisOplog === false) return undefined;
  return new RedisOplogSource({
    clock,
    option: options.redisOplog,
    databasesOf,
    log,
    emit,
    isReady: () => channel.isReady,
    subscribe: ({ name, isPattern }, listener) => channel.subscribeTo(name, isPattern, listener),
    onChange: (change) => strategy.handleChange(change),
    onGap: (collection) => resync.request([collection]),
  });
}

function createReceiver(
  basis: Basis,
  publisher: Publisher,
  heartbeat: Heartbeat,
  broadcasts: BroadcastExchange,
): Receiver {
  const { context, nodeId, authenticator, peers, outdated } = basis;
  const { clock, options, synced, strategy, log, emit } = context;
  return new Receiver({
    clock,
    nodeId,
    options,
    synced,
    authenticator,
    log,
    peers,
    outdated,
    onEcho: (message) => {
      if (message.kind === 'change') publisher.receiveEcho(message);
      else heartbeat.receiveEcho(message.heartbeat);
    },
    onGap: (collections) => resyncMissed(basis, collections),
    onChange: (change) => strategy.handleChange(change),
    onBroadcast: (message) => broadcasts.receive(message),
    onDrop: (event) => emit('drop', event),
  });
}
