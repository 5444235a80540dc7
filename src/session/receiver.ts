/**
 * Receives what arrives on the channel: verifies, decodes, and passes on what is valid; drops and counts the rest.
 *
 * The session passes in every text. The channel is untrusted: a message only names databases, collections, ids, fields,
 * hashes and numbers, and nothing of it is executed.
 */

import type { Log } from '../observability/log';
import type { Authenticator } from '../protocol/authenticator';
import { decode } from '../protocol/codec';
import type { ChangeMessage, Decoded, HeartbeatMessage, LeaveMessage, Message } from '../protocol/message';
import type { Change } from '../writes/change';
import { now } from './clock';
import type { Peers } from './peers';

export interface ReceiverContext {
  readonly nodeId: string;
  /** The names of the synced collections, as of now. */
  readonly synced: ReadonlySet<string>;
  readonly authenticator: Authenticator | undefined;
  readonly peers: Peers;
  readonly log: Log;
  /** Called when a message of this node has come back. */
  onEcho(message: Message): void;
  /** Called with the collections of which messages were lost. */
  onGap(collections: readonly string[]): void;
  /** Called with every change of another node to a synced collection. */
  onChange(change: Change): void;
}

export class Receiver {
  readonly #context: ReceiverContext;
  #received = 0;
  #dropped = 0;

  constructor(context: ReceiverContext) {
    this.#context = context;
  }

  /** Changes of other nodes that were handled. */
  get received(): number {
    return this.#received;
  }

  /** Messages that were dropped. */
  get dropped(): number {
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
      case 'malformed':
        this.drop(message.reason);
        break;
      case 'unknown':
        break;
    }
  }

  private verified(text: string): Decoded {
    const { authenticator } = this.#context;
    const verified = authenticator ? authenticator.verify(text) : text;
    if (verified !== undefined) return decode(verified);
    return { kind: 'malformed', reason: 'that is not authentic: its node has another secret, or none' };
  }

  private receiveChange({ node, seq, database, collection, ids, hints }: ChangeMessage): void {
    const { synced, peers, onGap, onChange } = this.#context;
    if (!synced.has(collection)) {
      this.drop('of a collection that is not synced here', ` (${JSON.stringify(collection)})`);
      return;
    }
    this.#received += 1;
    if (peers.receiveChange(node, collection, seq, now())) onGap([collection]);
    onChange({ database, collection, ids, hints });
  }

  private receiveCounts({ kind, node, counts }: HeartbeatMessage | LeaveMessage): void {
    const { synced, peers, onGap } = this.#context;
    const countsOfSynced = new Map([...counts].filter(([collection]) => synced.has(collection)));
    onGap(peers.receiveCounts(node, countsOfSynced, now()));
    if (kind === 'leave') peers.remove(node);
  }

  /** @param reason one of a fixed set, so that what the log remembers stays small */
  private drop(reason: string, detail = ''): void {
    this.#dropped += 1;
    this.#context.log.warn(
      `drop ${reason}`,
      `dropped a message ${reason}${detail}; more of this kind are only counted, in status().dropped`,
    );
  }
}
