/** Broadcasts: topics, payloads and handlers, and which broadcasts of other nodes are passed on. */

import { AsyncLocalStorage } from 'node:async_hooks';
import { EJSON } from 'meteor/ejson';
import { Tinytest } from 'meteor/tinytest';
import { systemClock } from '../../../src/base/time';
import { BroadcastExchange } from '../../../src/broadcasts/exchange';
import { Broadcasts } from '../../../src/broadcasts/handlers';
import { Log } from '../../../src/observability/log';
import { MAX_PAYLOAD } from '../../../src/protocol/codec';
import { linesDuring } from '../../support/console';
import { eventually } from '../../support/eventually';

const MESSAGE = { kind: 'broadcast', node: 'peer', topic: 'typing', payload: '1' } as const;

function newBroadcasts() {
  const errors: string[] = [];
  const broadcasts = new Broadcasts(EJSON, (topic, reason) => errors.push(`${topic}: ${reason}`));
  return { broadcasts, errors };
}

function newExchange(channel = { isReady: true, publish: async (_text: string) => {} }) {
  const received: string[] = [];
  const left = new Set<string>();
  const exchange = new BroadcastExchange({
    clock: systemClock,
    nodeId: 'this node',
    channel,
    authenticator: undefined,
    log: new Log(),
    hasLeft: (node) => left.has(node),
    onBroadcast: (topic, payload) => received.push(`${topic} ${payload}`) > 0,
  });
  return { exchange, received, left };
}

Tinytest.add('broadcasts - a handler gets the value that was published, or nothing', (test) => {
  const { broadcasts } = newBroadcasts();
  const got: unknown[] = [];
  broadcasts.addHandler('values', (payload: unknown) => got.push(payload));
  const values = [undefined, null, 0, '', 'text', [1], { at: new Date(7), room: 'lobby' }, { $type: 1 }];
  for (const value of values) {
    const { topic, payload } = broadcasts.encode('values', value);
    test.isTrue(broadcasts.handle(topic, payload));
  }
  test.equal(got, values);
});

Tinytest.add('broadcasts - a handler runs in the context in which it was added', (test) => {
  const { broadcasts } = newBroadcasts();
  const context = new AsyncLocalStorage<string>();
  const got: unknown[] = [];
  context.run('where it was added', () => broadcasts.addHandler('topic', () => got.push(context.getStore())));
  context.run('a method of somebody', () => broadcasts.handle('topic', undefined));
  test.equal(got, ['where it was added']);
});

Tinytest.add(
  'broadcasts - every handler of the topic gets a payload of its own, and others get nothing',
  (test) => {
    const { broadcasts } = newBroadcasts();
    const got: string[] = [];
    const changes = (payload: unknown) => {
      const list = payload as string[];
      list.push('changed');
      got.push(list.join());
    };
    broadcasts.addHandler('topic', changes);
    const remove = broadcasts.addHandler('topic', changes);
    broadcasts.addHandler('other', changes);
    broadcasts.handle('topic', '["a"]');
    test.equal(got, ['a,changed', 'a,changed']);
    remove();
    remove();
    broadcasts.handle('topic', '["b"]');
    test.equal(got.slice(2), ['b,changed']);
  },
);

Tinytest.add('broadcasts - a payload is parsed only where its topic has a handler', (test) => {
  const { broadcasts } = newBroadcasts();
  let count = 0;
  test.isTrue(broadcasts.handle('topic', 'not EJSON'));
  broadcasts.addHandler('topic', () => {
    count += 1;
  });
  const deep = `${'['.repeat(30_000)}${']'.repeat(30_000)}`;
  for (const payload of ['not EJSON', '', '{', '{"$type":"no such type","$value":1}', deep]) {
    test.isFalse(broadcasts.handle('topic', payload), payload.slice(0, 40));
  }
  test.equal(count, 0);
});

Tinytest.add('broadcasts - a hostile payload changes no prototype', (test) => {
  const { broadcasts } = newBroadcasts();
  broadcasts.addHandler('topic', () => {});
  for (const key of ['__proto__', 'constructor']) {
    broadcasts.handle('topic', `{"${key}":{"isAdmin":true,"prototype":{"isAdmin":true}}}`);
  }
  test.isUndefined(({} as { isAdmin?: unknown }).isAdmin);
});

Tinytest.addAsync(
  'broadcasts - what a handler throws or rejects with is reported, and others run',
  async (test) => {
    const { broadcasts, errors } = newBroadcasts();
    const got: unknown[] = [];
    broadcasts.addHandler('topic', () => {
      throw new Error('thrown');
    });
    broadcasts.addHandler('topic', async () => {
      throw new Error('rejected');
    });
    broadcasts.addHandler('topic', (payload: unknown) => got.push(payload));
    test.isTrue(broadcasts.handle('topic', '1'));
    await eventually('both errors', () => errors.length === 2);
    test.equal(errors.toSorted(), ['topic: rejected', 'topic: thrown']);
    test.equal(got, [1]);
  },
);

Tinytest.add('broadcasts - a wrong topic, payload or handler is refused by name', (test) => {
  const { broadcasts } = newBroadcasts();
  const circular: unknown[] = [];
  circular.push(circular);
  const wrong: [() => unknown, RegExp][] = [
    [
      () => broadcasts.encode('', 1),
      /broadcast\(\) takes a topic of 1 to 256 characters; got an empty string/,
    ],
    [() => broadcasts.encode('x'.repeat(257), 1), /a topic of 1 to 256 characters; got 257 characters/],
    [() => broadcasts.encode(null, 1), /a topic of 1 to 256 characters; got null/],
    [
      () => broadcasts.encode('t', () => {}),
      /of the broadcast "t" must be a value that EJSON can write; got/,
    ],
    [() => broadcasts.encode('t', 1n), /of the broadcast "t" must be a value that EJSON can write; got/],
    [
      () => broadcasts.encode('t', circular),
      /of the broadcast "t" must be a value that EJSON can write; got/,
    ],
    [
      () => broadcasts.encode('t', 'x'.repeat(MAX_PAYLOAD - 1)),
      /at most 60000 characters as EJSON; that of "t" has 60001$/,
    ],
    [() => broadcasts.addHandler(7, () => {}), /onBroadcast\(\) takes a topic .* got a value of type number/],
    [
      () => broadcasts.addHandler('t', null),
      /onBroadcast\(\) takes a function as its second argument; got null/,
    ],
  ];
  for (const [call, message] of wrong) test.throws(call, message);
  test.equal(broadcasts.encode('t', 'x'.repeat(MAX_PAYLOAD - 2)).payload?.length, MAX_PAYLOAD);
});

Tinytest.add(
  'broadcasts - each broadcast of a node is passed on once, and none of a node that has left',
  (test) => {
    const { exchange, received, left } = newExchange();
    for (const seq of [3, 3, 2, 5, 4]) exchange.receive({ ...MESSAGE, seq, payload: `${seq}` });
    exchange.receive({ ...MESSAGE, node: 'another peer', seq: 1 });
    left.add('peer');
    exchange.receive({ ...MESSAGE, seq: 6 });
    test.equal(received, ['typing 3', 'typing 5', 'typing 1']);
  },
);

Tinytest.add('broadcasts - the numbers of 1000 nodes are remembered', (test) => {
  const { exchange, received } = newExchange();
  const replay = () => {
    received.length = 0;
    for (let n = 1000; n > 0; n -= 1) exchange.receive({ ...MESSAGE, node: `node ${n}`, seq: 1 });
    return received.length;
  };
  test.equal([replay(), replay()], [1000, 0]);
  exchange.receive({ ...MESSAGE, node: 'one more', seq: 1 });
  exchange.receive({ ...MESSAGE, node: 'node 1000', seq: 1 });
  test.equal(received.length, 2, 'the first of them is forgotten');
});

Tinytest.addAsync(
  'broadcasts - publishing resolves to whether Redis has accepted it, and never rejects',
  async (test) => {
    const texts: string[] = [];
    const channel = {
      isReady: false,
      publish: async (text: string) => {
        texts.push(text);
        if (texts.length === 2) throw new Error('refused');
      },
    };
    const { exchange } = newExchange(channel);
    test.equal(await exchange.publish('topic', '1'), false);
    channel.isReady = true;
    test.equal(await exchange.publish('topic', '1'), true);
    test.equal(await exchange.publish('topic', '1'), false);
    test.equal(await exchange.publish('topic', undefined), true);
    test.equal(
      texts.map((text) => JSON.parse(text).seq),
      [1, 2, 3],
    );
  },
);

Tinytest.addAsync(
  'broadcasts - while Redis does not answer, 4 MB wait and the rest is lost',
  async (test) => {
    let answer = () => {};
    const answered = new Promise<void>((resolve) => {
      answer = resolve;
    });
    const { exchange } = newExchange({ isReady: true, publish: () => answered });
    const payload = 'x'.repeat(MAX_PAYLOAD);
    const publishing: Promise<boolean>[] = [];
    const lines = await linesDuring(() => {
      for (let n = 0; n < 200; n += 1) publishing.push(exchange.publish('topic', payload));
    });
    answer();
    const accepted = (await Promise.all(publishing)).filter((isAccepted) => isAccepted).length;
    test.equal(accepted, Math.ceil((4 * 1024 * 1024) / (payload.length + 80)));
    test.equal(lines.length, 1);
    test.matches(
      String(lines[0]),
      /Redis accepts broadcasts more slowly than they are published; some are lost/,
    );
    test.equal(await exchange.publish('topic', payload), true);
  },
);
