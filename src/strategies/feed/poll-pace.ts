/**
 * How long the polling interval of a connection is by now: within the bounds of a policy, by what polls cost and find.
 *
 * Owned by the poller. Polls find outside writes that nobody has published. Their cost grows with the number of live queries, so
 * they get a share of the time. Where they never find anything, they are made less often. No Meteor or Redis imports.
 */

import type { PollingPolicy } from '../../config/polling';

/**
 * The share of the time that polls take. Two nodes with 1,000 live queries each on FerretDB 1.24, which poll once a minute, show
 * their own writes after 297 ms (p50). With hourly polls they take 9 ms.
 */
const SHARE = 0.02;
/** How many times the shortest interval it becomes where polls find nothing: ten minutes by default. */
const MAX_GROWTH = 10;
/** The longest interval, unless the shortest is longer, in ms: an hour bounds the staleness in any case. */
const MAX_INTERVAL_MS = 3_600_000;
/** The weight of a poll in the mean of those before: the mean follows within about 20 polls. */
const WEIGHT = 0.05;

export class PollPace {
  #policy: PollingPolicy | undefined;
  /** The mean duration of a poll, in ms. */
  #meanMs: number | undefined;
  #growth = 1;
  #hasPolled = false;
  #hasFound = false;

  /** @returns whether the policy is another one. Then the interval begins with the shortest one */
  setPolicy(policy: PollingPolicy | undefined): boolean {
    const { intervalMs, isAdaptive } = this.#policy ?? {};
    if (policy?.intervalMs === intervalMs && policy?.isAdaptive === isAdaptive) return false;
    this.#policy = policy;
    this.#growth = 1;
    this.#hasPolled = false;
    return true;
  }

  /** Whether polls may be made less often: something else keeps live queries up to date. */
  get isAdaptive(): boolean {
    return this.#policy?.isAdaptive ?? false;
  }

  /**
   * Returns the interval, in ms; `undefined` without a policy.
   *
   * @param queries how many live queries poll once per interval
   */
  intervalMs(queries: number): number | undefined {
    const shortestMs = this.#policy?.intervalMs;
    if (shortestMs === undefined || !this.isAdaptive) return shortestMs;
    const affordableMs = (queries * (this.#meanMs ?? 0)) / SHARE;
    const wantedMs = Math.max(shortestMs * this.#growth, affordableMs);
    return Math.max(shortestMs, Math.min(MAX_INTERVAL_MS, wantedMs));
  }

  /** Called when a poll is over, with its duration. */
  record(ms: number): void {
    this.#meanMs = (this.#meanMs ?? ms) + WEIGHT * (ms - (this.#meanMs ?? ms));
    this.#hasPolled = true;
  }

  /** Called when every live query has polled once more. */
  endRound(): void {
    if (this.#hasPolled && !this.#hasFound) this.#growth = Math.min(MAX_GROWTH, 2 * this.#growth);
    this.#hasPolled = false;
  }

  /** Called when a change was found that no message has reported. There may be more of these: the interval grows no more. */
  onFound(): void {
    this.#hasFound = true;
    this.#growth = 1;
  }
}
