/** With many peers, heartbeats are fewer, and peers may be silent for longer. */

import { Tinytest } from 'meteor/tinytest';
import { graceMs, graceOfUnknownMs, stretchOf } from '../../../src/membership/heartbeat-timing';
import { Peers } from '../../../src/membership/peers';

const OPTIONS = { heartbeatIntervalMs: 2000, heartbeatTimeoutMs: 7000 };

Tinytest.add('heartbeat timing - beyond 128 peers the interval grows in proportion', (test) => {
  test.equal([0, 1, 128, 256, 512].map(stretchOf), [1, 1, 1, 2, 4]);
});

Tinytest.add(
  'heartbeat timing - a peer with a longer interval may be silent for longer, up to a limit',
  (test) => {
    test.equal(graceMs(OPTIONS, undefined), 0);
    test.equal(graceMs(OPTIONS, 500), 0, 'a shorter interval changes nothing');
    test.equal(graceMs(OPTIONS, 2000), 0);
    test.equal(graceMs(OPTIONS, 8000), 3 * 7000);
    test.equal(graceMs(OPTIONS, Number.MAX_SAFE_INTEGER), 7 * 7000);
  },
);

Tinytest.add('heartbeat timing - a peer expires by the interval that it has published last', (test) => {
  const peers = new Peers();
  peers.receiveCounts({
    node: 'a',
    heartbeat: 1,
    counts: new Map([['items', 0]]),
    at: 0,
    isComplete: true,
    graceMs: 21_000,
  });
  test.equal(peers.expire(21_000, 28_000, ['items']), []);
  peers.receiveCounts({
    node: 'a',
    heartbeat: 2,
    counts: new Map([['items', 0]]),
    at: 100,
    isComplete: true,
    graceMs: 0,
  });
  peers.receiveCounts({
    node: 'a',
    heartbeat: 1,
    counts: new Map([['items', 0]]),
    at: 100,
    isComplete: true,
    graceMs: 21_000,
  });
  test.equal(peers.expire(101, 7101, ['items']), ['items']);
});

Tinytest.add('heartbeat timing - a peer without a heartbeat may be silent as long as the others', (test) => {
  test.equal(graceOfUnknownMs(OPTIONS, 128), 0);
  test.equal(graceOfUnknownMs(OPTIONS, 512), 3 * 7000);
  const peers = new Peers();
  peers.receiveChange('a', 'items', 1, 0, 21_000);
  test.equal(peers.expire(21_000, 28_000, ['items']), []);
  peers.receiveCounts({
    node: 'a',
    heartbeat: 1,
    counts: new Map([['items', 1]]),
    at: 0,
    isComplete: true,
    graceMs: 0,
  });
  peers.receiveChange('a', 'items', 2, 0, 21_000);
  test.equal(peers.expire(1, 7001, ['items']), ['items'], 'its heartbeat says more');
});
