/** The publisher handles answers to heartbeats and leave messages, and ends. */

import { Tinytest } from 'meteor/tinytest';
import { PublisherStage } from '../../support/publisher-stage';

const INTERVAL_MS = 2000;
const FORBIDDEN = new Error("NOPERM this user has no permissions to run the 'publish' command");

Tinytest.addAsync(
  'publisher - the answer to a heartbeat is returned: accepted, forbidden or failed',
  async (test) => {
    const stage = new PublisherStage();
    const answers: string[] = [];
    const heartbeat = async () => void answers.push(await stage.publisher.heartbeat(INTERVAL_MS));
    const first = heartbeat();
    test.equal(stage.publisher.lastHeartbeat, 1);
    (await stage.nth(1)).accept();
    await first;
    const second = heartbeat();
    (await stage.nth(2)).refuse();
    await second;
    test.equal([stage.publisher.isRefused, stage.lines], [false, []], 'the missing echo shows it');
    const third = heartbeat();
    (await stage.nth(3)).refuse(FORBIDDEN);
    await third;
    test.isTrue(stage.publisher.isRefused);
    test.matches(
      String(stage.lines[0]),
      /Redis does not accept changes \(NOPERM .* needs "resetchannels &tests /,
    );
    const fourth = heartbeat();
    (await stage.nth(4)).accept();
    await fourth;
    test.isFalse(stage.publisher.isRefused);
    test.equal(stage.lines.slice(1), ['Cluster: Redis accepts changes again']);
    test.equal(answers, ['accepted', 'failed', 'forbidden', 'accepted']);
    test.equal(stage.publisher.lastHeartbeat, 4);
  },
);

Tinytest.addAsync('publisher - after a close a forbidden heartbeat warns nobody', async (test) => {
  const stage = new PublisherStage();
  const answer = stage.publisher.heartbeat(INTERVAL_MS);
  const first = await stage.nth(1);
  stage.publisher.close();
  first.refuse(FORBIDDEN);
  test.equal(await answer, 'forbidden');
  test.equal([stage.publisher.isRefused, stage.lines], [false, []]);
});

Tinytest.addAsync(
  'publisher - the leave message has every count, of collections that are not synced too',
  async (test) => {
    const stage = new PublisherStage(new Set(['items']));
    const { publisher } = stage;
    for (const [n, collection] of ['items', 'items', 'rooms'].entries()) {
      stage.add(`${n}`, collection);
      (await stage.nth(n + 1)).accept();
      await publisher.flush(10_000);
    }
    const leaving = publisher.leave();
    const { message, accept } = await stage.nth(4);
    test.isTrue(publisher.hasLeft);
    accept();
    await leaving;
    test.equal(message.kind, 'leave');
    test.equal(message.kind === 'leave' && [...message.counts], [
      ['items', 2],
      ['rooms', 1],
    ]);
  },
);

Tinytest.addAsync(
  'publisher - the leave message follows the counts that it has no room for',
  async (test) => {
    const names = Array.from({ length: 401 }, (_, n) => `c${n}`);
    const stage = new PublisherStage(new Set(names));
    const { publisher } = stage;
    for (const name of names) stage.add('a', name);
    for (let n = 1; n <= names.length; n += 1) (await stage.nth(n)).accept();
    await publisher.flush(10_000);
    const leaving = publisher.leave();
    const counts = await stage.nth(names.length + 1);
    await stage.clock.advance(20);
    test.equal(
      stage.texts.slice(names.length),
      ['heartbeat'],
      'a leave message before it would hide its gaps',
    );
    counts.accept();
    (await stage.nth(names.length + 2)).accept();
    await leaving;
    test.equal(stage.texts.slice(names.length), ['heartbeat', 'leave']);
  },
);

Tinytest.addAsync('publisher - a refused leave message is an error', async (test) => {
  const stage = new PublisherStage();
  const leaving = stage.publisher.leave();
  (await stage.nth(1)).refuse();
  await test.throwsAsync(() => leaving, 'refused');
});

Tinytest.addAsync('publisher - only a node that may count as having left takes that back', async (test) => {
  const stage = new PublisherStage();
  const { publisher } = stage;
  await publisher.return();
  test.equal(stage.published.length, 0);
  void publisher.leave().catch(() => {});
  (await stage.nth(1)).refuse();
  const returning = publisher.return();
  (await stage.nth(2)).accept();
  await returning;
  test.equal(stage.texts, ['leave', 'heartbeat']);
  test.isFalse(publisher.hasLeft);
});

Tinytest.addAsync('publisher - a change after a leave message takes it back', async (test) => {
  const stage = new PublisherStage();
  void stage.publisher.leave();
  (await stage.nth(1)).accept();
  test.isTrue(stage.publisher.hasLeft);
  stage.add('late');
  (await stage.nth(2)).accept();
  test.isFalse(stage.publisher.hasLeft);
  stage.publisher.close();
});

Tinytest.addAsync(
  'publisher - a close with pending changes says so, and nobody waits any longer',
  async (test) => {
    const stage = new PublisherStage();
    const { publisher } = stage;
    stage.add('a');
    const flushed = publisher.flush(10_000);
    const first = await stage.nth(1);
    publisher.close();
    await flushed;
    test.matches(
      String(stage.lines),
      /^Cluster: closed before Redis accepted the last changes; other nodes see them/,
    );
    first.refuse();
    await stage.clock.until('the answer', () => !publisher.hasPending);
    stage.add('b');
    await stage.clock.advance(20);
    test.equal([publisher.pending, publisher.hasPending, publisher.isRefused], [0, false, false]);
    test.equal([stage.published.length, stage.lines.length], [1, 1]);
  },
);

Tinytest.addAsync(
  'publisher - a close in the second after a refusal publishes nothing more',
  async (test) => {
    const stage = new PublisherStage();
    stage.add('a');
    (await stage.nth(1)).refuse();
    await stage.clock.until('the refusal', () => stage.publisher.isRefused);
    test.equal(stage.clock.timers, 1);
    stage.publisher.close();
    test.equal(stage.clock.timers, 0);
    await stage.clock.advance(1100);
    test.equal(stage.published.length, 1);
  },
);

Tinytest.addAsync('publisher - a close without pending changes says nothing', async (test) => {
  const stage = new PublisherStage();
  stage.add('a');
  (await stage.nth(1)).accept();
  await stage.publisher.flush(10_000);
  stage.publisher.close();
  test.equal(stage.lines, []);
});

Tinytest.addAsync(
  'publisher - a heartbeat counts the changes of every synced collection, and no others',
  async (test) => {
    const stage = new PublisherStage(new Set(['items', 'rooms']));
    for (const [n, collection] of ['items', 'items', 'other'].entries()) {
      stage.add(`${n}`, collection);
      (await stage.nth(n + 1)).accept();
      await stage.publisher.flush(10_000);
    }
    void stage.publisher.heartbeat(INTERVAL_MS);
    const { message, accept } = await stage.nth(4);
    accept();
    test.equal(message.kind === 'heartbeat' && [[...message.counts], message.interval], [
      [
        ['items', 2],
        ['rooms', 0],
      ],
      INTERVAL_MS,
    ]);
  },
);

Tinytest.addAsync(
  'publisher - a change names its database only where that is not the default one',
  async (test) => {
    const stage = new PublisherStage();
    stage.publisher.add({ database: 'shop', collection: 'items', ids: ['a'] });
    stage.publisher.add({ database: 'tenant', collection: 'items', ids: ['b'] });
    const named = [await stage.nth(1), await stage.nth(2)].map(
      ({ message }) => message.kind === 'change' && [message.ids, message.database],
    );
    test.equal(named, [
      [['a'], undefined],
      [['b'], 'tenant'],
    ]);
    stage.publisher.close();
  },
);
