/**
 * What there is between `init()` and `close()`: one node's part in the conversation on the channel. Announces what this
 * node writes, says that it lives, and hands to the strategy what other nodes announce and what it may have missed of that.
 *
 * Made by `cluster.ts`, which knows the application's collections and their writes. Owns the channel, the numbers of the
 * messages, what is still to be told, and the timers.
 */

import { randomBytes } from 'node:crypto';
import { Channel, isForbidden } from './channel';
import { DirtySet } from './dirty-set';
import {
  type Announcement,
  decode,
  encode,
  encodeHeartbeat,
  type Heartbeat,
  type TouchedIds,
} from './message';
import { POLLING_INTERVAL } from './meteor/live-queries';
import type { Options, StrategyName } from './options';
import { type Report, reasonOf } from './report';
import { Resync } from './resync';
import { Seal } from './seal';
import { Sequence } from './sequence';
import type { EndWrite, Strategy } from './strategy';

/** How long to wait, in ms, before saying again what Redis refused. A lost connection is not waited for. */
const PUBLISH_RETRY_DELAY = 1000;
/** After so many `heartbeatTimeout`s without a connection, one that is still being tried for is taken to be stuck. */
const PATIENCE = 10;
/** How much less often live queries that are fed look at the database by themselves than those that poll. */
const POLLING_FACTOR = 6;

/** What a session needs to know of the application. */
export interface SessionContext {
  readonly options: Options;
  readonly namespace: string;
  readonly strategyName: StrategyName;
  readonly strategy: Strategy;
  /** The names of the synced collections, as of now. */
  readonly synced: ReadonlySet<string>;
  readonly report: Report;
}

/** Everything is `null` or 0 before `init()`. */
export interface SessionStatus {
  /** Whether this node hears the others and is heard. */
  connected: boolean;
  /** The name this node goes by on the channel, new at every start. */
  nodeId: string | null;
  /** Nodes with equal namespaces hear each other. */
  namespace: string | null;
  /** How this node makes its live queries notice what another node wrote. */
  strategy: StrategyName | null;
  /** Announcements that Redis has taken from this node since `init()`. */
  published: number;
  /** Announcements of other nodes that this node has acted on since `init()`. */
  received: number;
  /** Messages that this node could not use since `init()`: malformed, not authentic, or of a collection not synced. */
  dropped: number;
  /** The other nodes heard of lately. */
  peers: number;
  /** Collections looked at again since `init()` because something may have been missed. */
  resyncs: number;
}

export const NO_SESSION: SessionStatus = {
  connected: false,
  nodeId: null,
  namespace: null,
  strategy: null,
  published: 0,
  received: 0,
  dropped: 0,
  peers: 0,
  resyncs: 0,
};

export class Session {
  readonly strategy: Strategy;
  /** Settles when the node hears the channel for the first time, or the session ends. */
  readonly heard: Promise<void>;
  readonly #context: SessionContext;
  /** New at every start: what another node knows of this name's numbers, it has heard of this session. */
  readonly #nodeId = randomBytes(9).toString('base64url');
  readonly #channel: Channel;
  readonly #seal: Seal | undefined;
  readonly #outbox = new DirtySet();
  readonly #sequence = new Sequence();
  readonly #resync: Resync;
  /** How many announcements this node has made of each synced collection. */
  readonly #counts = new Map<string, number>();
  #settleHeard = () => {};
  #isOpen = false;
  /** When this node last heard itself, or had reason to think that it will: see `beat`. In ms, by `now`. */
  #selfHeardAt = now();
  /** Writes of the application that the database has not answered yet. */
  #writing = 0;
  #published = 0;
  #received = 0;
  #dropped = 0;
  #resyncs = 0;
  #heartbeat: NodeJS.Timeout | undefined;
  #flushing = false;
  #retry: NodeJS.Timeout | undefined;

  constructor(context: SessionContext) {
    const { options, namespace, strategy, report } = context;
    const name = channelName(namespace);
    this.#context = context;
    this.strategy = strategy;
    this.heard = new Promise((settle) => {
      this.#settleHeard = settle;
    });
    this.#seal = options.secret === undefined ? undefined : new Seal(options.secret, name);
    this.#resync = new Resync(options.resyncJitter, (collection) => {
      this.#resyncs += 1;
      strategy.touched(collection, null);
    });
    const events = { message: (text: string) => this.receive(text), ready: () => this.ready() };
    this.#channel = new Channel(name, options, events, report);
  }

  /** @throws Error what the application's `createClient` throws, or that it made no client */
  open(): void {
    this.#channel.open();
    this.#isOpen = true;
    this.#heartbeat = setInterval(() => this.beat(), this.#context.options.heartbeatInterval).unref();
    this.poll();
  }

  /** Says goodbye, after what is still to be told, and ends everything. */
  close(): void {
    this.#isOpen = false;
    clearTimeout(this.#retry);
    clearInterval(this.#heartbeat);
    this.#resync.stop();
    this.strategy.stop();
    const untold = this.#outbox.collections.map((name) =>
      this.nextAnnouncement(name, this.#outbox.take(name) ?? null),
    );
    // A goodbye says that nothing is left to be told; with a write on its way, silence says otherwise.
    const farewell = this.#writing > 0 ? [] : [this.heartbeat(true)];
    this.#channel.close([...untold, ...farewell]);
    this.#settleHeard();
  }

  get status(): SessionStatus {
    return {
      connected: this.#channel.isReady,
      nodeId: this.#nodeId,
      namespace: this.#context.namespace,
      strategy: this.#context.strategyName,
      published: this.#published,
      received: this.#received,
      dropped: this.#dropped,
      peers: this.#sequence.peers,
      resyncs: this.#resyncs,
    };
  }

  /** The application is about to write to a synced collection. @returns ends that, and announces what was written */
  beginWrite(): EndWrite {
    const end = this.strategy.beginWrite();
    this.#writing += 1;
    return (collection, touched) => {
      this.#writing -= 1;
      if (touched !== undefined) this.announce(collection, touched);
      end(collection, touched);
    };
  }

  /** Keeps it to be told, and tells it at the end of this turn, together with all else that is written in it. */
  private announce(name: string, ids: TouchedIds): void {
    if (!this.#isOpen) return;
    this.#outbox.add(name, ids);
    this.startFlushing();
  }

  private startFlushing(): void {
    if (this.#flushing || !this.#channel.isReady) return;
    this.#flushing = true;
    setImmediate(() => void this.flush());
  }

  /** One message per collection in flight; what is written meanwhile goes into the next. */
  private async flush(): Promise<void> {
    let refused: unknown;
    while (this.#isOpen && this.#channel.isReady && refused === undefined) {
      const { collections } = this.#outbox;
      if (collections.length === 0) break;
      const results = await Promise.allSettled(collections.map((name) => this.publish(name)));
      refused = results.find((result) => result.status === 'rejected')?.reason;
    }
    this.#flushing = false;
    if (refused !== undefined && this.#isOpen) this.retryLater(refused);
  }

  private async publish(collection: string): Promise<void> {
    const ids = this.#outbox.take(collection);
    if (ids === undefined) return;
    try {
      await this.#channel.publish(this.nextAnnouncement(collection, ids));
      this.#published += 1;
      this.taken();
    } catch (error) {
      // Whether any node got it is unknown: it is told again, as hearing it twice does no harm.
      if (this.#isOpen) this.#outbox.add(collection, ids);
      throw error;
    }
  }

  /** When the connection is away, `ready` comes first; otherwise Redis itself refused, which time may mend. */
  private retryLater(error: unknown): void {
    if (this.#channel.isReady) this.refused(error);
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => this.startFlushing(), PUBLISH_RETRY_DELAY).unref();
  }

  private refused(error: unknown): void {
    this.#context.report.warn(
      'publish',
      `Redis takes no announcements (${this.#channel.explain(error)}); they are kept and tried again`,
    );
  }

  private taken(): void {
    const { report } = this.#context;
    if (report.settle('publish')) report.info('Redis takes announcements again');
  }

  /** What was said while this node did not hear is lost to it: every synced collection may have changed. */
  private ready(): void {
    this.startListening();
    this.#resync.request(this.#context.synced);
    this.startFlushing();
    this.publishHeartbeat();
    this.poll();
    this.#settleHeard();
  }

  /** All time-outs start anew: what has not been heard until now could not be heard. */
  private startListening(): void {
    this.#selfHeardAt = now();
    this.#sequence.excuse(this.#selfHeardAt);
  }

  /**
   * Tells that this node lives, and finds out who does not. A node that does not hear its own heartbeats has a dead
   * connection, even where the socket still looks well.
   */
  private beat(): void {
    const { heartbeatInterval, heartbeatTimeout } = this.#context.options;
    this.poll();
    // Once this node hears nothing, not even itself, the silence of the others says nothing: time stands still for them.
    const heardUntil = Math.min(now(), this.#selfHeardAt + heartbeatInterval);
    const vanished = this.#sequence.vanished(heardUntil - heartbeatTimeout);
    this.#resync.request(vanished.filter((name) => this.#context.synced.has(name)));
    const silence = now() - this.#selfHeardAt;
    if (this.isStuck(silence)) {
      this.#context.report.warn(
        'redis',
        `nothing has come from Redis for ${Math.round(silence)} ms; opening a new connection`,
      );
      this.startListening();
      this.#channel.reopen();
    } else {
      this.publishHeartbeat();
    }
  }

  /** @param silence how long this node has not heard itself, in ms */
  private isStuck(silence: number): boolean {
    const { heartbeatTimeout } = this.#context.options;
    if (this.#channel.isReady || this.#channel.hasGivenUp) return silence > heartbeatTimeout;
    // Clients try again by themselves; one without time-outs may wait for an answer that never comes.
    return silence > PATIENCE * heartbeatTimeout;
  }

  /** Live queries that are fed look by themselves, too: seldom while all is well, as often as Meteor's own when not. */
  private poll(): void {
    const { pollingInterval = POLLING_FACTOR * POLLING_INTERVAL } = this.#context.options;
    this.strategy.pollEvery(
      this.#channel.isReady ? pollingInterval : Math.min(pollingInterval, POLLING_INTERVAL),
    );
  }

  private publishHeartbeat(): void {
    if (!this.#channel.isReady) return;
    this.#channel.publish(this.heartbeat(false)).then(
      () => this.taken(),
      (error) => {
        // Any other failure is missed by this node too, which is how it is noticed.
        if (!this.#isOpen || !isForbidden(reasonOf(error))) return;
        this.#selfHeardAt = now();
        this.refused(error);
      },
    );
  }

  private heartbeat(leaving: boolean): string {
    const counts = new Map([...this.#context.synced].map((name) => [name, this.#counts.get(name) ?? 0]));
    return this.sealed(encodeHeartbeat({ node: this.#nodeId, counts, leaving }));
  }

  private nextAnnouncement(collection: string, ids: TouchedIds): string {
    const seq = (this.#counts.get(collection) ?? 0) + 1;
    this.#counts.set(collection, seq);
    return this.sealed(encode({ node: this.#nodeId, seq, collection, ids }));
  }

  private sealed(text: string): string {
    return this.#seal ? this.#seal.seal(text) : text;
  }

  private receive(text: string): void {
    const opened = this.#seal ? this.#seal.open(text) : text;
    const { announcement, heartbeat, refused } =
      opened === undefined
        ? { refused: 'that is not authentic: other nodes have another secret, or none' }
        : decode(opened);
    if (announcement) {
      if (announcement.node !== this.#nodeId) this.heed(announcement);
    } else if (heartbeat) {
      if (heartbeat.node === this.#nodeId) this.#selfHeardAt = now();
      else this.heedHeartbeat(heartbeat);
    } else {
      this.drop(refused);
    }
  }

  private heedHeartbeat({ node, counts, leaving }: Heartbeat): void {
    const { synced } = this.#context;
    const ofSynced = new Map([...counts].filter(([name]) => synced.has(name)));
    this.#resync.request(this.#sequence.beaten(node, ofSynced, now()));
    if (leaving) this.#sequence.left(node);
  }

  private heed({ node, seq, collection, ids }: Announcement): void {
    if (this.#context.synced.has(collection)) {
      this.#received += 1;
      const missed = this.#sequence.announced(node, collection, seq, now());
      if (missed) this.#resync.request([collection]);
      this.strategy.touched(collection, ids);
    } else {
      this.drop('of a collection that is not synced here', ` (${JSON.stringify(collection)})`);
    }
  }

  /** @param reason one of a fixed set, so that what is remembered of it stays small */
  private drop(reason: string, detail = ''): void {
    this.#dropped += 1;
    this.#context.report.warn(
      `drop ${reason}`,
      `dropped a message ${reason}${detail}; more of the kind are only counted, in status().dropped`,
    );
  }
}

/** The channel of a namespace; what an ACL user of Redis needs: `&cluster:<namespace>`. */
export function channelName(namespace: string): string {
  return `cluster:${namespace}`;
}

/** Milliseconds on a clock that never goes back. */
function now(): number {
  return performance.now();
}
