/**
 * Receives what arrives on the channel: verifies, decodes, and passes on what is valid; drops and counts the rest.
 *
 * The session passes in every text. The channel is untrusted: a message about data only names databases, collections, ids,
 * fields, hashes and numbers, and nothing of it is executed.
 */

import type { Clock } from '../base/time';
import { type Change, withoutHints } from '../changes/change';
import { graceMs, graceOfUnknownMs, type HeartbeatOptions } from '../membership/heartbeat-timing';
import type { OutdatedNodes } from '../membership/outdated-nodes';
import type { Peers } from '../membership/peers';
import type { ClusterEvents, DropReason } from '../observability/events';
import type { Log } from '../observability/log';
import { NO_DROPS } from '../observability/metrics';
import { type Authenticator, MAX_OVERHEAD } from '../protocol/authenticator';
import { decode, MAX_LENGTH } from '../protocol/codec';
import type {
  BroadcastMessage,
  ChangeMessage,
  DataMessage,
  Decoded,
  HeartbeatMessage,
  LeaveMessage,
} from '../protocol/message';
import { MAX_COUNTS } from '../publishing/announced-counts';

export interface ReceiverContext {
  readonly clock: Clock;
  readonly nodeId: string;
  readonly options: HeartbeatOptions;
  /** The names of the synced collections, as of now. */
  readonly synced: ReadonlySet<string>;
  readonly authenticator: Authenticator | undefined;
  readonly peers: Peers;
  readonly outdated: OutdatedNodes;
  readonly log: Log;
  /** Called when a message of this node has come back. */
  onEcho(message: DataMessage): void;
  /** Called with the collections of which messages were lost. */
  onGap(collections: readonly string[]): void;
  /** Called with every change of another node to a synced collection. */
  onChange(change: Change): void;
  /**
   * Called with every broadcast of another node.
   *
   * @returns whether its payload is valid, or its topic has no handler
   */
  onBroadcast(message: BroadcastMessage): boolean;
  /** Called when a message was dropped. */
  onDrop?(event: ClusterEvents['drop']): void;
}

export class Receiver {
  readonly #context: ReceiverContext;
  #received = 0;
  readonly #dropped: Record<DropReason, number> = { ...NO_DROPS };

  constructor(context: ReceiverContext) {
    this.#context = context;
  }

  /** Changes of other nodes that were handled. */
  get received(): number {
    return this.#received;
  }

  /** Messages that were dropped. */
  get dropped(): number {
    return Object.values(this.#dropped).reduce((sum, count) => sum + count, 0);
  }

  get droppedByReason(): Readonly<Record<DropReason, number>> {
    return this.#dropped;
  }

  /** @param text from the channel, published by anybody, this node included */
  receive(text: string): void {
    const message = this.verified(text);
    switch (message.kind) {
      case 'change':
      case 'heartbeat':
      case 'leave':
        if (message.node === this.#context.nodeId) this.#context.onEcho(message);
        else if (message.kind === 'change') this.receiveChange(message);
        else this.receiveCounts(message);
        break;
      case 'broadcast':
        this.receiveBroadcast(message);
        break;
      case 'malformed':
        this.drop(message.reason, '', message.cause);
        break;
      // Messages of unknown kinds are ignored: nodes of a newer version may publish them.
    }
  }

  private verified(text: string): Decoded {
    const { authenticator, clock } = this.#context;
    // A text that is too long is refused before anything is computed over it.
    if (!authenticator || text.length > MAX_LENGTH + MAX_OVERHEAD) return decode(text);
    const verified = authenticator.verify(text, clock.date());
    switch (verified.kind) {
      case 'authentic':
        return verified.isFirst ? decode(verified.text) : withoutHashes(decode(verified.text));
      case 'foreign':
        return {
          kind: 'malformed',
          cause: 'notAuthentic',
          reason: 'that is not authentic: its node has another secret, or none',
        };
      case 'outdated':
        this.noteOutdated(decode(verified.text), verified.aheadMs);
        return {
          kind: 'malformed',
          cause: 'outdated',
          reason:
            'that was signed more than 10 minutes ago, or ahead: it was replayed, or the clocks of nodes differ',
        };
    }
  }

  /** Handles nothing of the message. It only shows that its node lives, and has another time. */
  private noteOutdated(message: Decoded, aheadMs: number): void {
    const { clock, nodeId, options, peers, outdated } = this.#context;
    if (message.kind !== 'heartbeat' || message.node === nodeId) return;
    const { node, heartbeat, interval } = message;
    const timeoutMs = options.heartbeatTimeoutMs + graceMs(options, interval);
    outdated.receive(node, { heartbeat, aheadMs, at: clock.now(), timeoutMs }, peers.lastHeartbeatOf(node));
  }

  private receiveChange(message: ChangeMessage): void {
    const { node, seq, database, collection, ids, hints, lookedUp, scopes } = message;
    const { clock, options, synced, peers, onGap, onChange } = this.#context;
    if (!synced.has(collection)) {
      this.drop('of a collection that is not synced here', ` (${JSON.stringify(collection)})`, 'notSynced');
      return;
    }
    const at = clock.now();
    const receipt = peers.receiveChange(node, collection, seq, at, graceOfUnknownMs(options, peers.count));
    // Without authentication a stranger's message could make those of a peer look old.
    if (receipt === 'old' && this.#context.authenticator) return;
    this.#received += 1;
    if (receipt === 'gap') onGap([collection]);
    onChange({ database, collection, ids, hints, lookedUp, scopes, at });
  }

  private receiveBroadcast(message: BroadcastMessage): void {
    const { nodeId, onBroadcast } = this.#context;
    if (message.node === nodeId || onBroadcast(message)) return;
    this.drop('with a payload that is not EJSON');
  }

  private receiveCounts(message: HeartbeatMessage | LeaveMessage): void {
    const { clock, nodeId, options, synced, peers, outdated, onGap } = this.#context;
    const { kind, node, heartbeat } = message;
    outdated.forget(node);
    const at = clock.now();
    const counts = new Map([...message.counts].filter(([collection]) => synced.has(collection)));
    if (kind === 'leave') {
      onGap(peers.receiveLeave(node, heartbeat, counts, at));
      return;
    }
    const isComplete = message.counts.size < MAX_COUNTS;
    const grace = graceMs(options, message.interval);
    onGap(peers.receiveCounts({ node, heartbeat, counts, at, isComplete, graceMs: grace }));
    if (message.peers) peers.receiveNamed(node, heartbeat, message.peers, nodeId, at);
  }

  /** @param kind one of a fixed set, so that what the log remembers stays small */
  private drop(kind: string, detail = '', reason: DropReason = 'malformed'): void {
    this.#dropped[reason] += 1;
    const message = `dropped a message ${kind}${detail}`;
    this.#context.log.warn(
      `drop ${kind}`,
      `${message}; more of this kind are only counted, in status().dropped`,
    );
    this.#context.onDrop?.({ reason, message });
  }
}

/** Returns the message without hints, which were hashed with another secret. */
function withoutHashes(message: Decoded): Decoded {
  return message.kind === 'change' ? withoutHints(message) : message;
}
