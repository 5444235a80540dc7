/** How long the polling interval is, by what polls cost and find. */

import { Tinytest } from 'meteor/tinytest';
import { PollPace } from '../../../../src/strategies/feed/poll-pace';

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

function paceOf(intervalMs: number, isAdaptive: boolean, pollMs?: number): PollPace {
  const pace = new PollPace();
  pace.setPolicy({ intervalMs, isAdaptive });
  if (pollMs !== undefined) pace.record(pollMs);
  return pace;
}

/** Ends rounds in each of which a poll was made. @returns the interval after each */
function intervalsAfter(pace: PollPace, rounds: number): (number | undefined)[] {
  return Array.from({ length: rounds }, () => {
    pace.record(0);
    pace.endRound();
    return pace.intervalMs(1);
  });
}

Tinytest.add('poll pace - polls take a fiftieth of the time, at most', (test) => {
  const pace = paceOf(MINUTE_MS, true, 10);
  const intervals = [0, 1, 100, 120, 1000].map((queries) => pace.intervalMs(queries));
  test.equal(intervals, [MINUTE_MS, MINUTE_MS, MINUTE_MS, MINUTE_MS, 500_000]);
});

Tinytest.add('poll pace - the interval is never longer than an hour, or than configured', (test) => {
  test.equal(paceOf(MINUTE_MS, true, 1000).intervalMs(10_000), HOUR_MS);
  test.equal(paceOf(2 * HOUR_MS, true, 1000).intervalMs(10_000), 2 * HOUR_MS);
});

Tinytest.add('poll pace - without a connection cost and findings change nothing', (test) => {
  const pace = paceOf(10_000, false, 1000);
  test.equal(pace.intervalMs(10_000), 10_000);
  test.equal(intervalsAfter(pace, 3), [10_000, 10_000, 10_000]);
});

Tinytest.add('poll pace - the cost follows the last polls', (test) => {
  const pace = paceOf(1000, true, 100);
  test.equal(pace.intervalMs(10), 50_000);
  for (let n = 0; n < 100; n += 1) pace.record(10);
  const intervalMs = pace.intervalMs(10) ?? 0;
  test.isTrue(intervalMs > 5000 && intervalMs < 6000, `${intervalMs}`);
});

Tinytest.add('poll pace - rounds that find nothing double it, up to ten times', (test) => {
  const minutes = intervalsAfter(paceOf(MINUTE_MS, true), 5).map((ms = 0) => ms / MINUTE_MS);
  test.equal(minutes, [2, 4, 8, 10, 10]);
});

Tinytest.add('poll pace - a round without a poll shows nothing', (test) => {
  const pace = paceOf(MINUTE_MS, true);
  pace.endRound();
  test.equal(pace.intervalMs(1), MINUTE_MS);
});

Tinytest.add('poll pace - once something is found, it is the shortest again, and stays so', (test) => {
  const pace = paceOf(MINUTE_MS, true);
  intervalsAfter(pace, 3);
  pace.onFound();
  test.equal(pace.intervalMs(1), MINUTE_MS);
  test.equal(intervalsAfter(pace, 2), [MINUTE_MS, MINUTE_MS]);
});

Tinytest.add('poll pace - a connection that was lost makes it the shortest again', (test) => {
  const pace = paceOf(MINUTE_MS, true);
  intervalsAfter(pace, 3);
  test.isFalse(pace.setPolicy({ intervalMs: MINUTE_MS, isAdaptive: true }), 'the same');
  test.equal(pace.intervalMs(1), 8 * MINUTE_MS);
  test.isTrue(pace.setPolicy({ intervalMs: 10_000, isAdaptive: false }));
  test.equal(pace.intervalMs(1), 10_000);
  pace.setPolicy({ intervalMs: MINUTE_MS, isAdaptive: true });
  test.equal(pace.intervalMs(1), MINUTE_MS);
});
