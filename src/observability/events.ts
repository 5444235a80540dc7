/**
 * The events of `Cluster.on()` and what their listeners get: plain objects, without secrets and without error objects.
 *
 * Emitted by the session and the log, through `event-source.ts`. Types and names only.
 */

/** Why a message was dropped. */
export type DropReason =
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
export type DisconnectReason = 'redis' | 'clock' | 'oneWay' | 'close';

/** The events of `Cluster.on()`, by name, with what a listener gets. */
export interface ClusterEvents {
  /** `status().connected` has become `true`. `again`: not for the first time since `init()`. */
  connect: { readonly again: boolean };
  /** `status().connected` has become `false`. `clockDifferenceMs`: that of `status()`, for the reason `clock`. */
  disconnect: { readonly reason: DisconnectReason; readonly clockDifferenceMs?: number };
  /** The live queries of a collection run again, because messages may have been lost. */
  resync: { readonly collection: string };
  /** A message of a node has arrived that was no peer. `node` is the `nodeId` of its `status()`. */
  peerJoin: { readonly node: string };
  /** A peer has published its leave message. */
  peerLeave: { readonly node: string };
  /** A peer was silent for `heartbeatTimeout`: it is dead or disconnected. */
  peerExpire: { readonly node: string };
  /** A message was dropped. `message` says what was wrong with it. */
  drop: { readonly reason: DropReason; readonly message: string };
  /**
   * The option `audit` has found a document that a live query did not show, after its change had been skipped. `write` is the
   * kind of the write and its fields, `selector` that of the live query with types in place of values. An outside write of
   * the document looks the same.
   */
  wrongSkip: {
    readonly collection: string;
    readonly write: { readonly kind: string; readonly fields: readonly string[] };
    readonly selector: unknown;
  };
  /** A warning was logged, once for each problem until it is over. `message` is the logged line without `Cluster: `. */
  error: { readonly message: string };
}

export type EventName = keyof ClusterEvents;

/** Called with an event. Its errors and rejections are logged. */
export type ClusterListener<Name extends EventName> = (event: ClusterEvents[Name]) => unknown;

/** Emits an event. Never throws. */
export type Emit = <Name extends EventName>(name: Name, event: ClusterEvents[Name]) => void;

const NAMES: Readonly<Record<EventName, true>> = {
  connect: true,
  disconnect: true,
  resync: true,
  peerJoin: true,
  peerLeave: true,
  peerExpire: true,
  drop: true,
  wrongSkip: true,
  error: true,
};

export const EVENT_NAMES = Object.keys(NAMES) as readonly EventName[];
