/** The polling policy, and the timer that follows it. */

import { Tinytest } from 'meteor/tinytest';
import { disconnectedPollingIntervalMs, pollingIntervalMs } from '../../../src/config/polling';
import { Poller } from '../../../src/strategies/feed/poller';
import { eventually, pause } from '../../support/eventually';

type Poll = readonly [from: number, to: number];

Tinytest.add('polling - a connected node polls as configured', (test) => {
  for (const ms of [1000, 60_000, 86_400_000]) test.equal(pollingIntervalMs(ms, true), ms);
});

Tinytest.add('polling - a node without connection polls as often as Meteor, or more often', (test) => {
  const disconnected = disconnectedPollingIntervalMs();
  test.equal(pollingIntervalMs(86_400_000, false), Math.min(disconnected, 86_400_000));
  test.equal(pollingIntervalMs(disconnected + 1, false), disconnected);
  test.equal(pollingIntervalMs(disconnected, false), disconnected);
  test.equal(pollingIntervalMs(disconnected - 1, false), disconnected - 1);
});

Tinytest.add("polling - Meteor's interval is read when it is asked for", (test) => {
  test.equal(disconnectedPollingIntervalMs({}), 10_000);
  test.equal(disconnectedPollingIntervalMs({ METEOR_POLLING_INTERVAL_MS: '5000' }), 5000);
  test.equal(
    disconnectedPollingIntervalMs({ METEOR_POLLING_INTERVAL_MS: '400' }),
    1000,
    'not below the minimum',
  );
});

Tinytest.addAsync('polling - the polls of an interval cover it without gap and overlap', async (test) => {
  const polls: Poll[] = [];
  const poller = new Poller((from, to) => polls.push([from, to]));
  const intervalMs = 100;
  const start = performance.now();
  poller.setInterval(intervalMs);
  try {
    await eventually('a whole interval', () => performance.now() - start > 1.5 * intervalMs);
  } finally {
    poller.stop();
  }
  test.isTrue(polls.length >= 3, `${polls.length} polls spread the live queries over the interval`);
  for (const [index, [from, to]] of polls.entries()) {
    test.isTrue(to > from);
    const [, before] = polls[index - 1] ?? [];
    if (before !== undefined) test.equal(from, before);
  }
  const covered = Number(polls.at(-1)?.[1]) - Number(polls[0]?.[0]);
  test.isTrue(covered >= 1 && covered <= (performance.now() - start) / intervalMs, `${covered} intervals`);
});

Tinytest.addAsync('polling - setting the same interval again does not put the polls off', async (test) => {
  const polls: Poll[] = [];
  const poller = new Poller((from, to) => polls.push([from, to]));
  poller.setInterval(200);
  // More often than the 20 ms between two polls: as each heartbeat does.
  const again = setInterval(() => poller.setInterval(200), 2);
  try {
    await eventually('polls', () => polls.length >= 3, 5000);
  } finally {
    clearInterval(again);
    poller.stop();
  }
  test.equal(polls[1]?.[0], polls[0]?.[1]);
});

Tinytest.addAsync('polling - another interval takes the place of the one before', async (test) => {
  const polls: Poll[] = [];
  const poller = new Poller((from, to) => polls.push([from, to]));
  poller.setInterval(3_600_000);
  poller.setInterval(50);
  try {
    await eventually('polls of the shorter interval', () => polls.length >= 3, 5000);
    polls.length = 0;
    poller.setInterval(3_600_000);
    await pause(100);
    test.equal(polls.length, 0);
  } finally {
    poller.stop();
  }
});

Tinytest.addAsync('polling - stopped, it polls no more', async (test) => {
  let polls = 0;
  const poller = new Poller(() => {
    polls += 1;
  });
  poller.setInterval(20);
  await eventually('a poll', () => polls > 0);
  poller.stop();
  poller.stop();
  const before = polls;
  await pause(50);
  test.equal(polls, before);
});
