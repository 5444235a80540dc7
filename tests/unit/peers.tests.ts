/** Gaps in what the peers have published, by hand-written examples. */

import { Tinytest } from 'meteor/tinytest';
import { Peers } from '../../src/session/peers';

const counts = (...entries: [string, number][]) => new Map(entries);

/** Returns peers of which one, `a`, has published the changes 1 to `count` of `items`, all received at 0 ms. */
function peersAfter(count: number): Peers {
  const peers = new Peers();
  for (let seq = 1; seq <= count; seq += 1) peers.receiveChange('a', 'items', seq, 0);
  return peers;
}

Tinytest.add('peers - the first change of a peer to a collection is a gap unless it has number 1', (test) => {
  test.isFalse(new Peers().receiveChange('a', 'items', 1, 0));
  for (const seq of [2, 100]) test.isTrue(new Peers().receiveChange('a', 'items', seq, 0), `number ${seq}`);
  const peers = peersAfter(3);
  test.isTrue(peers.receiveChange('a', 'others', 2, 0), 'another collection');
  test.isTrue(peers.receiveChange('b', 'items', 4, 0), 'another peer');
});

Tinytest.add('peers - the first counts of a peer are gaps unless they are 0', (test) => {
  const peers = new Peers();
  test.equal(peers.receiveCounts('a', counts(['x', 0], ['y', 5]), 0), ['y']);
  test.equal(peers.receiveCounts('a', counts(['x', 0], ['y', 5], ['z', 0]), 0), []);
  test.isFalse(peers.receiveChange('a', 'z', 1, 0));
  test.equal(peers.receiveCounts('a', counts(['x', 1]), 0), ['x']);
});

Tinytest.add('peers - the next change has no gap before it', (test) => {
  const peers = peersAfter(1);
  for (const seq of [2, 3, 4]) test.isFalse(peers.receiveChange('a', 'items', seq, 0), `number ${seq}`);
});

Tinytest.add('peers - a skipped number is one gap', (test) => {
  const peers = peersAfter(2);
  test.isTrue(peers.receiveChange('a', 'items', 4, 0));
  test.isFalse(peers.receiveChange('a', 'items', 5, 0));
});

Tinytest.add('peers - a late change is no gap', (test) => {
  const peers = peersAfter(2);
  peers.receiveChange('a', 'items', 5, 0);
  for (const seq of [3, 4]) test.isFalse(peers.receiveChange('a', 'items', seq, 0), `number ${seq}`);
  test.isFalse(peers.receiveChange('a', 'items', 6, 0), 'the last number has not gone back');
});

Tinytest.add('peers - a doubled change is no gap', (test) => {
  const peers = peersAfter(2);
  test.isFalse(peers.receiveChange('a', 'items', 2, 0));
  test.isFalse(peers.receiveChange('a', 'items', 3, 0));
});

Tinytest.add('peers - collections and peers are numbered separately', (test) => {
  const peers = peersAfter(2);
  peers.receiveChange('a', 'others', 7, 0);
  peers.receiveChange('b', 'items', 9, 0);
  test.isFalse(peers.receiveChange('a', 'items', 3, 0));
  test.isFalse(peers.receiveChange('a', 'others', 8, 0));
  test.isFalse(peers.receiveChange('b', 'items', 10, 0));
});

Tinytest.add('peers - counts equal to what was received are no gap', (test) => {
  const peers = peersAfter(2);
  test.equal(peers.receiveCounts('a', counts(['items', 2]), 0), []);
  test.equal(peers.receiveCounts('a', counts(), 0), []);
});

Tinytest.add('peers - counts above what was received are one gap', (test) => {
  const peers = peersAfter(2);
  test.equal(peers.receiveCounts('a', counts(['items', 4]), 0), ['items']);
  test.equal(peers.receiveCounts('a', counts(['items', 4]), 0), []);
  test.isFalse(peers.receiveChange('a', 'items', 4, 0), 'the change that was counted arrives late');
  test.isFalse(peers.receiveChange('a', 'items', 5, 0));
});

Tinytest.add('peers - counts below what was received are late, and change nothing', (test) => {
  const peers = peersAfter(2);
  test.equal(peers.receiveCounts('a', counts(['items', 1]), 0), []);
  test.isFalse(peers.receiveChange('a', 'items', 3, 0));
});

Tinytest.add('peers - only the collections that differ are gaps', (test) => {
  const peers = peersAfter(2);
  peers.receiveChange('a', 'x', 1, 0);
  peers.receiveChange('a', 'y', 1, 0);
  test.equal(peers.receiveCounts('a', counts(['x', 1], ['items', 3], ['y', 2]), 0), ['items', 'y']);
});

Tinytest.add('peers - a peer that left is not counted and does not expire', (test) => {
  const peers = peersAfter(2);
  test.equal(peers.count, 1);
  peers.remove('a');
  test.equal(peers.count, 0);
  test.equal(peers.expire(1000), []);
  test.isTrue(peers.receiveChange('a', 'items', 3, 0), 'a message after that is a first one');
  peers.remove('unknown');
  test.equal(peers.count, 1);
});

Tinytest.add('peers - a silent peer expires with every collection it has published', (test) => {
  const peers = new Peers();
  peers.receiveChange('a', 'x', 1, 10);
  peers.receiveCounts('a', counts(['x', 1], ['y', 0]), 20);
  peers.receiveChange('b', 'z', 1, 30);
  test.equal(peers.expire(20), [], 'last seen at that time');
  test.equal(peers.count, 2);
  test.equal(peers.expire(21), ['x', 'y']);
  test.equal(peers.count, 1);
  test.equal(peers.expire(21), [], 'only once');
});

Tinytest.add('peers - an expired peer that returns with the same counts has no gap', (test) => {
  const peers = peersAfter(2);
  peers.receiveCounts('a', counts(['x', 0]), 20);
  test.equal(peers.expire(21), ['items', 'x']);
  test.equal(peers.receiveCounts('a', counts(['x', 0], ['items', 2]), 300_000), []);
  test.equal(peers.count, 1);
  test.isFalse(peers.receiveChange('a', 'items', 3, 300_000));
});

Tinytest.add('peers - an expired peer that returns with other counts has a gap', (test) => {
  const peers = peersAfter(2);
  peers.expire(1);
  test.equal(peers.receiveCounts('a', counts(['items', 3]), 2), ['items']);
});

Tinytest.add('peers - the counts of an expired peer are kept for ten minutes', (test) => {
  const peers = peersAfter(2);
  peers.expire(1);
  peers.expire(600_001);
  test.equal(peers.receiveCounts('a', counts(['items', 2]), 600_001), ['items']);
});

Tinytest.add('peers - the counts of at most 1000 expired peers are kept', (test) => {
  const peers = new Peers();
  for (let n = 0; n < 1500; n += 1) {
    peers.receiveChange(`peer${n}`, 'items', 1, n);
    peers.expire(n + 1);
  }
  test.equal(peers.receiveCounts('peer499', counts(['items', 1]), 1500), ['items']);
  test.equal(peers.receiveCounts('peer500', counts(['items', 1]), 1500), []);
});

Tinytest.add('peers - every message keeps a peer from expiring', (test) => {
  const messages: ((peers: Peers, now: number) => unknown)[] = [
    (peers, now) => peers.receiveChange('a', 'items', 3, now),
    (peers, now) => peers.receiveChange('a', 'items', 1, now),
    (peers, now) => peers.receiveCounts('a', counts(['items', 2]), now),
    (peers, now) => peers.receiveCounts('a', counts(), now),
  ];
  for (const receive of messages) {
    const peers = peersAfter(2);
    receive(peers, 100);
    test.equal(peers.expire(100), []);
    test.equal(peers.count, 1);
  }
});

Tinytest.add('peers - a collection of two expired peers is listed once', (test) => {
  const peers = peersAfter(1);
  peers.receiveChange('b', 'items', 1, 0);
  test.equal(peers.expire(1), ['items']);
});

Tinytest.add('peers - restarted time-outs start at that time, and what was received stays known', (test) => {
  const peers = peersAfter(2);
  peers.receiveChange('b', 'others', 1, 5);
  peers.restartTimeouts(100);
  test.equal(peers.expire(100), []);
  test.isFalse(peers.receiveChange('a', 'items', 3, 100));
  test.equal(peers.expire(101), ['items', 'others']);
});

Tinytest.add('peers - at most 1000 peers are remembered, and messages of further ones are gaps', (test) => {
  const peers = new Peers();
  for (let n = 0; n < 5000; n += 1) peers.receiveChange(`peer${n}`, 'items', 1, n);
  test.equal(peers.count, 1000);
  test.isFalse(peers.receiveChange('peer999', 'items', 2, 5000), 'one that is remembered');
  test.isTrue(peers.receiveChange('peer1000', 'items', 2, 5000));
  test.isTrue(peers.receiveChange('peer1000', 'items', 3, 5000), 'still not remembered');
  test.equal(peers.receiveCounts('peer1000', counts(['items', 3]), 5000), ['items']);
  test.equal(peers.count, 1000);
});

Tinytest.add('peers - an expired peer makes room for another one', (test) => {
  const peers = new Peers();
  for (let n = 0; n < 1000; n += 1) peers.receiveChange(`peer${n}`, 'items', 1, n);
  peers.expire(1);
  peers.receiveChange('new', 'items', 1, 1000);
  test.equal(peers.count, 1000);
  test.isFalse(peers.receiveChange('new', 'items', 2, 1000));
});
