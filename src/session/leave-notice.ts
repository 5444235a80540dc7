/**
 * A leave message of a process that may end at any moment, and may also go on: somebody else handles the signal, and decides.
 * The node stays a member that receives, publishes and is healthy. Only its silence from now on means nothing.
 *
 * Used by the cluster session after a signal. `leave.ts` is for a node whose end Cluster decides. No Meteor or Redis imports.
 */

import type { CancelTimer } from '../base/time';
import { type LeaveContext, settled } from './leave';

/** Handlers of signals end most processes within seconds: Docker kills after 10 s. In ms. */
const LONGEST_MS = 5000;
/** The pause before another leave message, in ms: a node that goes on writing would publish one after each write. */
const PAUSE_MS = 100;

export interface LeaveNoticeContext extends Pick<LeaveContext, 'clock' | 'writes' | 'channel'> {
  readonly publisher: Omit<LeaveContext['publisher'], 'start'>;
  readonly options: { readonly heartbeatTimeoutMs: number };
}

export class LeaveNotice {
  readonly #context: LeaveNoticeContext;
  /** `undefined`: none is given. */
  #cancelTimer: CancelTimer | undefined;
  #isPublishing = false;

  constructor(context: LeaveNoticeContext) {
    this.#context = context;
  }

  /**
   * Publishes a leave message, in this turn where nothing is in progress or pending. Where the process has not ended after a
   * while, the node takes the message back.
   *
   * @param onStay called then
   */
  give(onStay: () => void): void {
    this.stop();
    const { clock, options } = this.#context;
    // A node publishes no heartbeats after a leave message. With no echo for a heartbeatTimeout it would replace its connection.
    const limitMs = Math.min(LONGEST_MS, options.heartbeatTimeoutMs / 2);
    this.#cancelTimer = clock.after(limitMs, () => {
      this.stop();
      this.takeBack();
      onStay();
    });
    void this.publish();
  }

  /** Called when a write begins, or a broadcast is published: what it leads to may be lost with the process. */
  onActivity(): void {
    if (this.#cancelTimer === undefined || !this.#context.publisher.hasLeft) return;
    this.takeBack();
    void this.pause().then(() => this.publish());
  }

  /** Called when the session leaves, or has ended. Idempotent. */
  stop(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
  }

  private takeBack(): void {
    // Without a connection nobody can take it back: `docs/guarantees.md` says so.
    if (this.#context.publisher.hasLeft) void this.#context.publisher.return().catch(() => {});
  }

  /** Publishes leave messages until nothing contradicts the last one. Never rejects. */
  private async publish(): Promise<void> {
    if (this.#isPublishing) return;
    this.#isPublishing = true;
    try {
      while (this.mayLeave && !(await this.leave())) await this.pause();
    } catch {
      // Redis refuses messages, or the connection is lost: peers resync when this node expires.
    } finally {
      this.#isPublishing = false;
    }
  }

  /** @returns whether the last message is a leave message */
  private async leave(): Promise<boolean> {
    const { writes, publisher } = this.#context;
    while (!writes.isEmpty || publisher.hasPending) await settled(writes, publisher, LONGEST_MS);
    if (this.mayLeave) await publisher.leave();
    return publisher.hasLeft;
  }

  private get mayLeave(): boolean {
    return this.#cancelTimer !== undefined && this.#context.channel.isReady;
  }

  private pause(): Promise<void> {
    return new Promise((resolve) => void this.#context.clock.after(PAUSE_MS, resolve));
  }
}
