/**
 * The texts of this node's own messages: numbers its changes and heartbeats, and signs them.
 *
 * Owned by the publisher, which decides when they are published. No Meteor or Redis imports.
 */

import type { Clock } from '../base/time';
import type { Change } from '../changes/change';
import type { Authenticator } from '../protocol/authenticator';
import { textOf } from '../protocol/codec';
import type { ChangeMessage, Counts, Message, ReceivedPeers } from '../protocol/message';
import { AnnouncedCounts, inPieces } from './announced-counts';

export interface OwnMessagesContext {
  readonly clock: Clock;
  readonly nodeId: string;
  /** The name of the default database. */
  readonly database: string;
  /** The names of the synced collections, as of now. */
  readonly synced: ReadonlySet<string>;
  /** Returns the peers to name in the next heartbeat. */
  nextNamedPeers(): ReceivedPeers | undefined;
  readonly authenticator: Authenticator | undefined;
}

export class OwnMessages {
  readonly #context: OwnMessagesContext;
  /** How many changes of each collection were numbered. */
  readonly #counts = new Map<string, number>();
  readonly #announced = new AnnouncedCounts();
  #heartbeats = 0;
  #hasLeft = false;

  constructor(context: OwnMessagesContext) {
    this.#context = context;
  }

  /** Whether the last message was a leave message. */
  get hasLeft(): boolean {
    return this.#hasLeft;
  }

  /** Returns a change with the next number of its collection. It names the database only where that is not the default one. */
  number(change: Change): ChangeMessage {
    const { nodeId, database } = this.#context;
    this.#hasLeft = false;
    const seq = (this.#counts.get(change.collection) ?? 0) + 1;
    this.#counts.set(change.collection, seq);
    const named = change.database === database ? undefined : change.database;
    return { ...change, kind: 'change', node: nodeId, seq, database: named };
  }

  /** The number of the last heartbeat or leave message. */
  get lastHeartbeat(): number {
    return this.#heartbeats;
  }

  /** Returns the text of a message. */
  text(message: Message): string {
    const { authenticator, clock } = this.#context;
    return textOf(message, authenticator, clock);
  }

  /** Returns the next heartbeat. @param interval the time until the one after it, in ms; `undefined`: there may be none */
  heartbeat(interval: number | undefined): string {
    const { nextNamedPeers } = this.#context;
    this.#hasLeft = false;
    const counts = this.#announced.next(this.counts());
    return this.text({ kind: 'heartbeat', ...this.announcement(counts), interval, peers: nextNamedPeers() });
  }

  /** Returns heartbeats and a leave message that together have every count: a last gap is noticed. */
  leave(): string[] {
    this.#hasLeft = true;
    // Not only those synced now: `sync()` and `init()` may have begun anew.
    const pieces = inPieces(this.#counts);
    return pieces.map((counts, n) =>
      this.text({ kind: n < pieces.length - 1 ? 'heartbeat' : 'leave', ...this.announcement(counts) }),
    );
  }

  private announcement(counts: Counts) {
    this.#heartbeats += 1;
    return { node: this.#context.nodeId, heartbeat: this.#heartbeats, counts };
  }

  private counts(): Counts {
    return new Map([...this.#context.synced].map((name) => [name, this.#counts.get(name) ?? 0]));
  }
}
