/** The scale of the chart on the demo's status page. Runs on the stand-in only: it loads a file of the example. */

import { Tinytest } from 'meteor/tinytest';
import { labelledColumns, ticksOf, topOf } from '../../../examples/chat/client/chart-scale';

const STEADY = Array.from({ length: 59 }, (_, index) => 9 + (index % 3));

Tinytest.add('chart scale - columns that differ little are drawn in full', (test) => {
  test.equal(topOf([]), 1);
  test.equal(topOf([0, 3, 0]), 3);
  test.equal(topOf(STEADY), 12);
  test.equal(topOf([...STEADY, 19]), 20);
});

Tinytest.add('chart scale - one column of 500 does not flatten the others', (test) => {
  test.equal(topOf([...STEADY, 500]), 15);
  test.equal(topOf([10, 500]), 15);
});

Tinytest.add(
  'chart scale - columns that are cut off have labels, but for those too near a higher one',
  (test) => {
    const values = [10, 500, 400, 10, 10, 10, 300, 10];
    test.equal(labelledColumns(values, 15, 3), [1, 6]);
    test.equal(labelledColumns(STEADY, 12, 3), []);
  },
);

Tinytest.add('chart scale - a side that is too low for its number has none', (test) => {
  const values = (above: number, below: number, line: number) =>
    ticksOf({ top: 20, line, bottom: 180, above, below }).map(({ value }) => value);
  test.equal(values(12, 30, 65), [12, 0, 30]);
  test.equal(values(1, 100, 21), [0, 100]);
  test.equal(values(100, 1, 179), [100, 0]);
});
