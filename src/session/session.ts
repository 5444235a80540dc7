/**
 * The contract of a session, which is the life between `init()` and `close()`. Implemented by `ClusterSession`, and by
 * `SingleNodeSession` for a node that is alone.
 *
 * Created by `create-session.ts`. `cluster.ts` knows the application's collections and their writes.
 */

import type { Clock } from '../base/time';
import type { Change } from '../changes/change';
import { reduced } from '../changes/change-age';
import type { Options, StrategyName } from '../config/options';
import { type Hasher, hintOf, isNameable } from '../matching/hint';
import { scopeOf } from '../matching/scope';
import type { Emit } from '../observability/events';
import type { Log } from '../observability/log';
import type { ClusterMetrics, Metrics } from '../observability/metrics';
import type { SessionStatus } from '../observability/status';
import type { EndWrite, Strategy } from '../strategies/strategy';
import type { WriteKnowledge } from '../writes/write-watcher';

/** The parts that every session is created with. */
export interface SessionContext {
  readonly clock: Clock;
  readonly options: Options;
  readonly strategyName: StrategyName;
  readonly strategy: Strategy;
  /** Hashes values for hints. */
  readonly hash: Hasher;
  readonly log: Log;
  /**
   * Called with every broadcast of another node.
   *
   * @returns whether its payload is valid, or its topic has no handler
   */
  onBroadcast(topic: string, payload: string | undefined): boolean;
  /** Emits an event of `Cluster.on()`. */
  readonly emit: Emit;
  readonly metrics: Metrics;
}

/**
 * Ends what `beginWrite` began, with what was written; without a change when nothing was.
 *
 * @param known see `EndWrite`
 */
export type EndSessionWrite = (
  change?: Change,
  knowledge?: WriteKnowledge,
  known?: Parameters<EndWrite>[1],
) => void;

export interface Session {
  readonly strategy: Strategy;
  readonly status: SessionStatus;
  readonly metrics: ClusterMetrics;
  /** Whether `waitUntilReady` has not resolved yet. */
  readonly isStarting: boolean;
  /** Starts, and keeps trying until `close`. */
  open(): void;
  /**
   * Waits until the node is connected, at most `timeout`.
   *
   * @returns whether it is
   */
  waitUntilReady(): Promise<boolean>;
  /** Called when a synced collection has been opened, or an opened one synced. */
  addCollection(name: string, database: string): void;
  /** Called when the application is about to write to a synced collection. */
  beginWrite(): EndSessionWrite;
  /** Publishes a change whose write has ended, and of which nothing more is known. */
  publish(change: Change): void;
  /**
   * Resolves when Redis has accepted every change written so far.
   *
   * @throws TimeoutError after `timeout`
   */
  flush(): Promise<void>;
  /**
   * Publishes a broadcast now, or never. Never rejects.
   *
   * @param payload an EJSON text
   * @returns whether it is on its way to every connected node
   */
  broadcast(topic: string, payload: string | undefined): Promise<boolean>;
  /**
   * Publishes a leave message, as the process may end at any moment. The node stays a member, and publishes what is written.
   *
   * @param onStay called when the process has not ended after a while
   */
  announceLeave(onStay: () => void): void;
  /**
   * Leaves, and ends everything. Until it ends, the node receives and publishes as before.
   *
   * @param onEnd called once, in the turn in which the node has left: what the application writes from then on, nobody
   *   publishes
   */
  close(onEnd: () => void): Promise<void>;
  /** Called when another session takes over before `close` has ended: this one receives nothing any more, and feeds nothing. */
  stop(): void;
}

export interface HintContext {
  readonly clock: Clock;
  readonly hash: Hasher;
  /** The option `hints`: without it, a change names no fields. */
  readonly isHinted: boolean;
  /** When the write began, by the clock's `now`. */
  readonly since: number;
}

/** Returns a change with what may be said about its ids. */
export function withKnowledge(
  change: Change,
  { fields, selected }: WriteKnowledge,
  { clock, hash, isHinted, since }: HintContext,
): Change {
  const { ids } = change;
  if (ids === 'all') {
    const scope = isHinted && fields ? scopeOf(fields, hash) : undefined;
    return scope ? reduced({ ...change, since, scopes: [scope] }, clock.now()) : change;
  }
  const hint = isHinted && fields ? hintOf(fields, hash) : undefined;
  const known: Change = {
    ...change,
    since,
    ...(hint && { hints: new Map(ids.map((id) => [id, hint])) }),
    ...(selected && {
      lookedUp: { selected: isHinted && isNameable(selected) ? selected : undefined, hint },
    }),
  };
  return reduced(known, clock.now());
}
