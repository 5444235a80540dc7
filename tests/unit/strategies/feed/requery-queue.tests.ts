/** When drivers are re-queried: with queries whose phase the test decides. */

import { Tinytest } from 'meteor/tinytest';
import type { RequeryReason } from '../../../../src/observability/metrics';
import type { FedQuery } from '../../../../src/strategies/feed/fed-query';
import { RequeryQueue } from '../../../../src/strategies/feed/requery-queue';
import { eventually, pause } from '../../../support/eventually';

interface Driver {
  isSteady: boolean;
  isStopped: boolean;
  requeriedAt: number;
  readonly description: { readonly collection: string };
}

/** A queue, and the drivers that it has re-queried, in order. A re-queried driver is QUERYING. */
function start(placeMs = 60_000) {
  const requeried: Driver[] = [];
  const ended: string[] = [];
  const queue = new RequeryQueue({
    begin: (query) => {
      const driver = query as unknown as Driver;
      driver.isSteady = false;
      requeried.push(driver);
    },
    onEnd: (reason) => ended.push(reason),
    placeMs,
  });
  const newDriver = (isSteady: boolean, collection = 'items'): Driver => ({
    isSteady,
    isStopped: false,
    requeriedAt: Number.NEGATIVE_INFINITY,
    description: { collection },
  });
  const newDrivers = (count: number, collection?: string) =>
    Array.from({ length: count }, () => newDriver(true, collection));
  const requestFor = (reason: RequeryReason, ...drivers: Driver[]) =>
    queue.request(drivers as unknown as FedQuery[], reason);
  const request = (...drivers: Driver[]) => requestFor('collection', ...drivers);
  const endQuery = (driver: Driver) => {
    driver.isSteady = true;
    queue.onSteady(driver as unknown as FedQuery);
  };
  return { queue, requeried, ended, newDriver, newDrivers, request, requestFor, endQuery };
}

Tinytest.addAsync('requery queue - what is requested in one turn is one query', async (test) => {
  const { requeried, newDriver, request } = start();
  const driver = newDriver(true);
  await Promise.all([request(driver), request(driver), request(driver)]);
  test.equal(requeried.length, 1);
});

Tinytest.addAsync(
  'requery queue - a driver that queries is re-queried once, when it is STEADY',
  async (test) => {
    const { requeried, newDriver, request } = start();
    const [slow, other] = [newDriver(false), newDriver(true)];
    let isBegun = false;
    const begun = Promise.all([request(slow), request(slow)]).then(() => {
      isBegun = true;
    });
    await request(other);
    for (let n = 0; n < 5; n += 1) {
      await pause(10);
      void request(slow);
    }
    test.equal(requeried, [other], 'the other driver does not wait');
    test.isFalse(isBegun, 'who waits for the query waits');
    slow.isSteady = true;
    await begun;
    test.equal(requeried.length, 2);
    await pause(100);
    test.equal(requeried.length, 2);
  },
);

Tinytest.addAsync(
  'requery queue - under a stream of requests, a driver is STEADY most of the time',
  async (test) => {
    const { queue, newDriver, request } = start();
    const driver = newDriver(true);
    const begunAt: number[] = [];
    const stream = setInterval(() => void request(driver), 5);
    // So many queries, not for a time: the timers of a busy machine are late.
    while (begunAt.length < 10) {
      if (!driver.isSteady) {
        begunAt.push(driver.requeriedAt);
        // Its query takes 10 ms.
        await pause(10);
        driver.isSteady = true;
      }
      await pause(5);
    }
    clearInterval(stream);
    queue.stop();
    const shortest = Math.min(...begunAt.slice(1).map((at, n) => at - (begunAt[n] ?? at)));
    test.isTrue(shortest >= 50, `two queries, ${shortest} ms apart`);
  },
);

Tinytest.addAsync('requery queue - of many drivers a few query at once, the oldest first', async (test) => {
  const { requeried, newDrivers, request, endQuery } = start();
  const drivers = newDrivers(100);
  const begun = request(...drivers);
  let most = 0;
  for (let n = 0; n < drivers.length; n += 1) {
    await eventually('the next query', () => requeried.length > n);
    most = Math.max(most, drivers.filter(({ isSteady }) => !isSteady).length);
    const driver = requeried[n];
    if (driver) endQuery(driver);
  }
  await begun;
  test.isTrue(most <= 10, `${most} at once`);
  test.equal(
    requeried.map((driver) => drivers.indexOf(driver)),
    [...drivers.keys()],
  );
});

Tinytest.addAsync(
  'requery queue - a change overtakes resyncs that wait, and these overtake polls',
  async (test) => {
    const { queue, requeried, newDrivers, requestFor, endQuery } = start();
    const running = newDrivers(4);
    await requestFor('resync', ...running);
    const [polled, resynced, changed, upgraded] = newDrivers(4);
    if (!polled || !resynced || !changed || !upgraded) throw new Error('there are four');
    const begun = [
      requestFor('poll', upgraded, polled),
      requestFor('resync', resynced),
      requestFor('collection', changed),
      requestFor('driver', upgraded),
    ];
    for (let n = 0; n < 4; n += 1) {
      await pause(10);
      test.equal(requeried.length, running.length + n);
      const driver = requeried[n];
      if (driver) endQuery(driver);
    }
    await Promise.all(begun);
    test.equal(
      requeried.slice(4).map((driver) => [polled, resynced, changed, upgraded].indexOf(driver)),
      [2, 3, 1, 0],
      'whoever has asked for a poll waits no longer than who has asked because of a change',
    );
    test.equal(queue.pending, 0);
  },
);

Tinytest.addAsync('requery queue - drivers that hang delay no other collection', async (test) => {
  const { queue, requeried, newDrivers, request, endQuery } = start();
  void request(...newDrivers(50, 'slow'));
  await eventually('queries of one collection', () => requeried.length > 0);
  await pause(20);
  const [other] = newDrivers(1, 'other');
  if (!other) throw new Error('there is one');
  const begun = request(other);
  const [first] = requeried;
  if (first) endQuery(first);
  await begun;
  test.equal(requeried.at(-1), other, 'it is next, although 46 others wait longer');
  queue.stop();
});

Tinytest.addAsync('requery queue - a driver that hangs does not keep its place for ever', async (test) => {
  const { queue, requeried, ended, newDrivers, request } = start(30);
  await request(...newDrivers(20));
  test.equal(requeried.length, 20);
  test.isTrue(ended.length > 0);
  queue.stop();
});

Tinytest.addAsync('requery queue - a driver that stops gives its place away', async (test) => {
  const { requeried, newDrivers, request } = start();
  const begun = request(...newDrivers(5));
  await eventually('the first queries', () => requeried.length === 4);
  for (const driver of requeried) driver.isStopped = true;
  await begun;
  test.equal(requeried.length, 5);
});

Tinytest.addAsync(
  'requery queue - what waits is counted, and why a driver queries is known',
  async (test) => {
    const { queue, requeried, newDrivers, requestFor, endQuery, ended } = start();
    void requestFor('poll', ...newDrivers(6));
    await eventually('the first queries', () => requeried.length === 4);
    test.equal(queue.pending, 2);
    const [first] = requeried;
    if (!first) throw new Error('there is one');
    test.equal(queue.reasonOf(first as unknown as FedQuery), 'poll');
    endQuery(first);
    test.equal([queue.reasonOf(first as unknown as FedQuery), ended], [undefined, ['poll']]);
    await eventually('the next query', () => queue.pending === 1);
    queue.stop();
    test.equal(queue.pending, 0);
  },
);

Tinytest.addAsync('requery queue - nobody waits for a driver that has stopped', async (test) => {
  const { requeried, newDriver, request } = start();
  const driver = newDriver(false);
  const begun = request(driver);
  await pause(20);
  driver.isStopped = true;
  await begun;
  test.equal(requeried, []);
});

Tinytest.addAsync('requery queue - stop releases those who wait', async (test) => {
  const { queue, requeried, newDriver, request } = start();
  const begun = request(newDriver(false));
  queue.stop();
  await begun;
  await pause(20);
  test.equal(requeried, []);
});

Tinytest.addAsync(
  'requery queue - what is requested after its end is over at once, and nothing waits for it',
  async (test) => {
    const { queue, requeried, newDriver, request } = start();
    const pending = request(newDriver(false));
    queue.stop();
    await pending;
    await request(newDriver(false));
    test.equal([requeried.length, queue.pending], [0, 0]);
  },
);
