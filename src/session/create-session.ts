/**
 * Creates the session of a node, with its strategy, from options and the default connection.
 *
 * Called by `session-owner.ts` in `init()`.
 */

import { systemClock } from '../base/time';
import { connects, isOpenToStrangers, type Options } from '../config/options';
import { createHasher } from '../matching/hint';
import { ReceivedUntil } from '../membership/received-until';
import { databasesOf, defaultConnection, openedCollections } from '../meteor/collections/collections';
import type { Emit } from '../observability/events';
import type { Log } from '../observability/log';
import { Metrics } from '../observability/metrics';
import { chooseStrategy, createStrategy, takesOver } from './choose-strategy';
import { ClusterSession } from './cluster-session';
import type { Session } from './session';
import { SingleNodeSession } from './single-node-session';

export interface CreateSessionContext {
  /** The names of the synced collections, as of now. */
  readonly synced: ReadonlySet<string>;
  readonly log: Log;
  /** Emits an event of `Cluster.on()`. */
  readonly emit: Emit;
  /**
   * Called with every broadcast of another node.
   *
   * @returns whether its payload is valid, or its topic has no handler
   */
  onBroadcast(topic: string, payload: string | undefined): boolean;
}

/** Creates a session, which is not open yet. */
export function createSession(options: Options, outside: CreateSessionContext): Session {
  const { synced, log, onBroadcast } = outside;
  const emit = logged(outside.emit, log);
  const connection = defaultConnection();
  const database = connection.db.databaseName;
  const namespace = options.namespace ?? database;
  const metrics = new Metrics();
  const strategyName = chooseStrategy(options.strategy, connection, { log, isAlone: !connects(options) });
  const isSynced = (collection: string) => synced.has(collection);
  const hash = createHasher(`${options.secrets?.[0] ?? ''}\0${namespace}`);
  const clock = systemClock;
  const received = new ReceivedUntil();
  // A node that is alone handles its changes as they are made.
  const receivedUntil = connects(options) ? () => received.time : () => clock.now();
  const strategy = createStrategy(strategyName, {
    database,
    isSynced,
    openedCollections,
    hash,
    receivedUntil,
    log,
    metrics,
    emit,
    audit: options.audit,
    takesOver: takesOver(options.strategy, strategyName),
  });
  const context = {
    clock,
    options,
    strategyName,
    strategy,
    hash,
    log,
    metrics,
    onBroadcast,
    emit,
  };
  if (!connects(options)) return new SingleNodeSession(context);
  return new ClusterSession({ ...context, options, namespace, database, databasesOf, synced, received });
}

/** Dropped messages are logged already, once per reason: strangers could fill a log with them. */
function logged(emit: Emit, log: Log): Emit {
  return (name, event) => {
    if (name !== 'drop') log.debug(`event ${name} ${JSON.stringify(event)}`);
    emit(name, event);
  };
}

export function warnIfOpenToStrangers(options: Options, log: Log): void {
  if (!isOpenToStrangers(options)) return;
  log.warn(
    'open',
    'Redis is on another host and has no password: anybody who reaches it can make this node query the ' +
      'database. Set a password, or CLUSTER_SECRET',
  );
}
