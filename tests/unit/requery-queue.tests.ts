/** When drivers are re-queried: with queries whose phase the test decides. */

import { Tinytest } from 'meteor/tinytest';
import type { FedQuery } from '../../src/strategies/feed/fed-query';
import { RequeryQueue } from '../../src/strategies/feed/requery-queue';
import { pause } from '../support/eventually';

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
    const { queue, requeried, newDriver, request } = start();
    const driver = newDriver(true);
    const stream = setInterval(() => void request(driver), 5);
    const end = performance.now() + 600;
    let steady = 0;
    while (performance.now() < end) {
      if (!driver.isSteady) {
        // Its query takes 10 ms.
        await pause(10);
        driver.isSteady = true;
      }
      await pause(5);
      steady += 1;
    }
    clearInterval(stream);
    queue.stop();
    test.isTrue(steady > 30, `${steady}`);
    test.isTrue(requeried.length <= 13, `${requeried.length} queries in 600 ms, at most one in 50 ms`);
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
