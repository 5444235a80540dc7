/** Peers name the nodes that they receive: those that receive this node, and those that it names itself. */

import { Tinytest } from 'meteor/tinytest';
import { Peers } from '../../../src/membership/peers';

const counts = () => new Map<string, number>();

function receive(peers: Peers, node: string, at: number, heartbeat = 1) {
  peers.receiveCounts({ node, heartbeat, counts: counts(), at, isComplete: true });
}

/** A peer's heartbeats, each with so many of its peers; the last ones name this node or not. */
function named(
  peers: Peers,
  node: string,
  heartbeat: number,
  nodes: readonly string[],
  at: number,
  total = nodes.length,
) {
  receive(peers, node, at, heartbeat);
  peers.receiveNamed(node, heartbeat, { total, nodes }, 'self', at);
}

Tinytest.add('peers - a peer that does not name this node in time does not receive it', (test) => {
  const peers = new Peers();
  named(peers, 'a', 1, ['b'], 0);
  test.equal(peers.countOneWay(900, 700, 100), 0, 'it may not have received this node yet');
  named(peers, 'a', 2, ['b'], 900);
  test.equal(peers.countOneWay(901, 700, 100), 1);
  named(peers, 'a', 3, ['b', 'self'], 1000);
  test.equal(peers.countOneWay(1001, 700, 100), 0);
  named(peers, 'a', 3, ['self'], 5000);
  test.equal(peers.countOneWay(5000, 700, 100), 1, 'a repeated heartbeat names nobody');
});

Tinytest.add('peers - of many peers a heartbeat names some, and the others have more time', (test) => {
  const peers = new Peers();
  named(peers, 'a', 1, ['b'], 0, 320);
  test.equal(peers.countOneWay(2700, 700, 100), 0, 'ten heartbeats are a round');
  test.equal(peers.countOneWay(2701, 700, 100), 1);
});

Tinytest.add(
  'peers - a peer that names nobody says nothing, and one that left or expired is not counted',
  (test) => {
    const peers = new Peers();
    receive(peers, 'a', 0);
    test.equal(peers.countOneWay(100_000, 700, 100), 0);
    named(peers, 'b', 1, [], 0);
    test.equal(peers.countOneWay(100_000, 700, 100), 1);
    peers.receiveLeave('b', 2, counts(), 100_000);
    test.equal(peers.countOneWay(100_000, 700, 100), 0);
  },
);

function named32(peers: Peers) {
  return peers.nextNamed() ?? { total: -1, nodes: [] };
}

Tinytest.add('peers - each heartbeat names up to 32 peers, and all have their turn', (test) => {
  const peers = new Peers();
  test.equal(named32(peers), { total: 0, nodes: [] });
  for (let n = 0; n < 70; n += 1) receive(peers, `peer${n}`, 0);
  const rounds = [1, 2, 3, 4].map(() => named32(peers));
  test.equal(
    rounds.map(({ total, nodes }) => [total, nodes.length]),
    [
      [70, 32],
      [70, 32],
      [70, 6],
      [70, 32],
    ],
  );
  test.equal(new Set(rounds.flatMap(({ nodes }) => nodes)).size, 70);
});

Tinytest.add('peers - with 1000 peers none is named, as more may be received', (test) => {
  const peers = new Peers();
  for (let n = 0; n < 999; n += 1) receive(peers, `peer${n}`, 0);
  test.equal(peers.nextNamed()?.total, 999);
  receive(peers, 'one more', 0);
  test.isUndefined(peers.nextNamed());
});

Tinytest.add('peers - a peer that may be silent for longer has longer to name this node', (test) => {
  const peers = new Peers();
  peers.receiveCounts({ node: 'a', heartbeat: 1, counts: counts(), at: 0, isComplete: true, graceMs: 1400 });
  peers.receiveNamed('a', 1, { total: 1, nodes: ['b'] }, 'self', 0);
  test.equal(peers.countOneWay(2700, 700, 100), 0, 'three times as long as others');
  test.equal(peers.countOneWay(2701, 700, 100), 1);
});
