/** The receiver with real peers and texts as they could be on the channel. */

import { Tinytest } from 'meteor/tinytest';
import { Authenticator } from '../../../src/protocol/authenticator';
import { linesDuring } from '../../support/console';
import { change, clock, counts, NODE_ID, newReceiver } from '../../support/receiver-stage';

Tinytest.add('receiver - the change of a peer is passed on and counted', (test) => {
  const { receiver, changes, gaps } = newReceiver();
  receiver.receive(counts({ counts: [['items', 0]] }));
  gaps.length = 0;
  receiver.receive(change({ seq: 1 }));
  receiver.receive(change({ seq: 2, ids: 'all' }));
  test.equal(changes, ['items a', 'items all']);
  test.equal(gaps, []);
  test.equal([receiver.received, receiver.dropped], [2, 0]);
});

Tinytest.add('receiver - a change after a gap is passed on, and the gap too', (test) => {
  const { receiver, changes, gaps } = newReceiver();
  receiver.receive(counts({}));
  gaps.length = 0;
  receiver.receive(change({ seq: 3 }));
  test.equal(gaps, ['items']);
  test.equal(changes, ['items a']);
});

Tinytest.add("receiver - this node's own changes are ignored, its heartbeat is an echo", (test) => {
  const { receiver, peers, changes, gaps, echoes } = newReceiver();
  receiver.receive(change({ node: NODE_ID }));
  receiver.receive(counts({ node: NODE_ID }));
  test.isTrue(echoes() > 0);
  test.equal([changes, gaps, receiver.received, receiver.dropped, peers.count], [[], [], 0, 0, 0]);
});

Tinytest.add('receiver - counts of collections that are not synced here are no gap', (test) => {
  const { receiver, gaps } = newReceiver();
  const given = [
    ['items', 1],
    ['rooms', 5],
  ];
  receiver.receive(counts({ counts: given }));
  test.equal(gaps, ['items']);
});

Tinytest.add('receiver - a leave message is compared like a heartbeat, and the peer forgotten', (test) => {
  const { receiver, peers, gaps } = newReceiver();
  receiver.receive(counts({}));
  gaps.length = 0;
  receiver.receive(counts({ kind: 'leave', heartbeat: 2, counts: [['items', 2]] }));
  test.equal(gaps, ['items'], 'the last change was lost');
  test.equal(peers.count, 0);
});

Tinytest.addAsync(
  'receiver - a broadcast of another node is passed on; one that cannot be read is dropped',
  async (test) => {
    const { receiver, broadcasts, echoes } = newReceiver();
    const broadcast = (fields: object) =>
      change({ kind: 'broadcast', topic: 'typing', payload: '1', ...fields });
    const lines = await linesDuring(() => {
      receiver.receive(broadcast({}));
      receiver.receive(broadcast({ node: NODE_ID }));
      receiver.receive(broadcast({ payload: 'not EJSON' }));
    });
    test.equal(broadcasts, ['typing 1', 'typing not EJSON']);
    test.equal([receiver.received, receiver.dropped, echoes()], [0, 1, 0]);
    test.matches(String(lines[0]), /dropped a message with a payload that is not EJSON;/);
  },
);

Tinytest.addAsync('receiver - messages of unknown kinds are ignored silently', async (test) => {
  const { receiver, peers, changes, gaps } = newReceiver();
  const lines = await linesDuring(() => receiver.receive(change({ kind: 'later' })));
  test.equal(lines, []);
  test.equal([changes, gaps, receiver.received, receiver.dropped, peers.count], [[], [], 0, 0, 0]);
});

Tinytest.addAsync(
  'receiver - malformed messages are dropped, counted, and logged once per reason',
  async (test) => {
    const { receiver, changes } = newReceiver();
    const lines = await linesDuring(() => {
      for (const text of ['', '{', change({ v: 2 }), change({ v: 3 }), change({ ids: [] })])
        receiver.receive(text);
    });
    test.equal(receiver.dropped, 5);
    test.equal(changes, []);
    test.equal(lines.length, 3);
    for (const line of lines)
      test.matches(line, /^Cluster: dropped a message .*; more of this kind are only counted/);
  },
);

Tinytest.addAsync(
  'receiver - a change of a collection that is not synced is dropped by its name',
  async (test) => {
    const { receiver, changes, gaps } = newReceiver();
    const lines = await linesDuring(() => receiver.receive(change({ collection: 'rooms\n' })));
    test.equal([changes, gaps, receiver.received, receiver.dropped], [[], [], 0, 1]);
    test.matches(String(lines[0]), /of a collection that is not synced here \("rooms\\n"\)/);
  },
);

Tinytest.addAsync('receiver - with a secret, only authentic messages are passed on', async (test) => {
  const { receiver, changes } = newReceiver('known to the nodes alone');
  const sign = (secret: string, text: string) =>
    new Authenticator([secret], 'cluster:shop').sign(text, clock.date());
  await linesDuring(() => {
    receiver.receive(change({ ids: ['plain'] }));
    receiver.receive(sign('known to strangers alone', change({ ids: ['foreign'] })));
    receiver.receive(sign('known to the nodes alone', change({ ids: ['authentic'] })));
  });
  test.equal(changes, ['items authentic']);
  test.equal([receiver.received, receiver.dropped], [1, 2]);
});

Tinytest.addAsync('receiver - without a secret, signed messages are dropped', async (test) => {
  const { receiver } = newReceiver();
  await linesDuring(() =>
    receiver.receive(new Authenticator(['a secret'], 'cluster:shop').sign(change({}), clock.date())),
  );
  test.equal([receiver.received, receiver.dropped], [0, 1]);
});

Tinytest.addAsync('receiver - each dropped message is reported, and counted by its reason', async (test) => {
  const drops: string[] = [];
  const { receiver } = newReceiver('known to the nodes alone', ({ reason, message }) =>
    drops.push(`${reason}: ${message}`),
  );
  const own = new Authenticator(['known to the nodes alone'], 'cluster:shop');
  await linesDuring(() => {
    receiver.receive(own.sign('{', clock.date()));
    receiver.receive(change({}));
    receiver.receive(change({}));
    receiver.receive(own.sign(change({}), clock.date() - 3_600_000));
    receiver.receive(own.sign(change({ collection: 'rooms' }), clock.date()));
  });
  test.equal(receiver.droppedByReason, { malformed: 1, notAuthentic: 2, outdated: 1, notSynced: 1 });
  test.equal(receiver.dropped, 5);
  test.equal(drops.length, 5);
  test.equal(drops[0], 'malformed: dropped a message that is not JSON');
  test.equal(drops[4], 'notSynced: dropped a message of a collection that is not synced here ("rooms")');
});

Tinytest.addAsync(
  'receiver - heartbeats of another time are noted with the difference, until one is valid',
  async (test) => {
    const { receiver, outdated, peers } = newReceiver('known to the nodes alone');
    const own = new Authenticator(['known to the nodes alone'], 'cluster:shop');
    const aheadMs = 11 * 60_000;
    const receive = (fields: object, offsetMs = aheadMs) =>
      receiver.receive(own.sign(counts(fields), clock.date() + offsetMs));
    const differences = () => outdated.differences(clock.now());
    await linesDuring(() => {
      receive({ heartbeat: 1 });
      receive({ heartbeat: 1 });
      test.equal(differences(), [], 'one heartbeat may have been recorded');
      receive({ heartbeat: 2 });
      receive({ node: NODE_ID, heartbeat: 1 });
      receive({ node: NODE_ID, heartbeat: 2 });
      receiver.receive(own.sign(change({ node: 'c', seq: 1 }), clock.date() + aheadMs));
    });
    const [difference = 0] = differences();
    test.equal([differences().length, Math.round(difference / 10_000)], [1, 66]);
    test.equal(peers.count, 0);
    receive({ heartbeat: 3 }, 0);
    test.equal(differences(), []);
    await linesDuring(() => {
      for (const heartbeat of [1, 2, 3]) receive({ heartbeat });
    });
    test.equal(differences(), [], 'recorded ones of a peer do not count');
  },
);
