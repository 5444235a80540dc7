/**
 * How many live queries of a connection may be QUERYING at once because they were re-queried.
 *
 * Owned by the re-query queue. While queries take about as long as at best, one more may run. When they take much longer, half
 * as many may run. A busy process measures longer times too, so the event loop counts as well. No imports.
 */

/** A single one would let one slow query hold back all others. */
const MIN_LIMIT = 2;
const FIRST_LIMIT = 4;
/**
 * A node resynced 800 live queries on FerretDB 1.24 and 2 busy cores, in 5 to 6 s with each limit. Meanwhile a write was shown
 * within 0.23 s with 4 at once, 0.28 s with 10, and 1.2 s with 32. Without a limit it took 28 s.
 */
const MAX_LIMIT = 10;
/** Queries that take so many times the best mean wait for each other, more than they gain. */
const SLOW_FACTOR = 2;
/** By how much the best mean grows per round, so that a database that has become slower is not measured by its past. */
const FORGETTING = 1.05;

export class RequeryLimit {
  #limit = FIRST_LIMIT;
  /** The lowest mean duration of a round, in ms. */
  #best = Number.POSITIVE_INFINITY;
  /** A round has as many queries as may run at once. */
  #round = { count: 0, sumMs: 0, isFull: false };

  get limit(): number {
    return this.#limit;
  }

  /**
   * Called when a re-query is over.
   *
   * @param isFull whether others waited for its place
   */
  record(ms: number, isFull: boolean): void {
    const round = this.#round;
    round.count += 1;
    round.sumMs += ms;
    round.isFull ||= isFull;
    if (round.count >= this.#limit) this.endRound();
  }

  private endRound(): void {
    const { count, sumMs, isFull } = this.#round;
    const mean = sumMs / count;
    this.#round = { count: 0, sumMs: 0, isFull: false };
    this.#best = Math.min(this.#best * FORGETTING, mean);
    if (mean > SLOW_FACTOR * this.#best) this.#limit = Math.max(MIN_LIMIT, Math.floor(this.#limit / 2));
    else if (isFull) this.#limit = Math.min(MAX_LIMIT, this.#limit + 1);
  }
}
