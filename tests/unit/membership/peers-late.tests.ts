/** Changes that arrive late: after one with a higher number, or after a count that has shown the gap. */

import { Tinytest } from 'meteor/tinytest';
import { Peers } from '../../../src/membership/peers';

const counts = (count: number) => new Map([['items', count]]);

/** Returns peers of which one, `a`, has published the changes 1 to `count` of `items`. */
function peersAfter(count: number): Peers {
  const peers = new Peers();
  for (let seq = 1; seq <= count; seq += 1) peers.receiveChange('a', 'items', seq, 0);
  return peers;
}

const receive = (peers: Peers, seq: number) => peers.receiveChange('a', 'items', seq, 0);

Tinytest.add('peers - what has arrived before a gap, or has shown it, is not late', (test) => {
  const peers = peersAfter(3);
  test.equal(receive(peers, 6), 'gap');
  for (const seq of [2, 3, 6]) test.equal(receive(peers, seq), 'old', `number ${seq}`);
  for (const seq of [4, 5]) test.equal(receive(peers, seq), 'late', `number ${seq}`);
});

Tinytest.add(
  'peers - a change is late after a count has shown its gap, and those before it are old',
  (test) => {
    const peers = peersAfter(3);
    test.equal(peers.receiveCounts({ node: 'a', heartbeat: 1, counts: counts(5), at: 0, isComplete: true }), [
      'items',
    ]);
    for (const seq of [2, 3]) test.equal(receive(peers, seq), 'old', `number ${seq}`);
    for (const seq of [4, 5]) test.equal(receive(peers, seq), 'late', `number ${seq}`);
    test.equal(receive(peers, 6), 'next');
  },
);

Tinytest.add('peers - all of 64 missing changes may arrive late, wherever the gap is', (test) => {
  const peers = peersAfter(100);
  test.equal(receive(peers, 165), 'gap');
  for (let seq = 101; seq < 165; seq += 1) test.equal(receive(peers, seq), 'late', `number ${seq}`);
});

Tinytest.add('peers - of gaps with more than 64 missing changes together, none is late', (test) => {
  const peers = peersAfter(1);
  test.equal(receive(peers, 42), 'gap');
  test.equal(receive(peers, 83), 'gap');
  for (const seq of [2, 41, 43, 82]) test.equal(receive(peers, seq), 'old', `number ${seq}`);
});

Tinytest.add('peers - an expired peer has not left: a late change of it is handled', (test) => {
  const peers = peersAfter(1);
  receive(peers, 3);
  peers.expire(1, 1, ['items']);
  test.isFalse(peers.hasLeft('a'));
  test.equal(receive(peers, 2), 'late');
  peers.receiveLeave('a', 1, new Map(), 2);
  test.isTrue(peers.hasLeft('a'));
});
