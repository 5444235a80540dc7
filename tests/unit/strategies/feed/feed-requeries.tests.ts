/** Which live queries run again, how many at once, and what their polls find. */

import { Tinytest } from 'meteor/tinytest';
import { fixedPolling } from '../../../../src/config/polling';
import { eventually, pause } from '../../../support/eventually';
import { FedCollection, type PlayedDriver } from '../../../support/fed-collection';

Tinytest.addAsync('feed - a live query polls once per interval, and not before', async (test) => {
  const fed = new FedCollection();
  const { entries } = await fed.open();
  fed.feed.setPolling(fixedPolling(200));
  const startedAt = performance.now();
  try {
    await eventually('three polls', () => entries.length >= 3);
    // The first may come at once, by its phase.
    test.isTrue(performance.now() - startedAt >= 390);
    test.equal(fed.metrics.requeries.poll, 3);
    fed.feed.stop();
    await pause(450);
    test.equal(entries.length, 3);
  } finally {
    fed.feed.stop();
  }
});

Tinytest.addAsync('feed - of many live queries only some query at once', async (test) => {
  const fed = new FedCollection();
  const drivers = await Promise.all(Array.from({ length: 60 }, () => fed.open({ queries: true })));
  const begun = fed.change('all', { isResync: true });
  let most = 0;
  const isQuerying = ({ entries, isSteady }: PlayedDriver) => entries.includes('requery') && !isSteady();
  for (const driver of drivers) {
    await eventually('the query', () => driver.entries.includes('requery'));
    most = Math.max(most, drivers.filter(isQuerying).length);
    driver.setSteady(true);
  }
  await begun;
  test.isTrue(most <= 10, `${most} at once`);
});
