/**
 * Whether this node is connected: it receives the channel, and most peers that it receives receive it.
 *
 * Owned by the cluster session, which calls it wherever the answer may have changed.
 */

import type { ConnectedOptions } from '../config/options';
import type { DisconnectReason, Emit } from '../observability/events';
import type { Log } from '../observability/log';
import { now } from './clock';
import { ConnectionWatch } from './connection-watch';
import type { Peers } from './peers';

export interface ConnectivityContext {
  readonly options: ConnectedOptions;
  readonly channel: { readonly isReady: boolean };
  readonly publisher: { readonly isRefused: boolean };
  readonly peers: Peers;
  readonly log: Log;
  readonly emit: Emit;
}

export class Connectivity {
  readonly #context: ConnectivityContext;
  readonly #watch: ConnectionWatch;
  /** How many peers do not receive this node, although it receives them. */
  #oneWayPeers = 0;
  #isClosed = false;

  constructor(context: ConnectivityContext) {
    this.#context = context;
    this.#watch = new ConnectionWatch(context.emit);
  }

  get isConnected(): boolean {
    return this.disconnectReason === undefined;
  }

  /** Called where the answer may have changed. A client may lose its connection without an event: then by the heartbeat. */
  update(): void {
    if (!this.#isClosed) this.#watch.update(this.disconnectReason);
  }

  /** Called before each heartbeat. */
  onBeat(): void {
    if (this.#context.channel.isReady) this.updateOneWayPeers();
    this.update();
  }

  /** Called when the session ends. */
  close(): void {
    this.#isClosed = true;
    this.#watch.update('close');
  }

  private get disconnectReason(): DisconnectReason | undefined {
    const { channel, peers } = this.#context;
    if (!channel.isReady) return 'redis';
    return this.#oneWayPeers <= peers.count / 2 ? undefined : 'oneWay';
  }

  private updateOneWayPeers(): void {
    const { options, peers, publisher, log } = this.#context;
    const { heartbeatTimeoutMs, heartbeatIntervalMs } = options;
    this.#oneWayPeers = peers.countOneWay(now(), heartbeatTimeoutMs, heartbeatIntervalMs);
    if (this.#oneWayPeers === 0) {
      if (log.resolve('one way')) log.info('all peers receive this node again');
      return;
    }
    // What Redis refuses is logged as that.
    if (publisher.isRefused) return;
    log.warn(
      'one way',
      `${this.#oneWayPeers} of ${peers.count} peers do not receive this node, although it receives them. ` +
        'Connect every node to the primary of Redis, not to replicas, and give all nodes the same secrets',
    );
  }
}
