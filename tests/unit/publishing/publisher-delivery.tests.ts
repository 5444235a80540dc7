/** At-least-once: a message that Redis refuses, or does not answer, is published again, and no promise says otherwise. */

import { Tinytest } from 'meteor/tinytest';
import { TimeoutError } from '../../../src/base/time';
import { PublisherStage } from '../../support/publisher-stage';
import type { Test } from '../../support/scope';

/** Far above what a flush takes whose messages are answered at once. */
const LONG_MS = 10_000;

/** Registers a test with a publisher of its own, which is closed at the end. */
function deliveryTest(outcome: string, run: (stage: PublisherStage, test: Test) => Promise<void>): void {
  Tinytest.addAsync(`publisher - ${outcome}`, async (test) => {
    const stage = new PublisherStage();
    try {
      await run(stage, test);
    } finally {
      stage.publisher.close();
    }
  });
}

/** Resolves with whether a promise settles within some turns of the event loop. */
async function settles({ clock }: PublisherStage, promise: Promise<unknown>): Promise<boolean> {
  const settled = promise.then(
    () => true,
    () => true,
  );
  return Promise.race([settled, clock.advance(20).then(() => false)]);
}

deliveryTest('a refused change stays pending, and is published again a second later', async (stage, test) => {
  const { clock, publisher, channel } = stage;
  stage.add('a');
  const flushed = publisher.flush(LONG_MS);
  const refusedAt = clock.now();
  (await stage.nth(1)).refuse();
  await stage.clock.until('the warning', () => stage.lines.length > 0);
  test.equal([publisher.hasPending, publisher.pending, publisher.published], [true, 1, 0]);
  test.isTrue(publisher.isRefused);
  test.isFalse(await settles(stage, flushed), 'Redis has not accepted it');
  const second = await stage.nth(2);
  test.equal(clock.now() - refusedAt, 1000, 'Redis has a second to recover');
  second.accept();
  await flushed;
  test.equal(stage.texts, ['items 1: a', 'items 2: a']);
  test.equal([publisher.hasPending, publisher.pending, publisher.published], [false, 0, 1]);
  test.isFalse(publisher.isRefused);
  test.equal(stage.lines, [
    'Cluster: Redis does not accept changes (refused); they stay pending and are published again',
    'Cluster: Redis accepts changes again',
  ]);
  test.isTrue(channel.isReady);
});

deliveryTest('what is added after a refusal is published with what was refused', async (stage, test) => {
  stage.add('a');
  (await stage.nth(1)).refuse();
  await stage.clock.until('the refusal', () => stage.publisher.isRefused);
  stage.add('b');
  (await stage.nth(2)).accept();
  test.equal(stage.texts[1], 'items 2: a,b');
});

deliveryTest('one refused collection is published again, the accepted one is not', async (stage, test) => {
  stage.add('a');
  stage.add('r', 'rooms');
  (await stage.nth(1)).refuse();
  (await stage.nth(2)).accept();
  await stage.clock.until('the refusal', () => stage.publisher.isRefused);
  stage.publisher.start();
  (await stage.nth(3)).accept();
  await stage.publisher.flush(LONG_MS);
  test.equal(stage.texts, ['items 1: a', 'rooms 1: r', 'items 2: a']);
});

deliveryTest('a loss of the connection is no refusal, and the change stays pending', async (stage, test) => {
  const { publisher, channel } = stage;
  stage.add('a');
  const first = await stage.nth(1);
  channel.isReady = false;
  first.refuse();
  await stage.clock.until('the end of publishing', () => publisher.pending === 1);
  await stage.clock.advance(20);
  test.equal([publisher.isRefused, stage.lines], [false, []]);
  stage.add('b');
  await stage.clock.advance(20);
  test.equal(stage.published.length, 1, 'nothing is published without a connection');
  channel.isReady = true;
  publisher.start();
  (await stage.nth(2)).accept();
  test.equal(stage.texts[1], 'items 2: a,b');
});

deliveryTest(
  'one message of a collection is in flight; the next one has all that follows',
  async (stage, test) => {
    stage.add('a');
    stage.add('b');
    const first = await stage.nth(1);
    stage.add('c');
    stage.add('d');
    await stage.clock.advance(20);
    test.equal(stage.texts, ['items 1: a,b']);
    test.isTrue(stage.publisher.hasPending);
    first.accept();
    (await stage.nth(2)).accept();
    await stage.publisher.flush(LONG_MS);
    test.equal(stage.texts, ['items 1: a,b', 'items 2: c,d']);
  },
);

deliveryTest('flush waits for what was added before it, and for nothing later', async (stage, test) => {
  const { publisher } = stage;
  stage.add('a');
  const flushed = publisher.flush(LONG_MS);
  const first = await stage.nth(1);
  stage.add('b');
  const later = publisher.flush(LONG_MS);
  first.accept();
  await flushed;
  const second = await stage.nth(2);
  test.isFalse(await settles(stage, later));
  second.accept();
  await later;
  await publisher.flush(0);
});

deliveryTest('flush waits for a message in flight, when nothing else is pending', async (stage, test) => {
  stage.add('a');
  const first = await stage.nth(1);
  test.equal([stage.publisher.pending, stage.publisher.hasPending], [0, true]);
  const flushed = stage.publisher.flush(LONG_MS);
  test.isFalse(await settles(stage, flushed));
  first.accept();
  await flushed;
});

deliveryTest('flush rejects after its limit, and the change stays pending', async (stage, test) => {
  const { publisher, channel } = stage;
  channel.isReady = false;
  stage.add('a');
  const rejected = test.throwsAsync(() => publisher.flush(10), 'no answer within 10 ms');
  await stage.clock.advance(10);
  await rejected;
  test.isTrue(publisher.hasPending);
  test.equal(publisher.pending, 1);
});

deliveryTest('a change that comes back is accepted, whether or not Redis answers', async (stage, test) => {
  const { publisher } = stage;
  stage.add('a');
  const flushed = publisher.flush(LONG_MS);
  const first = await stage.nth(1);
  stage.echo({
    ...first,
    message: { kind: 'change', node: 'this node', seq: 2, collection: 'items', ids: 'all' },
  });
  stage.echo({
    ...first,
    message: { kind: 'change', node: 'this node', seq: 1, collection: 'rooms', ids: 'all' },
  });
  test.isFalse(await settles(stage, flushed), 'other messages say nothing of it');
  stage.echo(first);
  await flushed;
  test.equal([publisher.published, publisher.pending, publisher.isUnanswered], [1, 0, false]);
  first.refuse(new TimeoutError('no answer'));
  await stage.clock.until('the time-out', () => publisher.isUnanswered);
  stage.add('b');
  (await stage.nth(2)).accept();
  await stage.clock.until('the answer', () => !publisher.isUnanswered);
  test.equal(stage.texts, ['items 1: a', 'items 2: b'], 'nothing was published twice');
});

deliveryTest(
  'a change that does not come back and is not answered is published again',
  async (stage, test) => {
    stage.add('a');
    (await stage.nth(1)).refuse(new TimeoutError('no answer'));
    await stage.clock.until('the refusal', () => stage.publisher.isRefused);
    test.isFalse(stage.publisher.isUnanswered, 'no message comes back');
    stage.publisher.start();
    (await stage.nth(2)).accept();
    test.equal(stage.texts, ['items 1: a', 'items 2: a']);
  },
);

deliveryTest('a refusal after the echo says nothing of answers', async (stage, test) => {
  stage.add('a');
  const first = await stage.nth(1);
  stage.echo(first);
  await stage.publisher.flush(LONG_MS);
  first.refuse();
  await stage.clock.advance(20);
  test.isFalse(stage.publisher.isUnanswered);
});

deliveryTest('a new connection starts without a suspicion of lost answers', async (stage, test) => {
  stage.add('a');
  const first = await stage.nth(1);
  stage.echo(first);
  await stage.publisher.flush(LONG_MS);
  first.refuse(new TimeoutError('no answer'));
  await stage.clock.until('the time-out', () => stage.publisher.isUnanswered);
  stage.publisher.restart();
  test.isFalse(stage.publisher.isUnanswered);
});

deliveryTest('the time of an accepted message is that of its oldest write', async (stage, test) => {
  const writtenAt = stage.clock.now();
  stage.add('a');
  stage.clock.stall(5);
  stage.add('b');
  (await stage.nth(1)).accept();
  await stage.publisher.flush(LONG_MS);
  test.equal(stage.accepted, [writtenAt]);
});
