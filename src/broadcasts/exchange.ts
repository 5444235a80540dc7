/**
 * Publishes the broadcasts of this node, and passes on those of other nodes: each at most once.
 *
 * Owned by the session. Keeps nothing for later: what Redis does not accept is lost, and so is what arrives while this node is
 * disconnected. Replayed broadcasts have an old number, as nodes number their broadcasts. No Meteor or Redis imports.
 */

import { type Clock, TimeoutError } from '../base/time';
import type { Log } from '../observability/log';
import type { Authenticator } from '../protocol/authenticator';
import { textOf } from '../protocol/codec';
import type { BroadcastMessage } from '../protocol/message';

/** The most characters of broadcasts without an answer of Redis. Further ones are lost, so memory stays bounded. */
const MAX_UNANSWERED = 4 * 1024 * 1024;
/** The most nodes of which the last number is remembered: as many as peers. */
const MAX_NODES = 1000;

/** The part of the channel that broadcasts need. */
export interface BroadcastChannel {
  readonly isReady: boolean;
  publish(text: string): Promise<void>;
}

export interface BroadcastContext {
  readonly clock: Clock;
  readonly nodeId: string;
  readonly channel: BroadcastChannel;
  readonly authenticator: Authenticator | undefined;
  readonly log: Log;
  /** Whether a node has left the cluster. */
  hasLeft(node: string): boolean;
  /**
   * Called with every broadcast of another node.
   *
   * @returns whether its payload is valid, or its topic has no handler
   */
  onBroadcast(topic: string, payload: string | undefined): boolean;
}

export class BroadcastExchange {
  readonly #context: BroadcastContext;
  /** Broadcasts so far, published or not. */
  #seq = 0;
  /** Characters that wait for an answer of Redis. */
  #unanswered = 0;
  /** Those of them that are not waited for any more, although the client may still hold them. */
  #givenUp = 0;
  /** The last number of each node, the node first that has been silent the longest. */
  readonly #lastNumbers = new Map<string, number>();

  constructor(context: BroadcastContext) {
    this.#context = context;
  }

  /**
   * Publishes a broadcast now, or never. Never rejects.
   *
   * @param payload an EJSON text
   * @returns whether Redis has accepted it
   */
  async publish(topic: string, payload: string | undefined): Promise<boolean> {
    const { clock, nodeId: node, channel, authenticator, log } = this.#context;
    if (!channel.isReady) return false;
    if (this.#unanswered > MAX_UNANSWERED) {
      log.warn('broadcast', 'Redis accepts broadcasts more slowly than they are published; some are lost');
      return false;
    }
    this.#seq += 1;
    const text = textOf({ kind: 'broadcast', node, seq: this.#seq, topic, payload }, authenticator, clock);
    this.#unanswered += text.length;
    try {
      await channel.publish(text);
      this.#unanswered -= text.length;
      // Redis answers in order.
      this.restart();
      if (this.#unanswered === 0) log.resolve('broadcast');
      return true;
    } catch (error) {
      if (error instanceof TimeoutError) this.#givenUp += text.length;
      else this.#unanswered -= text.length;
      return false;
    }
  }

  /** Called when the connection is ready, maybe another one: its clients hold nothing of earlier time-outs. */
  restart(): void {
    this.#unanswered -= this.#givenUp;
    this.#givenUp = 0;
  }

  /**
   * Called when a broadcast of another node has arrived.
   *
   * @returns whether its payload is valid, or its topic has no handler
   */
  receive({ node, seq, topic, payload }: BroadcastMessage): boolean {
    const { hasLeft, onBroadcast } = this.#context;
    if (hasLeft(node) || seq <= (this.#lastNumbers.get(node) ?? 0)) return true;
    this.#lastNumbers.delete(node);
    this.#lastNumbers.set(node, seq);
    const [oldest] = this.#lastNumbers.keys();
    if (this.#lastNumbers.size > MAX_NODES && oldest !== undefined) this.#lastNumbers.delete(oldest);
    return onBroadcast(topic, payload);
  }
}
