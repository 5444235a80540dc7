/** A histogram of durations, with fixed buckets. Recording one allocates nothing. No imports. */

/** Durations that were measured, in ms. */
export interface ClusterHistogram {
  /** How many. */
  count: number;
  /** Their sum, in ms. */
  sum: number;
  /** How many took at most `le` ms, in rising order of `le`. Longer times are in `count` alone. */
  buckets: { le: number; count: number }[];
}

/** In ms: from a Redis on the same machine to the default of `timeout`. */
const BOUNDS = [0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000] as const;

export class Histogram {
  /** How many durations are in each bucket alone; the last ones are beyond all bounds. */
  readonly #counts = BOUNDS.map(() => 0).concat(0);
  #count = 0;
  #sum = 0;

  record(ms: number): void {
    let bucket = 0;
    while (bucket < BOUNDS.length && ms > (BOUNDS[bucket] as number)) bucket += 1;
    this.#counts[bucket] = (this.#counts[bucket] as number) + 1;
    this.#count += 1;
    this.#sum += ms;
  }

  /** Returns the durations recorded so far, with cumulative buckets. */
  snapshot(): ClusterHistogram {
    let count = 0;
    const buckets = BOUNDS.map((le, bucket) => {
      count += this.#counts[bucket] as number;
      return { le, count };
    });
    return { count: this.#count, sum: this.#sum, buckets };
  }
}
