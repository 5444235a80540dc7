/**
 * How a node leaves the cluster while its application may still write. It stays a member until a moment at which nothing is
 * in progress or pending, or until the time for that is over.
 *
 * Called by the cluster session in `close`. No Meteor or Redis imports.
 */

import { type Clock, TimeoutError, withTimeout } from '../base/time';

/** How long a moment without unpublished writes is waited for, in ms: most databases answer within 100 ms. */
const QUIET_MS = 1000;
/** How long Redis then has to accept what is pending, in ms. */
const LAST_MS = 500;

export interface LeaveContext {
  readonly clock: Clock;
  readonly writes: { readonly isEmpty: boolean; ended(): Promise<void> };
  readonly publisher: {
    /** Whether there are changes that Redis has not accepted. */
    readonly hasPending: boolean;
    /** Whether the last message was a leave message. */
    readonly hasLeft: boolean;
    flush(limitMs: number): Promise<void>;
    /** Publishes a leave message. Resolves when Redis has accepted it. */
    leave(): Promise<void>;
    /** Tries at once to publish what Redis has refused before. */
    start(): void;
    /** Publishes a heartbeat after a leave message: this node is a member again. */
    return(): Promise<void>;
  };
  /** `isReady`: whether this node can publish. */
  readonly channel: { readonly isReady: boolean };
  /** Called once, in the very turn in which the node is known to have left, or the time is over. Nothing may be written then. */
  end(): void;
}

/**
 * Publishes what is pending and a leave message, and ends. A write that begins before Redis has accepted the leave message is
 * published, and another leave message follows. A node that goes on writing ends without one, so that its peers resync.
 * Without a connection it ends in the turn of the call. Never rejects.
 */
export async function leave({ clock, writes, publisher, channel, end }: LeaveContext): Promise<void> {
  const isQuiet = () => writes.isEmpty && !publisher.hasPending;
  const deadline = clock.now() + QUIET_MS;
  while (channel.isReady && clock.now() < deadline) {
    const remainingMs = deadline - clock.now();
    // The promise of an earlier leave message is broken: the process may end at any moment.
    if (!isQuiet() && publisher.hasLeft) void publisher.return().catch(() => {});
    const step = isQuiet() ? publisher.leave() : settled(writes, publisher, remainingMs);
    // A leave message without an answer may have been received. Nothing contradicts it while all is quiet.
    const error = await withTimeout(clock, remainingMs, step).catch((reason: unknown) => reason);
    if (isQuiet() && publisher.hasLeft) return end();
    // Redis refuses messages, or the connection is lost.
    if (error !== undefined && !(error instanceof TimeoutError)) break;
  }
  if (channel.isReady) {
    publisher.start();
    const publishing = [publisher.flush(LAST_MS), publisher.return()];
    await withTimeout(clock, LAST_MS, Promise.all(publishing)).catch(() => {});
  }
  end();
}

/** Resolves when the writes in progress now have ended, and Redis has accepted what they have changed. */
export async function settled(
  writes: Pick<LeaveContext['writes'], 'ended'>,
  publisher: Pick<LeaveContext['publisher'], 'flush'>,
  limitMs: number,
): Promise<void> {
  await writes.ended();
  await publisher.flush(limitMs);
}
