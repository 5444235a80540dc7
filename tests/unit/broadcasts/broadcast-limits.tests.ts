/** Broadcasts that Redis does not answer: how many wait, and when that is over. */

import { Tinytest } from 'meteor/tinytest';
import { systemClock, TimeoutError } from '../../../src/base/time';
import { BroadcastExchange } from '../../../src/broadcasts/exchange';
import { Log } from '../../../src/observability/log';

/** 60,000 characters, so that 70 of them are more than 4 MB. */
const PAYLOAD = 'x'.repeat(60_000);
const FULL = 70;

/** An exchange whose broadcasts the test answers. */
function stage() {
  const lines: string[] = [];
  const waiting: { accept(): void; refuse(error: Error): void }[] = [];
  const exchange = new BroadcastExchange({
    clock: systemClock,
    nodeId: 'this node',
    channel: {
      isReady: true,
      publish: () => new Promise((accept, refuse) => waiting.push({ accept, refuse })),
    },
    authenticator: undefined,
    log: new Log({ debug() {}, info() {}, warn: (line) => void lines.push(line), error() {} }),
    hasLeft: () => false,
    onBroadcast: () => true,
  });
  /** Publishes so many, and returns which were tried. */
  const publish = (count: number) => {
    const before = waiting.length;
    const results = Array.from({ length: count }, () => exchange.publish('topic', PAYLOAD));
    return { tried: waiting.length - before, results };
  };
  const end = async (error?: Error) => {
    for (const { accept, refuse } of waiting.splice(0)) {
      if (error) refuse(error);
      else accept();
    }
    await new Promise(setImmediate);
  };
  return { exchange, lines, publish, end };
}

Tinytest.addAsync(
  'broadcasts - what is accepted makes room, and the next shortage is logged again',
  async (test) => {
    const { publish, end, lines } = stage();
    test.equal(publish(FULL).tried, FULL);
    test.equal(publish(1).tried, 0);
    test.equal(lines, [
      'Cluster: Redis accepts broadcasts more slowly than they are published; some are lost',
    ]);
    await end();
    test.equal([publish(FULL).tried, publish(1).tried, lines.length], [FULL, 0, 2]);
  },
);

Tinytest.addAsync('broadcasts - while some still wait, a shortage is logged once', async (test) => {
  const { publish, end, exchange, lines } = stage();
  publish(FULL);
  publish(1);
  // Without its payload each is short.
  const short = exchange.publish('topic', undefined);
  test.equal(await short, false);
  await end();
  test.equal(lines.length, 1);
});

Tinytest.addAsync('broadcasts - what is refused makes room', async (test) => {
  const { publish, end } = stage();
  const { results } = publish(FULL);
  await end(new Error('refused'));
  test.equal(new Set(await Promise.all(results)), new Set([false]));
  test.equal([publish(FULL).tried, publish(1).tried], [FULL, 0]);
});

Tinytest.addAsync('broadcasts - what was given up still counts, as the client may hold it', async (test) => {
  const { publish, end } = stage();
  publish(FULL);
  await end(new TimeoutError('no answer'));
  test.equal(publish(1).tried, 0);
});

Tinytest.addAsync('broadcasts - a new connection holds nothing of what was given up', async (test) => {
  const { exchange, publish, end } = stage();
  publish(FULL);
  await end(new TimeoutError('no answer'));
  exchange.restart();
  test.equal([publish(FULL).tried, publish(1).tried], [FULL, 0]);
});

Tinytest.addAsync('broadcasts - an answer shows that the client holds nothing older', async (test) => {
  const { publish, end } = stage();
  publish(30);
  await end(new TimeoutError('no answer'));
  publish(1);
  await end();
  test.equal([publish(FULL).tried, publish(1).tried], [FULL, 0]);
});
