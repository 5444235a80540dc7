/** When drivers are re-queried: with queries whose phase the test decides. */

import { Tinytest } from 'meteor/tinytest';
import type { FedQuery } from '../../../../src/strategies/feed/fed-query';
import { RequeryQueue } from '../../../../src/strategies/feed/requery-queue';
import { pause } from '../../../support/eventually';

interface Driver {
  isSteady: boolean;
  isStopped: boolean;
  requeriedAt: number;
}

/** A queue, and the drivers that it has re-queried, in order. A re-queried driver is QUERYING. */
function start() {
  const requeried: Driver[] = [];
  const queue = new RequeryQueue((query) => {
    const driver = query as unknown as Driver;
    driver.isSteady = false;
    requeried.push(driver);
  });
  const newDriver = (isSteady: boolean): Driver => ({
    isSteady,
    isStopped: false,
    requeriedAt: Number.NEGATIVE_INFINITY,
  });
  const request = (...drivers: Driver[]) => queue.request(drivers as unknown as FedQuery[], 'collection');
  return { queue, requeried, newDriver, request };
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
