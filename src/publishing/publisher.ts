/**
 * Publishes this node's changes and heartbeats, and keeps what Redis has not accepted yet.
 *
 * The session adds changes, the heartbeat publishes heartbeats. One message per collection is in flight; what is written
 * meanwhile goes into the next one. While the channel is down nothing is published. Owns the retry timer.
 */

import { type CancelTimer, Deferred, TimeoutError, withTimeout } from '../base/time';
import type { Change } from '../changes/change';
import { isOverdue, reduced } from '../changes/change-age';
import { type CollectionKey, PendingChanges } from '../changes/pending-changes';
import { type Log, reasonOf } from '../observability/log';
import type { ChangeMessage } from '../protocol/message';
import type { Channel } from '../redis/channel';
import { explain, isForbidden } from '../redis/error-advice';
import { Echoes } from './echoes';
import { OwnMessages, type OwnMessagesContext } from './own-messages';

/** Pause before publishing again what Redis has refused, in ms. */
const RETRY_DELAY_MS = 1000;

export interface PublisherContext extends OwnMessagesContext {
  readonly log: Log;
  /** Called when Redis has accepted a change, with the time of its oldest write by the clock's `now`. */
  onAccepted(writtenAt: number): void;
}

export class Publisher {
  readonly #channel: Channel;
  readonly #context: PublisherContext;
  readonly #log: Log;
  readonly #pending = new PendingChanges();
  readonly #messages: OwnMessages;
  readonly #echoes = new Echoes();
  /** Resolve the promises of `flush`: Redis has accepted everything that was added before. */
  readonly #waiting = new Set<() => void>();
  #isOpen = true;
  #isPublishing = false;
  #cancelRetry: CancelTimer = () => {};
  #published = 0;
  #isUnanswered = false;
  #isRefused = false;
  /** Whether peers may have received a leave message. */
  #mayCountAsLeft = false;

  constructor(channel: Channel, context: PublisherContext) {
    this.#channel = channel;
    this.#context = context;
    this.#log = context.log;
    this.#messages = new OwnMessages(context);
  }

  /** Messages about changes that Redis has accepted. */
  get published(): number {
    return this.#published;
  }

  /** Whether messages come back although Redis' answers do not: the connection loses answers. */
  get isUnanswered(): boolean {
    return this.#isUnanswered;
  }

  /** Whether Redis has refused the last message. */
  get isRefused(): boolean {
    return this.#isRefused;
  }

  /** The number of the last heartbeat or leave message. */
  get lastHeartbeat(): number {
    return this.#messages.lastHeartbeat;
  }

  /** Whether the last message was a leave message. */
  get hasLeft(): boolean {
    return this.#messages.hasLeft;
  }

  /** Whether there are changes that Redis has not accepted. */
  get hasPending(): boolean {
    return !this.#pending.isEmpty || this.#isPublishing;
  }

  /** How many documents have a change that waits to be published. That of a whole collection counts as one. */
  get pending(): number {
    return this.#pending.size;
  }

  /** Adds a change. It is published at the end of this turn, together with everything else written in it. */
  add(change: Change): void {
    if (!this.#isOpen) return;
    this.#pending.add({ ...change, at: this.#context.clock.now() });
    this.start();
  }

  /** Called when something may be pending and the channel may be ready. */
  start(): void {
    if (this.#isPublishing || !this.#channel.isReady) return;
    this.#isPublishing = true;
    void this.#context.clock.nextTurn().then(() => this.publishPending());
  }

  /**
   * Resolves when Redis has accepted every change added so far.
   *
   * @param limitMs how long to wait
   * @throws TimeoutError when that takes longer; the changes stay pending
   */
  async flush(limitMs: number): Promise<void> {
    if (!this.hasPending) return;
    const accepted = new Deferred();
    this.#waiting.add(accepted.resolve);
    try {
      await withTimeout(this.#context.clock, limitMs, accepted.promise);
    } finally {
      // Waits that have timed out must not add up while Redis is away.
      this.#waiting.delete(accepted.resolve);
    }
  }

  /**
   * Publishes a heartbeat. A failure is noticed by this node's own heartbeat not coming back.
   *
   * @param interval the time until the next one, in ms
   */
  async heartbeat(interval: number): Promise<'accepted' | 'forbidden' | 'failed'> {
    try {
      await this.#channel.publish(this.#messages.heartbeat(interval));
      this.noteAccepted();
      return 'accepted';
    } catch (error) {
      if (!isForbidden(reasonOf(error))) return 'failed';
      if (this.#isOpen) this.warnRefused(error);
      return 'forbidden';
    }
  }

  /**
   * Publishes a leave message, which promises that nothing is left to publish. A later write is published all the same, and
   * takes the promise back.
   *
   * @throws Error when Redis has not accepted it
   */
  async leave(): Promise<void> {
    this.#mayCountAsLeft = true;
    const texts = this.#messages.leave();
    await Promise.all(texts.slice(0, -1).map((text) => this.#channel.publish(text)));
    await Promise.all(texts.slice(-1).map((text) => this.#channel.publish(text)));
  }

  /** Publishes a heartbeat, if there was a leave message: peers take this node back, and resync when it expires. */
  async return(): Promise<void> {
    if (this.#mayCountAsLeft) await this.#channel.publish(this.#messages.heartbeat(undefined));
  }

  /** Ends publishing: nobody waits any more, and what is pending stays unpublished. */
  close(): void {
    const warning =
      'closed before Redis accepted the last changes; other nodes see them when their live queries poll';
    if (this.hasPending) this.#log.warn('close', warning);
    this.#isOpen = false;
    this.#cancelRetry();
    this.releaseWaiting();
  }

  /** Called when a change of this node has come back on its own subscription. Redis must have accepted it. */
  receiveEcho(message: ChangeMessage): void {
    this.#echoes.receive(message);
  }

  /** Called when the connection has been replaced. */
  restart(): void {
    this.#isUnanswered = false;
  }

  private releaseWaiting(): void {
    for (const release of this.#waiting) release();
  }

  private async publishPending(): Promise<void> {
    let refusal: unknown;
    while (this.#isOpen && this.#channel.isReady && refusal === undefined && !this.#pending.isEmpty) {
      const waiting = [...this.#waiting];
      const results = await Promise.allSettled(this.#pending.keys.map((key) => this.publish(key)));
      refusal = results.find((result) => result.status === 'rejected')?.reason;
      if (refusal === undefined) for (const release of waiting) release();
    }
    this.#isPublishing = false;
    if (this.#pending.isEmpty && refusal === undefined) this.releaseWaiting();
    if (refusal !== undefined && this.#isOpen) this.retryLater(refusal);
  }

  private async publish(key: CollectionKey): Promise<void> {
    const taken = this.#pending.take(key);
    if (!taken) return;
    const change = reduced(taken, this.#context.clock.now());
    try {
      await this.publishChange(change);
      this.#published += 1;
      // Redis has accepted it later than receivers count on. They handle what is published again without its hints.
      const now = this.#context.clock.now();
      if (isOverdue(change, now)) this.#pending.add(reduced(change, now));
      if (change.at !== undefined) this.#context.onAccepted(change.at);
      this.noteAccepted();
    } catch (error) {
      // Whether any node received it is unknown. It is published again: changes are idempotent.
      if (this.#isOpen) this.#pending.add(change);
      throw error;
    }
  }

  /** Resolves with Redis' answer or with the message coming back, whichever is first. */
  private async publishChange(change: Change): Promise<void> {
    const message = this.#messages.number(change);
    const echoed = this.#echoes.expect(message);
    const answered = this.#channel.publish(this.#messages.text(message));
    answered.then(
      () => {
        this.#isUnanswered = false;
      },
      (error) => {
        if (error instanceof TimeoutError && !this.#echoes.isExpected(message)) this.#isUnanswered = true;
      },
    );
    try {
      await Promise.race([answered, echoed]);
    } finally {
      this.#echoes.forget(message);
    }
  }

  private retryLater(error: unknown): void {
    if (this.#channel.isReady) this.warnRefused(error);
    this.#cancelRetry();
    this.#cancelRetry = this.#context.clock.after(RETRY_DELAY_MS, () => this.start());
  }

  private warnRefused(error: unknown): void {
    this.#isRefused = true;
    this.#log.warn(
      'publish',
      `Redis does not accept changes (${explain(error, this.#channel.name)}); they stay pending and are published again`,
    );
  }

  private noteAccepted(): void {
    this.#isRefused = false;
    if (this.#log.resolve('publish')) this.#log.info('Redis accepts changes again');
  }
}
