/** The polling policy. */

import { Tinytest } from 'meteor/tinytest';
import { disconnectedPollingIntervalMs, pollingPolicy } from '../../../src/config/polling';

Tinytest.add('polling - a connected node polls as configured, or less often', (test) => {
  for (const intervalMs of [1000, 60_000, 86_400_000])
    test.equal(pollingPolicy(intervalMs, true), { intervalMs, isAdaptive: true });
});

Tinytest.add('polling - a node without connection polls as often as Meteor, or more often', (test) => {
  const disconnected = disconnectedPollingIntervalMs();
  const intervals = [86_400_000, disconnected + 1, disconnected, disconnected - 1];
  const policies = intervals.map((ms) => pollingPolicy(ms, false));
  test.equal(
    policies.map(({ intervalMs }) => intervalMs),
    intervals.map((ms) => Math.min(ms, disconnected)),
  );
  test.isFalse(policies.some(({ isAdaptive }) => isAdaptive));
});

Tinytest.add("polling - Meteor's interval is read when it is asked for", (test) => {
  test.equal(disconnectedPollingIntervalMs({}), 10_000);
  test.equal(disconnectedPollingIntervalMs({ METEOR_POLLING_INTERVAL_MS: '5000' }), 5000);
  test.equal(
    disconnectedPollingIntervalMs({ METEOR_POLLING_INTERVAL_MS: '400' }),
    1000,
    'not below the minimum',
  );
});
