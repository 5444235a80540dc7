/** Whether a node is connected, by what it receives of others. */

import { Tinytest } from 'meteor/tinytest';
import { Connectivity, type ConnectivityContext } from '../../../src/membership/connectivity';
import { OutdatedNodes } from '../../../src/membership/outdated-nodes';
import { Peers } from '../../../src/membership/peers';
import { Log } from '../../../src/observability/log';
import { TestClock } from '../../support/test-clock';

const TIMEOUT_MS = 60_000;

function newConnectivity() {
  const clock = new TestClock();
  const lines: string[] = [];
  const events: unknown[] = [];
  const keep = (line: string) => void lines.push(line);
  const peers = new Peers();
  const outdated = new OutdatedNodes();
  const channel = { isReady: true };
  const publisher = { isRefused: false };
  const receives = { all: false };
  const connectivity = new Connectivity({
    clock,
    channel,
    peers,
    outdated,
    publisher,
    options: {
      heartbeatIntervalMs: 2000,
      heartbeatTimeoutMs: TIMEOUT_MS,
    } as ConnectivityContext['options'],
    log: new Log({ debug: keep, info: keep, warn: keep, error: keep }),
    emit: (name, event) => void events.push([name, event]),
    onUpdate: (receivesAll) => {
      receives.all = receivesAll;
    },
  });
  let heartbeat = 0;
  /** Nodes publish two heartbeats each: valid ones, or ones of another time. */
  const publish = (names: readonly string[], aheadMs = 0) => {
    for (const node of [...names, ...names]) {
      heartbeat += 1;
      const at = clock.now();
      if (aheadMs === 0) {
        peers.receiveCounts({ node, heartbeat, counts: new Map(), at, isComplete: true });
        outdated.forget(node);
      } else
        outdated.receive(
          node,
          { heartbeat, aheadMs, at, timeoutMs: TIMEOUT_MS },
          peers.lastHeartbeatOf(node),
        );
    }
    connectivity.onHeartbeat();
  };
  return { clock, connectivity, publish, channel, publisher, peers, lines, events, receives };
}

Tinytest.add('connectivity - a node of which most others have another time is not connected', (test) => {
  const { connectivity, publish, events, lines, receives } = newConnectivity();
  publish(['a', 'b'], 700_000);
  test.equal(connectivity.status, {
    connected: false,
    disconnectReason: 'clock',
    clockDifferenceMs: 700_000,
  });
  test.isFalse(receives.all);
  test.matches(String(lines[0]), /most nodes have a clock 700 s ahead of that of this node/);
  publish(['a', 'b']);
  test.equal(connectivity.status, { connected: true, disconnectReason: null, clockDifferenceMs: null });
  test.isTrue(receives.all);
  test.matches(String(lines[1]), /the clocks of all nodes agree again/);
  test.equal(events, [['connect', { again: false }]], 'it was not connected before');
});

Tinytest.add('connectivity - the event of another time has the difference', (test) => {
  const { connectivity, publish, events } = newConnectivity();
  connectivity.update();
  publish(['a'], -700_000);
  test.equal(events.at(-1), ['disconnect', { reason: 'clock', clockDifferenceMs: -700_000 }]);
});

Tinytest.add('connectivity - with a minority of another time it is connected, and polls often', (test) => {
  const { connectivity, publish, lines, receives } = newConnectivity();
  publish(['a', 'b']);
  publish(['c', 'd'], 700_000);
  test.equal(connectivity.status, { connected: true, disconnectReason: null, clockDifferenceMs: 700_000 });
  test.isFalse(receives.all);
  test.matches(String(lines[0]), /a node has a clock 700 s ahead of/);
  publish(['e'], 700_000);
  test.equal(connectivity.status.disconnectReason, 'clock');
  test.matches(String(lines[1]), /most nodes have a clock 700 s ahead of/);
  publish(['c', 'd', 'e']);
  test.equal(lines.slice(2), ['Cluster: the clocks of all nodes agree again']);
});

Tinytest.add('connectivity - a lost connection and close() come first', (test) => {
  const { connectivity, publish, channel, events } = newConnectivity();
  publish(['a'], 700_000);
  channel.isReady = false;
  test.equal(connectivity.status.disconnectReason, 'redis');
  channel.isReady = true;
  publish(['a']);
  connectivity.close();
  test.equal(connectivity.status.disconnectReason, 'close');
  test.equal(events.at(-1), ['disconnect', { reason: 'close' }]);
});

Tinytest.add('connectivity - the event of another reason has no difference of clocks', (test) => {
  const { connectivity, publish, channel, events } = newConnectivity();
  publish(['a', 'b']);
  publish(['c'], 700_000);
  channel.isReady = false;
  connectivity.update();
  test.equal(events.at(-1), ['disconnect', { reason: 'redis' }]);
});

Tinytest.add('connectivity - a node without a connection does not poll as one that receives all', (test) => {
  const { connectivity, channel, receives } = newConnectivity();
  connectivity.update();
  test.isTrue(receives.all);
  channel.isReady = false;
  connectivity.update();
  test.isFalse(receives.all);
});

Tinytest.add('connectivity - after close() there is no other event, and no other interval', (test) => {
  const { connectivity, channel, events, receives } = newConnectivity();
  connectivity.update();
  connectivity.close();
  channel.isReady = false;
  receives.all = true;
  connectivity.update();
  test.equal(events.length, 2);
  test.isTrue(receives.all);
  channel.isReady = true;
  connectivity.update();
  test.equal(events, [
    ['connect', { again: false }],
    ['disconnect', { reason: 'close' }],
  ]);
});

Tinytest.add('connectivity - a connection that returns is one again', (test) => {
  const { connectivity, channel, events } = newConnectivity();
  connectivity.update();
  channel.isReady = false;
  connectivity.update();
  channel.isReady = true;
  connectivity.update();
  test.equal(events.at(-1), ['connect', { again: true }]);
});

Tinytest.add('connectivity - a clock behind is logged as that', (test) => {
  const { publish, lines } = newConnectivity();
  publish(['a', 'b'], -700_000);
  test.matches(
    String(lines[0]),
    /a clock 700 s behind that of this node, and nodes that differ by more than 600 s/,
  );
});

/** Peers that have named their peers for long, and never this node. */
function neverNamed(peers: Peers, names: readonly string[]): void {
  for (const node of names) peers.receiveNamed(node, 1_000_000, { total: 1, nodes: ['other'] }, 'self', 0);
  peers.restartTimeouts(-10 * TIMEOUT_MS);
}

Tinytest.add('connectivity - a node that most peers do not receive is not connected, and polls', (test) => {
  const { clock, connectivity, publish, peers, events, lines, receives } = newConnectivity();
  publish(['a', 'b', 'c', 'd']);
  neverNamed(peers, ['a', 'b']);
  connectivity.onHeartbeat();
  test.equal(connectivity.status.connected, true, 'half of them are no majority');
  test.matches(
    String(lines[0]),
    /2 of 4 peers do not receive this node, although .* Connect every node to the primary/,
  );
  neverNamed(peers, ['c']);
  connectivity.onHeartbeat();
  test.equal(connectivity.status.disconnectReason, 'oneWay');
  test.equal(events.at(-1), ['disconnect', { reason: 'oneWay' }]);
  test.isFalse(receives.all);
  peers.restartTimeouts(clock.now());
  connectivity.onHeartbeat();
  test.isTrue(connectivity.status.connected);
  test.equal(lines.slice(1), ['Cluster: all peers receive this node again']);
});

Tinytest.add('connectivity - without a connection peers are not judged', (test) => {
  const { connectivity, publish, peers, channel } = newConnectivity();
  publish(['a']);
  neverNamed(peers, ['a']);
  channel.isReady = false;
  connectivity.onHeartbeat();
  channel.isReady = true;
  test.isTrue(connectivity.status.connected);
});

Tinytest.add(
  'connectivity - peers that receive nothing because Redis refuses it are logged as that',
  (test) => {
    const { connectivity, publish, peers, publisher, lines } = newConnectivity();
    publish(['a']);
    neverNamed(peers, ['a']);
    publisher.isRefused = true;
    connectivity.onHeartbeat();
    test.equal(lines, []);
    test.equal(connectivity.status.disconnectReason, 'oneWay');
  },
);
