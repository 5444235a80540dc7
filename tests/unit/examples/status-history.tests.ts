/** The last minute that the demo's status page shows. Runs on the stand-in only: it loads a file of the example. */

import { Tinytest } from 'meteor/tinytest';
import { COLUMNS, percentile, StatusHistory } from '../../../examples/chat/client/status-history';
import type { Counters } from '../../../examples/chat/imports/node-status';

function counters(published: number, read = 0, skipped = 0, dispatchTimes: number[] = []): Counters {
  return { published, received: 0, read, skipped, publishTimes: [], dispatchTimes };
}

Tinytest.add('status history - a column has what all nodes have counted since the last one', (test) => {
  const history = new StatusHistory();
  history.add(new Map([['a', counters(100, 50, 40, [1, 2])]]));
  history.add(new Map([['a', counters(103, 50, 40, [1, 2])]]));
  history.add(
    new Map([
      ['a', counters(103, 51, 41, [2, 3])],
      ['b', counters(7, 7, 7, [7])],
    ]),
  );
  test.equal(history.columns, [
    counters(0, 0, 0, [0, 0]),
    counters(3, 0, 0, [0, 0]),
    counters(0, 1, 1, [1, 1]),
  ]);
  test.equal(history.total, counters(3, 1, 1, [1, 1]));
});

Tinytest.add('status history - a node that has started anew counts from 0', (test) => {
  const history = new StatusHistory();
  history.add(new Map([['a', counters(100, 100, 90, [100])]]));
  const added = history.add(new Map([['a', counters(2, 4, 1, [5])]]));
  test.equal(added.get('a'), counters(2, 4, 1, [5]));
});

Tinytest.add('status history - it keeps a minute', (test) => {
  const history = new StatusHistory();
  for (let second = 0; second < COLUMNS + 5; second += 1) history.add(new Map([['a', counters(second)]]));
  test.equal(history.columns.length, COLUMNS);
  test.equal(history.total.published, COLUMNS);
});

Tinytest.add('status history - a percentile lies within its bucket', (test) => {
  const limits = [1, 10, 100];
  test.equal(percentile(limits, [0, 0, 0, 0], 0.5), undefined);
  test.equal(percentile(limits, [0, 10, 0, 0], 0.5), 5.5);
  test.equal(percentile(limits, [98, 0, 2, 0], 0.5), 50 / 98);
  test.equal(percentile(limits, [98, 0, 2, 0], 0.99), 55);
  test.equal(percentile(limits, [0, 0, 0, 1], 0.5), Number.POSITIVE_INFINITY);
});
