/** The receiver gets messages that were repeated, recorded, signed with an older secret, or are too long. */

import { Tinytest } from 'meteor/tinytest';
import { Authenticator, MAX_OVERHEAD } from '../../../src/protocol/authenticator';
import { MAX_LENGTH } from '../../../src/protocol/codec';
import { linesDuring } from '../../support/console';
import { change, clock, counts, newReceiver } from '../../support/receiver-stage';

const SECRET = 'known to the nodes alone';
const own = new Authenticator([SECRET], 'cluster:shop');
const sign = (text: string) => own.sign(text, clock.date());

Tinytest.add(
  'receiver - a repeated change is handled again, unless a secret shows that it is no other',
  (test) => {
    for (const [secret, handled] of [
      [undefined, 2],
      [SECRET, 1],
    ] as const) {
      const { receiver, changes, gaps } = newReceiver(secret);
      const text = secret === undefined ? change({}) : sign(change({}));
      receiver.receive(text);
      receiver.receive(text);
      test.equal([changes.length, receiver.received, gaps.length], [handled, handled, 0]);
    }
  },
);

Tinytest.add('receiver - a late change is handled, with a secret too', (test) => {
  const { receiver, changes, gaps } = newReceiver(SECRET);
  for (const [seq, id] of [
    [1, 'a'],
    [3, 'c'],
    [2, 'b'],
  ] as const)
    receiver.receive(sign(change({ seq, ids: [id] })));
  test.equal(changes, ['items a', 'items c', 'items b']);
  test.equal(gaps, ['items']);
});

Tinytest.add('receiver - hints that were hashed with another secret are left out', (test) => {
  const { receiver, handled, peers } = newReceiver([SECRET, 'the former secret']);
  const former = new Authenticator(['the former secret'], 'cluster:shop');
  const hinted = { hints: [['update', { n: 0 }]] };
  receiver.receive(sign(change({ seq: 1, ...hinted })));
  receiver.receive(former.sign(change({ seq: 2, ...hinted }), clock.date()));
  receiver.receive(former.sign(counts({ node: 'former' }), clock.date()));
  test.equal(
    handled.map(({ ids, hints }) => [ids, hints !== undefined]),
    [
      [['a'], true],
      [['a'], false],
    ],
  );
  test.equal(peers.count, 2);
});

Tinytest.addAsync(
  'receiver - a text that is too long is dropped before anything is computed over it',
  async (test) => {
    const { receiver } = newReceiver(SECRET);
    const longest = 'x'.repeat(MAX_LENGTH + MAX_OVERHEAD);
    await linesDuring(() => receiver.receive(longest));
    test.equal(receiver.droppedByReason, { malformed: 0, notAuthentic: 1, outdated: 0, notSynced: 0 });
    await linesDuring(() => receiver.receive(`${longest}x`));
    test.equal(receiver.droppedByReason, { malformed: 1, notAuthentic: 1, outdated: 0, notSynced: 0 });
  },
);

Tinytest.addAsync('receiver - what is dropped is logged with what to look at', async (test) => {
  const { receiver } = newReceiver(SECRET);
  const lines = await linesDuring(() => {
    receiver.receive(change({}));
    receiver.receive(own.sign(change({}), clock.date() - 3_600_000));
  });
  test.matches(String(lines[0]), /a message that is not authentic: its node has another secret, or none;/);
  test.matches(
    String(lines[1]),
    /signed more than 10 minutes ago, or ahead: .* or the clocks of nodes differ;/,
  );
});

Tinytest.addAsync('receiver - only heartbeats show that a node has another time', async (test) => {
  const { receiver, outdated } = newReceiver(SECRET);
  const aheadMs = 11 * 60_000;
  const differences = () => outdated.differences(clock.now()).length;
  await linesDuring(() => {
    for (const seq of [1, 2, 3])
      receiver.receive(own.sign(change({ seq, heartbeat: seq }), clock.date() + aheadMs));
  });
  test.equal(differences(), 0);
  await linesDuring(() => {
    // Eight times the interval of this node: it may be silent for eight times as long.
    for (const heartbeat of [1, 2])
      receiver.receive(own.sign(counts({ heartbeat, interval: 16_000 }), clock.date() + aheadMs));
  });
  test.equal(differences(), 1);
});

/** Returns a heartbeat with so many counts, of `items` and of collections that are not synced. */
const countsOf = (collections: number) =>
  counts({ counts: [['items', 0], ...Array.from({ length: collections - 1 }, (_, n) => [`other ${n}`, 0])] });

Tinytest.add(
  'receiver - a heartbeat with room left has all counts of its node, a full one may not',
  (test) => {
    for (const [collections, expected] of [
      [31, ['items']],
      [32, ['items', 'users']],
    ] as const) {
      const { receiver, peers } = newReceiver();
      receiver.receive(countsOf(collections));
      test.equal(peers.expire(Number.MAX_VALUE, 0, ['items', 'users']), expected);
    }
  },
);

Tinytest.add('receiver - a peer that names its peers, and not this node, does not receive it', (test) => {
  const { receiver, peers } = newReceiver();
  const later = clock.now() + 60_000;
  receiver.receive(counts({ peers: { total: 1, nodes: ['another'] } }));
  receiver.receive(counts({ node: 'q' }));
  test.equal(peers.countOneWay(later, 7000, 2000), 1);
});
