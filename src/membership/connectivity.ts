/**
 * Whether this node is connected: it receives the channel, most nodes that it receives have its time, and most peers
 * receive it.
 *
 * Owned by the cluster session, which calls it wherever the answer may have changed.
 */

import type { Clock } from '../base/time';
import type { ConnectedOptions } from '../config/options';
import type { ClusterEvents, DisconnectReason, Emit } from '../observability/events';
import type { Log } from '../observability/log';
import type { SessionStatus } from '../observability/status';
import type { OutdatedNodes } from './outdated-nodes';
import type { Peers } from './peers';

export interface ConnectivityContext {
  readonly clock: Clock;
  readonly options: ConnectedOptions;
  readonly channel: { readonly isReady: boolean };
  readonly publisher: { readonly isRefused: boolean };
  readonly peers: Peers;
  readonly outdated: OutdatedNodes;
  readonly log: Log;
  readonly emit: Emit;
  /** Called with whether this node receives what other nodes publish, as far as it knows. Maybe with the same as before. */
  onUpdate(receivesAll: boolean): void;
}

export class Connectivity {
  readonly #context: ConnectivityContext;
  readonly #watch: ConnectionWatch;
  /** How many peers do not receive this node, although it receives them. */
  #oneWayPeers = 0;
  /** By how much the clocks of nodes are ahead whose messages this node drops, in ascending order. */
  #clockDifferences: readonly number[] = [];
  #isClosed = false;

  constructor(context: ConnectivityContext) {
    this.#context = context;
    this.#watch = new ConnectionWatch(context.emit);
  }

  get status(): Pick<SessionStatus, 'connected' | 'disconnectReason' | 'clockDifferenceMs'> {
    const reason = this.disconnectReason;
    return {
      connected: reason === undefined,
      disconnectReason: reason ?? null,
      clockDifferenceMs: this.clockDifferenceMs ?? null,
    };
  }

  /** Called where the answer may have changed. A client may lose its connection without an event: then by the heartbeat. */
  update(): void {
    if (this.#isClosed) return;
    const reason = this.disconnectReason;
    const { clockDifferenceMs } = this;
    if (reason === 'clock' && clockDifferenceMs !== undefined)
      this.#watch.update({ reason, clockDifferenceMs });
    else this.#watch.update(reason && { reason });
    this.#context.onUpdate(reason === undefined && this.#clockDifferences.length === 0);
  }

  /** Called before each heartbeat. */
  onHeartbeat(): void {
    if (this.#context.channel.isReady) {
      this.updateClockDifferences();
      this.updateOneWayPeers();
    }
    this.update();
  }

  /** Called when the session ends. */
  close(): void {
    this.#isClosed = true;
    this.#watch.update({ reason: 'close' });
  }

  private get disconnectReason(): DisconnectReason | undefined {
    const { channel, peers } = this.#context;
    if (this.#isClosed) return 'close';
    if (!channel.isReady) return 'redis';
    if (this.isClockOfMinority) return 'clock';
    return this.#oneWayPeers <= peers.count / 2 ? undefined : 'oneWay';
  }

  /** Whether the clocks of most nodes differ from that of this node. */
  private get isClockOfMinority(): boolean {
    const outdated = this.#clockDifferences.length;
    return outdated > (this.#context.peers.count + outdated) / 2;
  }

  /** The median. */
  private get clockDifferenceMs(): number | undefined {
    return this.#clockDifferences[Math.floor(this.#clockDifferences.length / 2)];
  }

  private updateClockDifferences(): void {
    const { clock, outdated, log } = this.#context;
    this.#clockDifferences = outdated.differences(clock.now());
    const { clockDifferenceMs } = this;
    const [topic, other] = this.isClockOfMinority ? ['own clock', 'clock'] : ['clock', 'own clock'];
    const wasLogged = log.resolve(other);
    if (clockDifferenceMs === undefined) {
      if (log.resolve(topic) || wasLogged) log.info('the clocks of all nodes agree again');
      return;
    }
    const seconds = Math.round(Math.abs(clockDifferenceMs) / 1000);
    const difference = `${seconds} s ${clockDifferenceMs > 0 ? 'ahead of' : 'behind'}`;
    log.warn(
      topic,
      `${this.isClockOfMinority ? 'most nodes have a clock' : 'a node has a clock'} ${difference} that of this node, ` +
        "and nodes that differ by more than 600 s drop each other's messages. Synchronize the clocks, with NTP for example",
    );
  }

  private updateOneWayPeers(): void {
    const { clock, options, peers, publisher, log } = this.#context;
    const { heartbeatTimeoutMs, heartbeatIntervalMs } = options;
    this.#oneWayPeers = peers.countOneWay(clock.now(), heartbeatTimeoutMs, heartbeatIntervalMs);
    if (this.#oneWayPeers === 0) {
      if (log.resolve('one way')) log.info('all peers receive this node again');
      return;
    }
    // A refusal of Redis has a log line of its own.
    if (publisher.isRefused) return;
    log.warn(
      'one way',
      `${this.#oneWayPeers} of ${peers.count} peers do not receive this node, although it receives them. ` +
        'Connect every node to the primary of Redis, not to replicas, and give all nodes the same secrets',
    );
  }
}

export class ConnectionWatch {
  readonly #emit: Emit;
  #isConnected = false;
  #hasBeenConnected = false;

  constructor(emit: Emit) {
    this.#emit = emit;
  }

  /** @param disconnected why the node is disconnected; `undefined`: it is connected */
  update(disconnected: ClusterEvents['disconnect'] | undefined): void {
    const isConnected = disconnected === undefined;
    if (isConnected === this.#isConnected) return;
    const again = this.#hasBeenConnected;
    this.#isConnected = isConnected;
    this.#hasBeenConnected = true;
    if (disconnected === undefined) this.#emit('connect', { again });
    else this.#emit('disconnect', disconnected);
  }
}
