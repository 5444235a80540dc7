/** When a node is healthy, by the state of its session. */

import { Tinytest } from 'meteor/tinytest';
import { isHealthy } from '../../../src/observability/status';

Tinytest.add('healthy - a node is healthy when it has started, with or without Redis', (test) => {
  const session = (connected: boolean, isStarting: boolean) => ({ isStarting, status: { connected } });
  test.equal(isHealthy(undefined), false);
  test.equal(isHealthy(session(false, true)), false);
  test.equal(isHealthy(session(true, true)), true);
  test.equal(isHealthy(session(true, false)), true);
  test.equal(isHealthy(session(false, false)), true);
});
