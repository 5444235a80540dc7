/**
 * A publisher on a channel that the test answers, message by message.
 *
 * Used by the unit tests of the publisher, to force an order of its messages, of answers and of echoes.
 */

import type { Change } from '../../src/changes/change';
import { Log } from '../../src/observability/log';
import { decode } from '../../src/protocol/codec';
import type { ChangeMessage, Decoded } from '../../src/protocol/message';
import { Publisher } from '../../src/publishing/publisher';
import type { Channel } from '../../src/redis/channel';
import { TestClock } from './test-clock';

/** A message that Redis has not answered yet. */
export interface PublishedMessage {
  readonly message: Decoded;
  accept(): void;
  refuse(error?: Error): void;
}

export class PublisherStage {
  readonly clock = new TestClock();
  readonly channel = { isReady: true };
  readonly lines: string[] = [];
  readonly published: PublishedMessage[] = [];
  /** With what `onAccepted` was called. */
  readonly accepted: number[] = [];
  readonly publisher: Publisher;

  constructor(synced: ReadonlySet<string> = new Set(['items', 'rooms'])) {
    const { clock, channel, published, lines } = this;
    const keep = (line: string) => void lines.push(line);
    const faked = {
      name: 'tests',
      get isReady() {
        return channel.isReady;
      },
      publish: (text: string) =>
        new Promise<void>((accept, reject) => {
          const refuse = (error = new Error('refused')) => reject(error);
          published.push({ message: decode(text), accept, refuse });
        }),
    };
    this.publisher = new Publisher(faked as unknown as Channel, {
      clock,
      nodeId: 'this node',
      database: 'shop',
      synced,
      authenticator: undefined,
      log: new Log({ debug() {}, info: keep, warn: keep, error: keep }),
      nextNamedPeers: () => undefined,
      onAccepted: (writtenAt) => this.accepted.push(writtenAt),
    });
  }

  add(id: string, collection = 'items'): void {
    this.publisher.add({ database: 'shop', collection, ids: [id] });
  }

  /** Waits for the n-th message, counted from 1. */
  async nth(n: number): Promise<PublishedMessage> {
    await this.clock.until(`message ${n}`, () => this.published.length >= n);
    return this.published[n - 1] as PublishedMessage;
  }

  /** The published messages, as `collection number: ids`, or as the kind of another message. */
  get texts(): string[] {
    return this.published.map(({ message }) => textOf(message));
  }

  /** Called with a message that comes back. */
  echo({ message }: PublishedMessage): void {
    if (message.kind === 'change') this.publisher.receiveEcho(message);
  }
}

function textOf(message: Decoded): string {
  if (message.kind !== 'change') return message.kind;
  const { collection, seq, ids }: ChangeMessage & Change = message;
  return `${collection} ${seq}: ${ids}`;
}
