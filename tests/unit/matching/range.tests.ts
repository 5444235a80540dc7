/** The ranges that comparisons and patterns allow. */

import { Tinytest } from 'meteor/tinytest';
import { type Range, rangeOfComparisons, rangeOfPattern } from '../../../src/matching/range';

const numbers = (low: number | undefined, high: number | undefined): Range => ({
  bracket: 'number',
  low,
  high,
});

Tinytest.add('range - comparisons of one type are one range', (test) => {
  const cases: [Record<string, unknown>, Range | undefined][] = [
    [{ $gte: 1 }, numbers(1, undefined)],
    [{ $lt: 1 }, numbers(undefined, 1)],
    [{ $gt: 1, $gte: 2, $lt: 9, $lte: 8 }, numbers(2, 8)],
    [{ $gt: 1, $lt: 'x' }, numbers(1, undefined)],
    [
      { $gt: 'a', $lte: 'b' },
      { bracket: 'string', low: 'a', high: 'b' },
    ],
    [
      { $gt: new Date(5), $exists: true },
      { bracket: 'date', low: 5, high: undefined },
    ],
    [{ $gt: null, $lt: 3 }, numbers(undefined, 3)],
    // An array may fulfil it.
    [{ $gt: 5, $lt: 3 }, numbers(5, 3)],
    [{ $gt: Number.NaN }, undefined],
    [{ $gt: new Date(Number.NaN) }, undefined],
    [{ $gt: [1] }, undefined],
    [{ $gt: undefined }, undefined],
    [{ $ne: 1 }, undefined],
  ];
  for (const [operators, range] of cases)
    test.equal(rangeOfComparisons(operators), range, JSON.stringify(operators));
});

Tinytest.add('range - a pattern allows the strings that begin with its literal prefix', (test) => {
  const strings = (low: string, high: string | undefined): Range => ({ bracket: 'string', low, high });
  const cases: [RegExp, Range | undefined][] = [
    [/^abc/, strings('abc', 'abd')],
    [/^ab.c/g, strings('ab', 'ac')],
    [/^a\.b$/, strings('a.b', 'a.c')],
    [/^abc?/, strings('ab', 'ac')],
    [/^abc*d/, strings('ab', 'ac')],
    [/^abc{0,2}/, strings('ab', 'ac')],
    [/^abc+/, strings('abc', 'abd')],
    [/^ab\d/, strings('ab', 'ac')],
    [/^a[bc]/, strings('a', 'b')],
    [/^a?b/, undefined],
    [/^a|b/, undefined],
    [/^(ab)/, undefined],
    [/^/, undefined],
    [/abc/, undefined],
    [/^abc/i, undefined],
    [/^abc/m, undefined],
  ];
  for (const [{ source, flags }, range] of cases) test.equal(rangeOfPattern(source, flags), range, source);
});
