/** Nodes with another time: steady heartbeats count, recorded ones do not. */

import { Tinytest } from 'meteor/tinytest';
import { OutdatedNodes } from '../../../src/membership/outdated-nodes';

const TIMEOUT_MS = 100;

function receive(
  nodes: OutdatedNodes,
  node: string,
  heartbeat: number,
  at: number,
  aheadMs = 1,
  lastHeartbeat = 0,
) {
  nodes.receive(node, { heartbeat, aheadMs, at, timeoutMs: TIMEOUT_MS }, lastHeartbeat);
}

Tinytest.add('outdated nodes - two heartbeats in time count, and a silent node does not', (test) => {
  const nodes = new OutdatedNodes();
  receive(nodes, 'a', 1, 0, 5);
  test.equal(nodes.differences(0), []);
  receive(nodes, 'a', 2, 100, 7);
  test.equal(nodes.differences(200), [7]);
  test.equal(nodes.differences(201), [], 'it has been silent');
  receive(nodes, 'a', 3, 300, 8);
  test.equal(nodes.differences(300), [], 'a single one again');
});

Tinytest.add('outdated nodes - recorded heartbeats do not count', (test) => {
  const nodes = new OutdatedNodes();
  for (const heartbeat of [1, 2, 3]) receive(nodes, 'a', heartbeat, heartbeat, 1, 3);
  test.equal(nodes.differences(3), [], 'of a node whose third one was valid');
  for (const heartbeat of [1, 2, 3]) receive(nodes, 'b', heartbeat, heartbeat);
  test.equal(nodes.differences(3), [1]);
  for (const heartbeat of [1, 2, 3]) receive(nodes, 'b', heartbeat, 1000 + heartbeat);
  test.equal(nodes.differences(1003), [], 'a second time');
});

Tinytest.add(
  'outdated nodes - the differences are sorted, and those of valid nodes are forgotten',
  (test) => {
    const nodes = new OutdatedNodes();
    for (const [node, aheadMs] of [
      ['a', 30],
      ['b', -4],
      ['c', 200],
    ] as const) {
      receive(nodes, node, 1, 0, aheadMs);
      receive(nodes, node, 2, 1, aheadMs);
    }
    test.equal(nodes.differences(1), [-4, 30, 200]);
    nodes.forget('b');
    test.equal(nodes.differences(1), [30, 200]);
  },
);

Tinytest.add('outdated nodes - at most 1000 are remembered', (test) => {
  const nodes = new OutdatedNodes();
  for (const heartbeat of [1, 2]) for (let n = 0; n < 3000; n += 1) receive(nodes, `n${n}`, heartbeat, 0);
  test.equal(nodes.differences(0).length, 0, 'the first heartbeat of each was forgotten');
  for (const heartbeat of [3, 4]) for (let n = 0; n < 1000; n += 1) receive(nodes, `n${n}`, heartbeat, 0);
  test.equal(nodes.differences(0).length, 1000);
});
