/**
 * The session of now: starts one, replaces it, and lets it leave.
 *
 * Created by `cluster.ts`, and called by it and by `application-cluster.ts`. Owns the session, its log, the signal listeners,
 * and the documents that were touched while there was no session.
 */

import type { Broadcasts } from './broadcasts/handlers';
import type { Change } from './changes/change';
import { PendingChanges } from './changes/pending-changes';
import { connects, type Options, type OptionsSource, resolveOptions } from './config/options';
import { guardSelection } from './meteor/live-queries/driver-selection';
import type { Emit } from './observability/events';
import { Log } from './observability/log';
import { addToSession } from './observed-writes';
import { takesOver } from './session/choose-strategy';
import { createSession, warnIfOpenToStrangers } from './session/create-session';
import { leaveOnSignals } from './session/leave-on-signals';
import type { Session } from './session/session';
import type { SyncedCollections } from './synced-collections';

export interface SessionOwnerContext {
  readonly synced: SyncedCollections;
  readonly broadcasts: Broadcasts;
  /** Emits an event of `Cluster.on()`. */
  readonly emit: Emit;
  /** Called when a session has been started. */
  onStart(): void;
}

export class SessionOwner {
  readonly #context: SessionOwnerContext;
  readonly #touched = new PendingChanges();
  #session: Session | undefined;
  #log = new Log();
  #rawWrites = true;
  /** Undo what `open` has installed besides the session. */
  #uninstall: (() => void)[] = [];
  #removeSignalListeners = () => {};
  /** Whether the session leaves: until it has left, it publishes and receives. */
  #isLeaving = false;
  /** Whether the application has called `close` for it: `init` and `sync` start anew then, before it has left. */
  #isClosed = false;
  #closing: Promise<void> = Promise.resolve();

  constructor(context: SessionOwnerContext) {
    this.#context = context;
  }

  get session(): Session | undefined {
    return this.#session;
  }

  /** The lines of the last session. */
  get log(): Log {
    return this.#log;
  }

  /** The option `rawWrites` of the last session. */
  get rawWrites(): boolean {
    return this.#rawWrites;
  }

  get isLeaving(): boolean {
    return this.#isLeaving;
  }

  /**
   * Starts a session.
   *
   * @param source where the options come from
   * @returns whether the node is connected, as `init` does
   * @throws ClusterConfigError when an option or a variable cannot be used; Error when there is a session
   */
  start(config: unknown, source: OptionsSource): Promise<boolean> {
    this.endIfClosed();
    if (this.#session) throw new Error('Cluster: init() was called before; call close() first');
    return this.open(resolveOptions(config, process.env, source));
  }

  /** Replaces the session by one with other options. The collections stay synced. Returns and throws what `start` does. */
  restart(config: unknown, source: OptionsSource): Promise<boolean> {
    const options = resolveOptions(config, process.env, source);
    const session = this.#session;
    this.#removeSignalListeners();
    this.detach();
    if (session) void this.afterClosing(session.close(() => {}));
    return this.open(options);
  }

  /** Returns what the start of the session has returned. */
  async waitUntilReady(): Promise<boolean> {
    return this.#session?.waitUntilReady() ?? false;
  }

  /** Publishes a touched document, or keeps it for the next session. */
  publish(change: Change): void {
    if (this.#session) this.#session.publish(change);
    else this.#touched.add(change);
  }

  /** Lets the session leave. Idempotent. @returns resolves when the connections are closed; never rejects */
  close(): Promise<void> {
    this.#isClosed = this.#session !== undefined;
    return this.leave(() => {});
  }

  /** Called when the application starts anew: a session that it has closed ends, although it may still publish. */
  endIfClosed(): void {
    if (this.#isClosed) this.end();
  }

  private open(options: Options): Promise<boolean> {
    const { synced, broadcasts, emit } = this.#context;
    // Warnings about an earlier Redis say nothing about this one.
    const log = new Log(options.logger, (message) => emit('error', { message }));
    const onBroadcast = broadcasts.handle.bind(broadcasts);
    const session = createSession(options, { synced: synced.names, log, emit, onBroadcast });
    this.#log = log;
    this.#rawWrites = options.rawWrites;
    this.#session = session;
    warnIfOpenToStrangers(options, log);
    try {
      session.open();
    } catch (error) {
      this.#session = undefined;
      session.strategy.stop();
      throw error;
    }
    for (const collection of synced.opened) addToSession(collection, session);
    for (const change of this.#touched.takeAll()) session.publish(change);
    this.install(options, session);
    this.#context.onStart();
    return session.waitUntilReady();
  }

  private install(options: Options, session: Session): void {
    const { names } = this.#context.synced;
    const isTakenOver = takesOver(options.strategy, session.status.strategy);
    const guard = { isSynced: (name: string) => names.has(name), takesOver: isTakenOver, log: this.#log };
    this.#uninstall = [guardSelection(guard)];
    if (options.leaveOnSignals && connects(options)) {
      this.#removeSignalListeners = leaveOnSignals({
        leave: (onLeft) => void this.leave(onLeft),
        announce: (onStay) => session.announceLeave(onStay),
      });
    }
  }

  /** @param onLeft called in the turn in which the node has left, and its writes are published no more */
  private leave(onLeft: () => void): Promise<void> {
    const session = this.#session;
    if (!session) this.#context.synced.clear();
    if (!session || this.#isLeaving) return this.#closing;
    this.#isLeaving = true;
    // A second signal ends the process at once.
    this.#removeSignalListeners();
    const closed = session.close(() => {
      if (this.#session === session) this.end();
      onLeft();
    });
    return this.afterClosing(closed);
  }

  /** Several sessions may leave at once. @returns resolves when all of them have left */
  private afterClosing(closed: Promise<void>): Promise<void> {
    const earlier = this.#closing;
    this.#closing = closed.then(() => earlier);
    return this.#closing;
  }

  private end(): void {
    this.detach();
    this.#context.synced.clear();
  }

  /** Ends the session as far as the application notices it. It may still publish. */
  private detach(): void {
    for (const uninstall of this.#uninstall.splice(0)) uninstall();
    this.#session?.stop();
    this.#session = undefined;
    this.#isLeaving = this.#isClosed = false;
  }
}
