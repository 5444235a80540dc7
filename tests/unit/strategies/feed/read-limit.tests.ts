/** How many reads of a connection are in flight. */

import { Tinytest } from 'meteor/tinytest';
import { ReadLimit } from '../../../../src/strategies/feed/read-limit';

Tinytest.add('read limit - a collection has four reads in flight at most', (test) => {
  const limit = new ReadLimit();
  test.equal([limit.allows(3), limit.allows(4)], [true, false]);
});

Tinytest.add('read limit - collections share 24 reads, and each has one all the same', (test) => {
  const limit = new ReadLimit();
  for (let n = 0; n < 24; n += 1) limit.begin();
  test.equal([limit.allows(1), limit.allows(0)], [false, true]);
  limit.end();
  test.isTrue(limit.allows(1));
});
