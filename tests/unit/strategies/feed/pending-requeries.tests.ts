/** How long changes wait for a re-query that does not begin. `requery-queue.tests.ts` has the order of re-queries. */

import { Tinytest } from 'meteor/tinytest';
import type { RequeryReason } from '../../../../src/observability/metrics';
import type { FedQuery } from '../../../../src/strategies/feed/fed-query';
import { PendingRequeries } from '../../../../src/strategies/feed/pending-requeries';

const MINUTE_MS = 60_000;

function start() {
  const pending = new PendingRequeries();
  const query = { description: { collection: 'items' } } as FedQuery;
  const released: string[] = [];
  const add = (name: string, now: number, reason: RequeryReason = 'collection') =>
    void pending.add(query, reason, now).begun.promise.then(() => released.push(name));
  const next = () =>
    pending.next(
      () => 0,
      () => true,
    );
  return { pending, add, next, released };
}

Tinytest.addAsync(
  'pending requeries - a change waits a minute at most for a driver that hangs',
  async (test) => {
    const { pending, add, next, released } = start();
    add('first', 0);
    add('second', MINUTE_MS);
    await Promise.resolve();
    test.equal(released, [], 'nobody has waited for more than a minute');
    add('third', MINUTE_MS + 1);
    add('fourth', MINUTE_MS + 2);
    await Promise.resolve();
    test.equal(released, ['first', 'second']);
    test.equal(pending.size, 1, 'its driver is still to be re-queried');
    next()?.begun.resolve();
    await Promise.resolve();
    test.equal(released, ['first', 'second', 'third', 'fourth']);
  },
);

Tinytest.addAsync(
  'pending requeries - one that waits no longer keeps its reason, until there is a better one',
  async (test) => {
    const { add, next } = start();
    add('first', 0, 'resync');
    add('second', 2 * MINUTE_MS, 'poll');
    test.equal(next()?.reason, 'resync');
    add('third', 4 * MINUTE_MS, 'collection');
    test.equal(next()?.reason, 'collection');
  },
);
