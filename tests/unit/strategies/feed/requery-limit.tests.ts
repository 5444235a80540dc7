/** How many re-queries may run at once, by the time that they take. */

import { Tinytest } from 'meteor/tinytest';
import { RequeryLimit } from '../../../../src/strategies/feed/requery-limit';

/** Records rounds of queries that take equally long. @returns the limit after each */
function limitsAfter(limit: RequeryLimit, rounds: number, ms: number, isFull = true): number[] {
  return Array.from({ length: rounds }, () => {
    for (let n = limit.limit; n > 0; n -= 1) limit.record(ms, isFull);
    return limit.limit;
  });
}

Tinytest.add('requery limit - it grows by one per round, up to ten, while others wait', (test) => {
  test.equal(limitsAfter(new RequeryLimit(), 8, 5), [5, 6, 7, 8, 9, 10, 10, 10]);
});

Tinytest.add('requery limit - it stays where nobody waits', (test) => {
  test.equal(limitsAfter(new RequeryLimit(), 3, 5, false), [4, 4, 4]);
});

Tinytest.add(
  'requery limit - queries that take more than twice the best mean halve it, down to two',
  (test) => {
    const limit = new RequeryLimit();
    test.equal(limitsAfter(limit, 4, 5), [5, 6, 7, 8]);
    test.equal(limitsAfter(limit, 4, 50), [4, 2, 2, 2]);
    test.equal(limitsAfter(limit, 2, 9), [3, 4], 'it grows again when the database recovers');
  },
);

Tinytest.add(
  'requery limit - a database that stays slower is measured by its new time, after a while',
  (test) => {
    const limit = new RequeryLimit();
    limitsAfter(limit, 1, 5);
    const limits = limitsAfter(limit, 60, 20);
    test.equal([limits[0], limits[5], limits.at(-1)], [2, 2, 10]);
  },
);
