/** Gaps in what the peers have published, by hand-written examples. */

import { Tinytest } from 'meteor/tinytest';
import { Peers } from '../../../src/membership/peers';

const counts = (...entries: [string, number][]) => new Map(entries);

let heartbeats = 0;

/** A heartbeat that is newer than all others. */
function receiveCounts(peers: Peers, node: string, entries: ReadonlyMap<string, number>, now: number) {
  heartbeats += 1;
  return peers.receiveCounts({ node, heartbeat: heartbeats, counts: entries, at: now, isComplete: true });
}

function leave(peers: Peers, node: string, now: number) {
  heartbeats += 1000;
  return peers.receiveLeave(node, heartbeats, counts(), now);
}

/** Returns peers of which one, `a`, has published the changes 1 to `count` of `items`, all received at 0 ms. */
function peersAfter(count: number): Peers {
  const peers = new Peers();
  for (let seq = 1; seq <= count; seq += 1) peers.receiveChange('a', 'items', seq, 0);
  return peers;
}

Tinytest.add('peers - the first change of a peer to a collection is a gap unless it has number 1', (test) => {
  test.equal(new Peers().receiveChange('a', 'items', 1, 0), 'next');
  for (const seq of [2, 100])
    test.equal(new Peers().receiveChange('a', 'items', seq, 0), 'gap', `number ${seq}`);
  const peers = peersAfter(3);
  test.equal(peers.receiveChange('a', 'others', 2, 0), 'gap', 'another collection');
  test.equal(peers.receiveChange('b', 'items', 4, 0), 'gap', 'another peer');
});

Tinytest.add('peers - the first counts of a peer are gaps unless they are 0', (test) => {
  const peers = new Peers();
  test.equal(receiveCounts(peers, 'a', counts(['x', 0], ['y', 5]), 0), ['y']);
  test.equal(receiveCounts(peers, 'a', counts(['x', 0], ['y', 5], ['z', 0]), 0), []);
  test.equal(peers.receiveChange('a', 'z', 1, 0), 'next');
  test.equal(receiveCounts(peers, 'a', counts(['x', 1]), 0), ['x']);
});

Tinytest.add('peers - the next change has no gap before it', (test) => {
  const peers = peersAfter(1);
  for (const seq of [2, 3, 4]) test.equal(peers.receiveChange('a', 'items', seq, 0), 'next', `number ${seq}`);
});

Tinytest.add('peers - a skipped number is one gap', (test) => {
  const peers = peersAfter(2);
  test.equal(peers.receiveChange('a', 'items', 4, 0), 'gap');
  test.equal(peers.receiveChange('a', 'items', 5, 0), 'next');
});

Tinytest.add('peers - a late change fills the gap, once', (test) => {
  const peers = peersAfter(2);
  peers.receiveChange('a', 'items', 5, 0);
  for (const seq of [4, 3]) test.equal(peers.receiveChange('a', 'items', seq, 0), 'late', `number ${seq}`);
  for (const seq of [3, 4]) test.equal(peers.receiveChange('a', 'items', seq, 0), 'old', `number ${seq}`);
  test.equal(peers.receiveChange('a', 'items', 6, 0), 'next', 'the last number has not gone back');
});

Tinytest.add('peers - after a gap of more than 64 changes, late ones are old', (test) => {
  const peers = peersAfter(2);
  test.equal(peers.receiveChange('a', 'items', 100, 0), 'gap');
  test.equal(peers.receiveChange('a', 'items', 99, 0), 'old');
});

Tinytest.add('peers - a doubled change is old', (test) => {
  const peers = peersAfter(2);
  test.equal(peers.receiveChange('a', 'items', 2, 0), 'old');
  test.equal(peers.receiveChange('a', 'items', 3, 0), 'next');
});

Tinytest.add('peers - collections and peers are numbered separately', (test) => {
  const peers = peersAfter(2);
  peers.receiveChange('a', 'others', 7, 0);
  peers.receiveChange('b', 'items', 9, 0);
  test.equal(peers.receiveChange('a', 'items', 3, 0), 'next');
  test.equal(peers.receiveChange('a', 'others', 8, 0), 'next');
  test.equal(peers.receiveChange('b', 'items', 10, 0), 'next');
});

Tinytest.add('peers - counts equal to what was received are no gap', (test) => {
  const peers = peersAfter(2);
  test.equal(receiveCounts(peers, 'a', counts(['items', 2]), 0), []);
  test.equal(receiveCounts(peers, 'a', counts(), 0), []);
});

Tinytest.add('peers - counts above what was received are one gap', (test) => {
  const peers = peersAfter(2);
  test.equal(receiveCounts(peers, 'a', counts(['items', 4]), 0), ['items']);
  test.equal(receiveCounts(peers, 'a', counts(['items', 4]), 0), []);
  test.equal(peers.receiveChange('a', 'items', 4, 0), 'late', 'the change that was counted arrives late');
  test.equal(peers.receiveChange('a', 'items', 5, 0), 'next');
});

Tinytest.add('peers - counts below what was received are late, and change nothing', (test) => {
  const peers = peersAfter(2);
  test.equal(receiveCounts(peers, 'a', counts(['items', 1]), 0), []);
  test.equal(peers.receiveChange('a', 'items', 3, 0), 'next');
});

Tinytest.add('peers - only the collections that differ are gaps', (test) => {
  const peers = peersAfter(2);
  peers.receiveChange('a', 'x', 1, 0);
  peers.receiveChange('a', 'y', 1, 0);
  test.equal(receiveCounts(peers, 'a', counts(['x', 1], ['items', 3], ['y', 2]), 0), ['items', 'y']);
});

Tinytest.add('peers - a peer that left is not counted and does not expire', (test) => {
  const peers = peersAfter(2);
  test.equal(peers.count, 1);
  leave(peers, 'a', 0);
  test.equal(peers.count, 0);
  test.equal(peers.expire(1000, 1000, ['x', 'y', 'z', 'items', 'others']), []);
  leave(peers, 'unknown', 0);
  test.equal(peers.count, 0);
});

Tinytest.add('peers - a node becomes a peer and leaves once; one that only leaves was none', (test) => {
  const events: string[] = [];
  const peers = new Peers((event, node) => events.push(`${event} ${node}`));
  test.equal(peers.receiveLeave('visitor', 1, counts(['items', 2], ['x', 0]), 0), ['items']);
  test.equal(peers.receiveLeave('visitor', 1, counts(['items', 3]), 0), [], 'a repeated one');
  receiveCounts(peers, 'a', counts(['items', 0]), 0);
  test.equal(peers.receiveLeave('a', heartbeats + 1, counts(['items', 1]), 0), ['items']);
  test.equal(events, ['peerJoin a', 'peerLeave a']);
  test.isTrue(peers.hasLeft('visitor') && peers.hasLeft('a'));
});

Tinytest.add('peers - what is repeated of a peer that left, or that expired, changes nothing', (test) => {
  const peers = peersAfter(2);
  peers.receiveCounts({ node: 'a', heartbeat: 7, counts: counts(['items', 2]), at: 0, isComplete: true });
  peers.receiveChange('b', 'items', 1, 0);
  leave(peers, 'a', 0);
  peers.expire(1, 1, ['x', 'y', 'z', 'items', 'others']);
  test.equal(peers.receiveChange('a', 'items', 2, 2), 'old');
  test.equal(peers.receiveChange('b', 'items', 1, 2), 'old');
  test.equal(
    peers.receiveCounts({ node: 'a', heartbeat: 7, counts: counts(['items', 2]), at: 2, isComplete: true }),
    [],
  );
  test.equal(peers.count, 0);
  test.equal(
    peers.receiveCounts({
      node: 'a',
      heartbeat: 1,
      counts: counts(['items', 1]),
      at: 2_000_000,
      isComplete: true,
    }),
    [],
    'after half an hour too',
  );
});

Tinytest.add('peers - a peer that left returns with a newer change, and expires again', (test) => {
  const events: string[] = [];
  const peers = new Peers((event) => events.push(event));
  peers.receiveCounts({
    node: 'a',
    heartbeat: 7,
    counts: counts(['items', 0], ['x', 0]),
    at: 0,
    isComplete: true,
  });
  peers.receiveChange('a', 'items', 1, 0);
  peers.receiveLeave('a', 8, counts(['items', 1]), 0);
  test.equal(peers.receiveChange('a', 'items', 1, 1), 'old', 'a recorded change');
  test.equal(peers.count, 0);
  test.equal(peers.receiveChange('a', 'items', 2, 2), 'next');
  test.equal(peers.count, 1);
  test.isFalse(peers.hasLeft('a'));
  test.equal(peers.receiveLeave('a', 8, counts(['items', 1]), 3), [], 'a recorded leave message');
  test.equal(peers.count, 1);
  test.equal(peers.expire(3, 3, ['items', 'x', 'others']), ['items', 'x']);
  test.equal(events, ['peerJoin', 'peerLeave', 'peerJoin', 'peerExpire']);
});

Tinytest.add(
  'peers - a change after the leave message that was lost is a gap when the peer returns',
  (test) => {
    const peers = peersAfter(2);
    peers.receiveLeave('a', 8, counts(['items', 2]), 0);
    test.equal(peers.receiveChange('a', 'items', 4, 1), 'gap');
    test.equal(peers.receiveChange('a', 'items', 3, 1), 'late');
  },
);

Tinytest.add('peers - a peer that left returns with a newer heartbeat, and leaves again', (test) => {
  const events: string[] = [];
  const peers = new Peers((event) => events.push(event));
  peers.receiveChange('a', 'items', 1, 0);
  peers.receiveLeave('a', 8, counts(['items', 1]), 0);
  test.equal(
    peers.receiveCounts({ node: 'a', heartbeat: 8, counts: counts(['items', 1]), at: 1, isComplete: true }),
    [],
    'a recorded heartbeat',
  );
  test.equal(peers.count, 0);
  test.equal(
    peers.receiveCounts({ node: 'a', heartbeat: 9, counts: counts(['items', 2]), at: 2, isComplete: true }),
    ['items'],
  );
  test.equal(peers.count, 1);
  test.equal(peers.receiveLeave('a', 10, counts(['items', 3]), 3), ['items']);
  test.equal(peers.expire(4, 4, ['items']), [], 'its silence means nothing');
  test.equal(events, ['peerJoin', 'peerLeave', 'peerJoin', 'peerLeave']);
});

Tinytest.add('peers - a newer leave message of a peer that left shows a gap, and is no event', (test) => {
  const events: string[] = [];
  const peers = new Peers((event) => events.push(event));
  peers.receiveLeave('a', 8, counts(['items', 1]), 0);
  test.equal(peers.receiveLeave('a', 9, counts(['items', 2]), 1), ['items']);
  test.equal(peers.receiveLeave('a', 9, counts(['items', 3]), 2), [], 'a repeated one');
  test.equal(
    peers.receiveCounts({ node: 'a', heartbeat: 9, counts: counts(['items', 3]), at: 2, isComplete: true }),
    [],
  );
  test.equal([events, peers.count], [[], 0]);
});

Tinytest.add('peers - a leave message that a change has overtaken does not make the peer leave', (test) => {
  const peers = peersAfter(3);
  test.equal(peers.receiveLeave('a', 8, counts(['items', 2]), 1), []);
  test.isFalse(peers.hasLeft('a'));
  test.equal(peers.expire(2, 2, ['items']), ['items']);
});

Tinytest.add('peers - a repeated heartbeat does not keep a peer from expiring', (test) => {
  const peers = new Peers();
  peers.receiveCounts({ node: 'a', heartbeat: 5, counts: counts(['items', 0]), at: 0, isComplete: true });
  peers.receiveCounts({ node: 'a', heartbeat: 5, counts: counts(['items', 0]), at: 100, isComplete: true });
  peers.receiveCounts({ node: 'a', heartbeat: 4, counts: counts(['items', 0]), at: 100, isComplete: true });
  test.equal(peers.expire(50, 100, ['x', 'y', 'z', 'items', 'others']), ['items']);
});

Tinytest.add('peers - a silent peer expires with every collection it has published', (test) => {
  const peers = new Peers();
  peers.receiveChange('a', 'x', 1, 10);
  receiveCounts(peers, 'a', counts(['x', 1], ['y', 0]), 20);
  peers.receiveChange('b', 'z', 1, 30);
  test.equal(peers.expire(20, 20, ['x', 'y', 'z', 'items', 'others']), [], 'last seen at that time');
  test.equal(peers.count, 2);
  test.equal(peers.expire(21, 21, ['x', 'y', 'z', 'items', 'others']), ['x', 'y']);
  test.equal(peers.count, 1);
  test.equal(peers.expire(21, 21, ['x', 'y', 'z', 'items', 'others']), [], 'only once');
});

Tinytest.add('peers - an expired peer that returns with the same counts has no gap', (test) => {
  const peers = peersAfter(2);
  receiveCounts(peers, 'a', counts(['x', 0]), 20);
  test.equal(peers.expire(21, 21, ['x', 'y', 'z', 'items', 'others']), ['items', 'x']);
  test.equal(receiveCounts(peers, 'a', counts(['x', 0], ['items', 2]), 300_000), []);
  test.equal(peers.count, 1);
  test.equal(peers.receiveChange('a', 'items', 3, 300_000), 'next');
});

Tinytest.add('peers - an expired peer that returns with other counts has a gap', (test) => {
  const peers = peersAfter(2);
  peers.expire(1, 1, ['x', 'y', 'z', 'items', 'others']);
  test.equal(receiveCounts(peers, 'a', counts(['items', 3]), 2), ['items']);
});

Tinytest.add('peers - the counts of an expired peer are kept for 25 minutes', (test) => {
  const peers = peersAfter(2);
  peers.expire(1, 1, ['x', 'y', 'z', 'items', 'others']);
  peers.expire(1_500_002, 1_500_002, ['x', 'y', 'z', 'items', 'others']);
  test.equal(receiveCounts(peers, 'a', counts(['items', 2]), 1_500_002), ['items']);
});

Tinytest.add('peers - the counts of at most 1000 expired peers are kept', (test) => {
  const peers = new Peers();
  for (let n = 0; n < 1500; n += 1) {
    peers.receiveChange(`peer${n}`, 'items', 1, n);
    peers.expire(n + 1, n + 1, ['x', 'y', 'z', 'items', 'others']);
  }
  test.equal(receiveCounts(peers, 'peer499', counts(['items', 1]), 1500), ['items']);
  test.equal(receiveCounts(peers, 'peer500', counts(['items', 1]), 1500), []);
});

Tinytest.add('peers - every message keeps a peer from expiring', (test) => {
  const messages: ((peers: Peers, now: number) => unknown)[] = [
    (peers, now) => peers.receiveChange('a', 'items', 3, now),
    (peers, now) => peers.receiveChange('a', 'items', 5, now),
    (peers, now) => receiveCounts(peers, 'a', counts(['items', 2]), now),
    (peers, now) => receiveCounts(peers, 'a', counts(), now),
  ];
  for (const receive of messages) {
    const peers = peersAfter(2);
    receive(peers, 100);
    test.equal(peers.expire(100, 100, ['x', 'y', 'z', 'items', 'others']), []);
    test.equal(peers.count, 1);
  }
});

Tinytest.add(
  'peers - an expired peer that has not announced all its counts stands for every synced collection',
  (test) => {
    const peers = new Peers();
    peers.receiveCounts({ node: 'a', heartbeat: 1, counts: counts(['x', 0]), at: 0, isComplete: false });
    test.equal(peers.expire(1, 1, ['x', 'y']), ['x', 'y']);
    peers.receiveCounts({ node: 'b', heartbeat: 1, counts: counts(['x', 0]), at: 0, isComplete: false });
    peers.receiveCounts({ node: 'b', heartbeat: 2, counts: counts(['z', 0]), at: 0, isComplete: true });
    test.equal(peers.expire(1, 1, ['x', 'y']), ['x', 'z']);
    peers.receiveCounts({ node: 'c', heartbeat: 2, counts: counts(['x', 0]), at: 0, isComplete: true });
    peers.receiveCounts({ node: 'c', heartbeat: 1, counts: counts(['x', 0]), at: 0, isComplete: false });
    test.equal(peers.expire(1, 1, ['x', 'y']), ['x'], 'a late heartbeat is no news');
    peers.receiveCounts({ node: 'd', heartbeat: 1, counts: counts(['x', 0]), at: 0, isComplete: true });
    peers.receiveCounts({ node: 'd', heartbeat: 2, counts: counts(['z', 0]), at: 0, isComplete: false });
    test.equal(peers.expire(1, 1, ['x', 'y']), ['x', 'y'], 'it has synced more since');
  },
);

Tinytest.add('peers - a collection of two expired peers is listed once', (test) => {
  const peers = peersAfter(1);
  peers.receiveChange('b', 'items', 1, 0);
  test.equal(peers.expire(1, 1, ['items', 'others']), ['items', 'others']);
});

Tinytest.add('peers - restarted time-outs start at that time, and what was received stays known', (test) => {
  const peers = peersAfter(2);
  peers.receiveChange('b', 'others', 1, 5);
  peers.restartTimeouts(100);
  test.equal(peers.expire(100, 100, ['x', 'y', 'z', 'items', 'others']), []);
  test.equal(peers.receiveChange('a', 'items', 3, 100), 'next');
  test.equal(peers.expire(101, 101, ['items', 'others']), ['items', 'others']);
});

Tinytest.add('peers - at most 1000 peers are remembered, and messages of further ones are gaps', (test) => {
  const peers = new Peers();
  for (let n = 0; n < 5000; n += 1) peers.receiveChange(`peer${n}`, 'items', 1, n);
  test.equal(peers.count, 1000);
  test.equal(peers.receiveChange('peer999', 'items', 2, 5000), 'next', 'one that is remembered');
  test.equal(peers.receiveChange('peer1000', 'items', 2, 5000), 'gap');
  test.equal(peers.receiveChange('peer1000', 'items', 3, 5000), 'gap', 'still not remembered');
  test.equal(receiveCounts(peers, 'peer1000', counts(['items', 3]), 5000), ['items']);
  test.equal(peers.count, 1000);
});

Tinytest.add('peers - an expired peer makes room for another one', (test) => {
  const peers = new Peers();
  for (let n = 0; n < 1000; n += 1) peers.receiveChange(`peer${n}`, 'items', 1, n);
  peers.expire(1, 1, ['x', 'y', 'z', 'items', 'others']);
  peers.receiveChange('new', 'items', 1, 1000);
  test.equal(peers.count, 1000);
  test.equal(peers.receiveChange('new', 'items', 2, 1000), 'next');
});
