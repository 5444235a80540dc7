/** The tree of ranges, compared with a list of them. */

import { Tinytest } from 'meteor/tinytest';
import { IntervalIndex } from '../../../src/matching/interval-index';

interface Ends {
  readonly low: number | undefined;
  readonly high: number | undefined;
}

const END = 20;

/** All ranges of small numbers, without an end too. */
function allRanges(): Ends[] {
  const ends = [undefined, ...Array.from({ length: END }, (_, n) => n)];
  return ends.flatMap((low) => ends.map((high) => ({ low, high })));
}

function found(index: IntervalIndex<Ends>, least: number, greatest: number): Set<Ends> {
  const into = new Set<Ends>();
  index.collect(least, greatest, into);
  return into;
}

function expected(ranges: readonly Ends[], least: number, greatest: number): Set<Ends> {
  return new Set(
    ranges.filter(
      ({ low, high }) => (low === undefined || low <= greatest) && (high === undefined || high >= least),
    ),
  );
}

Tinytest.add('interval index - ranges are found that meet an interval, while they come and go', (test) => {
  const ranges = allRanges();
  const index = new IntervalIndex<Ends>();
  for (const range of ranges) index.add(range, range);
  // A stride without a common divisor visits all of them in another order.
  for (let n = 0; ranges.length > 0; n += 1) {
    const [least, greatest] = [n % END, (n % END) + (n % 3)];
    const [right, actual] = [expected(ranges, least, greatest), found(index, least, greatest)];
    test.equal([actual.size, [...right].every((range) => actual.has(range))], [right.size, true]);
    const [removed] = ranges.splice((n * 173) % ranges.length, 1);
    if (removed) index.remove(removed, removed);
  }
  test.isTrue(index.isEmpty);
});

Tinytest.add('interval index - live queries with equal ranges are found until each is removed', (test) => {
  const index = new IntervalIndex<string>();
  const range = { low: 'a', high: 'b' };
  const all = () => {
    const into = new Set<string>();
    index.collectAll(into);
    return [...into];
  };
  index.add('one', range);
  index.add('two', { ...range });
  test.equal(all(), ['one', 'two']);
  index.remove('one', range);
  index.remove('one', range);
  index.remove('two', { low: 'a', high: undefined });
  test.equal([all(), index.isEmpty], [['two'], false]);
  index.remove('two', range);
  test.equal([all(), index.isEmpty], [[], true]);
});
