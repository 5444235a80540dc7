/** When the feed polls: by the time that has passed, in polling intervals. */

import { Tinytest } from 'meteor/tinytest';
import { Poller } from '../../../../src/strategies/feed/poller';
import { eventually, pause } from '../../../support/eventually';

function start() {
  const polls: (readonly [number, number])[] = [];
  const poller = new Poller((from, to) => polls.push([from, to]));
  return { polls, poller };
}

Tinytest.addAsync('poller - an interval is polled in ten parts, one after the other', async (test) => {
  const { polls, poller } = start();
  const startedAt = performance.now();
  try {
    poller.setInterval(100);
    await eventually('a few polls', () => polls.length >= 5);
    const [[first] = [0]] = polls;
    test.isTrue(Math.abs(first - startedAt / 100) < 0.5, 'it starts with the time of the call');
    for (const [n, [from, to]] of polls.entries()) {
      test.isTrue(to > from);
      if (n > 0) test.equal(from, polls[n - 1]?.[1], 'without a gap');
    }
    test.isTrue(polls.length <= (performance.now() - startedAt) / 10 + 1);
  } finally {
    poller.stop();
  }
});

Tinytest.addAsync(
  'poller - the same interval again changes nothing, another one starts anew',
  async (test) => {
    const { polls, poller } = start();
    try {
      poller.setInterval(500);
      await pause(30);
      // Were it started anew each time, there would be no poll.
      const again = setInterval(() => poller.setInterval(500), 20);
      await eventually('a poll', () => polls.length >= 1);
      clearInterval(again);
      poller.setInterval(3_600_000);
      const { length } = polls;
      await pause(200);
      test.equal(polls.length, length);
    } finally {
      poller.stop();
    }
  },
);

Tinytest.addAsync('poller - a long interval is checked every second', async (test) => {
  const { polls, poller } = start();
  try {
    poller.setInterval(3_600_000);
    const startedAt = performance.now();
    await eventually('a poll', () => polls.length >= 1);
    test.isTrue(performance.now() - startedAt >= 990);
  } finally {
    poller.stop();
  }
});

Tinytest.addAsync('poller - after a stop nothing is polled, until it is started again', async (test) => {
  const { polls, poller } = start();
  poller.setInterval(50);
  poller.stop();
  await pause(50);
  test.equal(polls, []);
  poller.setInterval(50);
  await eventually('a poll', () => polls.length >= 1);
  poller.stop();
});
