/** When the feed polls: by the time that has passed, in polling intervals. */

import { Tinytest } from 'meteor/tinytest';
import { fixedPolling } from '../../../../src/config/polling';
import { Poller } from '../../../../src/strategies/feed/poller';
import { eventually, pause } from '../../../support/eventually';

const HOURLY = fixedPolling(3_600_000);

function start(queries = 1) {
  const polls: (readonly [number, number])[] = [];
  const poller = new Poller({ poll: (from, to) => polls.push([from, to]), queries: () => queries });
  return { polls, poller };
}

Tinytest.addAsync('poller - an interval is polled in ten parts, without gap and overlap', async (test) => {
  const { polls, poller } = start();
  const startedAt = performance.now();
  try {
    poller.setPolicy(fixedPolling(100));
    await eventually('a whole interval', () => (polls.at(-1)?.[1] ?? 0) > 1.5);
    for (const [n, [from, to]] of polls.entries()) {
      test.isTrue(to > from);
      test.equal(from, polls[n - 1]?.[1] ?? 0);
    }
    const intervals = (performance.now() - startedAt) / 100;
    test.isTrue((polls.at(-1)?.[1] ?? 0) <= intervals, 'no faster than the time');
    test.isTrue(polls.length <= 10 * intervals + 1);
  } finally {
    poller.stop();
  }
});

Tinytest.addAsync('poller - the same policy again does not put the polls off', async (test) => {
  const { polls, poller } = start();
  poller.setPolicy(fixedPolling(500));
  // More often than the 50 ms between two polls: as each heartbeat does.
  const again = setInterval(() => poller.setPolicy(fixedPolling(500)), 2);
  try {
    await eventually('polls', () => polls.length >= 3, 5000);
  } finally {
    clearInterval(again);
    poller.stop();
  }
  test.equal(polls[1]?.[0], polls[0]?.[1]);
});

Tinytest.addAsync('poller - another policy takes the place of the one before', async (test) => {
  const { polls, poller } = start();
  poller.setPolicy(HOURLY);
  test.equal(poller.intervalMs, 3_600_000);
  poller.setPolicy(fixedPolling(50));
  try {
    await eventually('polls of the shorter interval', () => polls.length >= 3, 5000);
    poller.setPolicy(HOURLY);
    polls.length = 0;
    await pause(100);
    test.equal(polls, []);
  } finally {
    poller.stop();
  }
});

Tinytest.addAsync(
  'poller - the interval may change at any time, and no live query is left out',
  async (test) => {
    const { polls, poller } = start();
    try {
      poller.setPolicy({ intervalMs: 50, isAdaptive: true });
      await eventually('a poll', () => polls.length > 0);
      // One live query, whose poll takes a minute.
      poller.pace.record(60_000);
      test.equal(poller.intervalMs, 3_000_000);
      const before = polls.length;
      await eventually('more polls', () => polls.length >= before + 5);
      for (const [n, [from]] of polls.entries()) test.equal(from, polls[n - 1]?.[1] ?? 0);
      test.isTrue((polls.at(-1)?.[1] ?? 0) - (polls[before]?.[1] ?? 0) < 0.01);
    } finally {
      poller.stop();
    }
  },
);

Tinytest.addAsync('poller - when every live query has polled, a round is over', async (test) => {
  const { polls, poller } = start();
  try {
    poller.setPolicy({ intervalMs: 50, isAdaptive: true });
    poller.pace.record(0);
    await eventually('a longer interval', () => poller.intervalMs === 100);
    test.isTrue((polls.at(-1)?.[1] ?? 0) >= 1);
  } finally {
    poller.stop();
  }
});

Tinytest.addAsync('poller - after a stop nothing is polled, until it is started again', async (test) => {
  const { polls, poller } = start();
  poller.setPolicy(fixedPolling(50));
  poller.stop();
  poller.stop();
  test.equal(poller.intervalMs, 0);
  await pause(50);
  test.equal(polls, []);
  poller.setPolicy(fixedPolling(50));
  await eventually('a poll', () => polls.length >= 1);
  poller.stop();
});
