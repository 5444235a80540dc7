/** The optional parts of messages: what is no longer understood is left out, and the message stays valid. */

import { Tinytest } from 'meteor/tinytest';
import type { Hint } from '../../../src/matching/hint';
import { decode, encode } from '../../../src/protocol/codec';
import type { HeartbeatMessage } from '../../../src/protocol/message';
import { channelName, isChannelName } from '../../../src/protocol/message';

const HINT: Hint = { kind: 'update', fields: new Map([['n', '12345678']]) };
const HINTS = new Map([['a', HINT]]);
const CHANGE = { v: 1, kind: 'change', node: 'n', seq: 1, collection: 'items', ids: ['a'] };
const HEARTBEAT = { v: 1, kind: 'heartbeat', node: 'n', heartbeat: 1, counts: [], interval: 2000 };
const PEERS = { total: 1, nodes: ['a'] };

/** Decodes a change or a heartbeat with other fields. */
const changed = (fields: object) => decode(JSON.stringify({ ...CHANGE, ...fields }));
const heartbeatWith = (fields: object) => decode(JSON.stringify({ ...HEARTBEAT, ...fields }));

Tinytest.add('codec - a change of the whole collection has neither hints nor looked-up ids', (test) => {
  const lookedUp = { selected: ['n'], hint: HINT };
  const all = { kind: 'change', node: 'n', seq: 1, collection: 'items', ids: 'all' } as const;
  const text = encode({ ...all, hints: HINTS, lookedUp });
  test.equal(JSON.parse(text), { v: 1, ...all });
  // Three values, as many as the text has characters.
  const message = changed({ ids: 'all', hints: [0, 0, 0], lookedUp: [['n'], 0] });
  test.equal(message.kind === 'change' && [message.ids, message.hints, message.lookedUp], [
    'all',
    undefined,
    undefined,
  ]);
});

Tinytest.add('codec - of an id that is named twice there is no hint', (test) => {
  const hint = ['update', { n: '12345678' }];
  const message = changed({ ids: ['a', 'a', 'b'], hints: [hint, ['update', {}], hint] });
  test.equal(message.kind === 'change' && [message.ids, message.hints], [['a', 'a', 'b'], undefined]);
});

Tinytest.add('codec - looked-up ids of unknown fields may depend on any', (test) => {
  const selectedOf = (lookedUp: unknown) => {
    const message = changed({ lookedUp });
    if (message.kind !== 'change' || !message.lookedUp) throw new Error('they are not looked up');
    return message.lookedUp.selected;
  };
  test.equal(selectedOf([['n', 'm'], 0]), ['n', 'm']);
  const many = Array.from({ length: 33 }, (_, n) => `f${n}`);
  for (const selected of [['n', 7], [7], { length: 1 }, 'n', 0, null, many, ['x'.repeat(65)]])
    test.isUndefined(selectedOf([selected, 0]), JSON.stringify(selected));
  for (const lookedUp of [null, 0, 'n', {}]) test.isUndefined(selectedOf(lookedUp), JSON.stringify(lookedUp));
});

Tinytest.add('codec - named peers that are not understood are left out', (test) => {
  const peersOf = (peers: unknown) => {
    const message = heartbeatWith({ peers });
    if (message.kind !== 'heartbeat') throw new Error('it is no heartbeat');
    return message.peers;
  };
  test.equal(peersOf(PEERS), PEERS);
  const others = [
    { ...PEERS, total: -1 },
    { ...PEERS, total: '1' },
    { ...PEERS, nodes: 'a' },
    { ...PEERS, nodes: { every: 1 } },
    { ...PEERS, nodes: ['a', 7] },
    { ...PEERS, nodes: [''] },
    { total: 1 },
    [1, ['a']],
    'a',
    null,
  ];
  for (const peers of others) test.isUndefined(peersOf(peers), JSON.stringify(peers));
});

Tinytest.add('codec - an interval that is no number is left out, and a leave message has none', (test) => {
  const interval = (fields: object) => {
    const message = heartbeatWith(fields);
    return message.kind === 'heartbeat' ? message.interval : message.kind;
  };
  test.equal(interval({}), 2000);
  for (const each of ['2000', -1, 1.5, null]) test.isUndefined(interval({ interval: each }));
  const left = heartbeatWith({ kind: 'leave', peers: PEERS });
  test.equal(left, { kind: 'leave', node: 'n', heartbeat: 1, counts: new Map() });
  const leaving = { ...left, interval: 2000, peers: PEERS } as unknown as HeartbeatMessage;
  test.equal(Object.keys(JSON.parse(encode(leaving))), ['v', 'kind', 'node', 'heartbeat', 'counts']);
});

Tinytest.add('codec - heartbeats are numbered from 1', (test) => {
  for (const heartbeat of [0, -1, '1', 1.5, undefined])
    test.equal(heartbeatWith({ heartbeat }), {
      kind: 'malformed',
      reason: 'without the number of a heartbeat',
    });
});

Tinytest.add('codec - a namespace has a channel, and other channels are none', (test) => {
  test.equal(channelName('shop'), 'cluster:shop');
  test.equal(['cluster:shop', 'shop', 'other:cluster:shop'].map(isChannelName), [true, false, false]);
});

Tinytest.add('codec - only a change of a whole collection has scopes', (test) => {
  const scopes = [{ hint: { kind: 'remove', fields: new Map() }, selected: undefined }] as const;
  const { ids: _ids, ...rest } = { kind: 'change', node: 'n', seq: 1, collection: 'c', ids: 'all' } as const;
  const decoded = [['x'], 'all' as const].map((ids) => decode(encode({ ...rest, ids, scopes })));
  test.equal(
    decoded.map((message) => message.kind === 'change' && message.scopes),
    [undefined, scopes],
  );
});
