/** The session of a node that is alone: there is nothing to publish, and its own live queries are updated all the same. */

import { Tinytest } from 'meteor/tinytest';
import type { Change } from '../../../src/changes/change';
import { resolveOptions } from '../../../src/config/options';
import { createHasher } from '../../../src/matching/hint';
import { Log } from '../../../src/observability/log';
import { Metrics, NO_FEED } from '../../../src/observability/metrics';
import { SingleNodeSession } from '../../../src/session/single-node-session';
import type { Strategy } from '../../../src/strategies/strategy';
import { TestClock } from '../../support/test-clock';

function stage() {
  const calls: string[] = [];
  const lines: string[] = [];
  const changes: (Change | undefined)[] = [];
  const strategy: Strategy = {
    addCollection: () => {},
    finder: () => undefined,
    startOf: () => undefined,
    handleChange: () => {},
    beginWrite: () => {
      calls.push('begin');
      return (change) => void changes.push(change);
    },
    gauges: NO_FEED,
    setPolling: ({ intervalMs }) => void calls.push(`poll ${intervalMs}`),
    stop: () => void calls.push('stop'),
  };
  const session = new SingleNodeSession({
    options: resolveOptions({ pollingInterval: 7000 }),
    strategyName: 'feed',
    strategy,
    clock: new TestClock(),
    hash: createHasher('tests'),
    log: new Log({ debug() {}, info: (line) => void lines.push(line), warn() {}, error() {} }),
    onBroadcast: () => true,
    emit: (name, event) => void calls.push(`${name} ${JSON.stringify(event)}`),
    metrics: new Metrics(),
  });
  return { session, strategy, calls, lines, changes };
}

Tinytest.addAsync('single node - it is connected at once, and polls as a connected node', async (test) => {
  const { session, strategy, calls, lines } = stage();
  test.equal(session.strategy, strategy);
  test.isFalse(session.isStarting);
  session.open();
  test.isTrue(await session.waitUntilReady());
  test.equal(calls, ['poll 7000', 'connect {"again":false}']);
  test.equal(lines, ['Cluster: this node is alone, as its address of Redis is "none"; strategy "feed"']);
  const { connected, strategy: name, peers } = session.status;
  test.equal([connected, name, peers], [true, 'feed', 0]);
  const { gauges, counters } = session.metrics;
  test.equal([gauges.connected, gauges.peers, counters.published], [1, 0, 0]);
});

Tinytest.addAsync(
  'single node - a write is handed on with its hint, or as nothing where nothing was written',
  async (test) => {
    const { session, changes } = stage();
    const fields = new Map([['n', 'n1']]);
    session.beginWrite()({ collection: 'items', ids: ['a'] }, { fields: { kind: 'update', fields } });
    session.beginWrite()({ collection: 'items', ids: ['b'] });
    session.beginWrite()();
    test.equal(
      changes.map((change) => change && [change.ids, change.hints?.get('a')?.kind, typeof change.since]),
      [[['a'], 'update', 'number'], [['b'], undefined, 'number'], undefined],
    );
    await session.flush();
    session.addCollection();
    test.isTrue(await session.broadcast());
  },
);

Tinytest.addAsync('single node - close ends the strategy and emits the event, in one turn', async (test) => {
  const { session, calls } = stage();
  await session.waitUntilReady();
  let hasEnded = false;
  const closing = session.close(() => {
    hasEnded = true;
  });
  test.isTrue(hasEnded);
  await closing;
  test.equal(calls.slice(1), ['stop', 'disconnect {"reason":"close"}']);
});
