/**
 * The publisher publishes less of a change whose hints or looked-up ids have become too old. On a channel that the test
 * answers.
 */

import { Tinytest } from 'meteor/tinytest';
import type { Change } from '../../../src/changes/change';
import { MAX_CHANGE_AGE_MS } from '../../../src/changes/change-age';
import { Log } from '../../../src/observability/log';
import { decode } from '../../../src/protocol/codec';
import { Publisher } from '../../../src/publishing/publisher';
import { QUIET } from '../../../tools/quiet-logger';
import { plain } from '../../support/plain';
import { TestClock } from '../../support/test-clock';

const hint = { kind: 'update', fields: new Map([['n', null]]) } as const;
const HINTED: Change = { collection: 'items', ids: ['x'], hints: new Map([['x', hint]]) };
const LOOKED_UP: Change = { ...HINTED, lookedUp: { selected: ['state'], hint } };

function stage() {
  const clock = new TestClock();
  const published: { readonly change: unknown; readonly selected: unknown; accept(): void }[] = [];
  const channel = {
    isReady: true,
    name: 'tests',
    publish: (text: string) =>
      new Promise<void>((accept) => {
        const { ids, hints, lookedUp } = decode(text) as Change;
        published.push({
          selected: lookedUp?.selected,
          change: plain({ ids, isHinted: hints !== undefined, isLookedUp: lookedUp !== undefined }),
          accept,
        });
      }),
  };
  const publisher = new Publisher(channel as never, {
    nodeId: 'a',
    database: 'db',
    synced: new Set(['items']),
    authenticator: undefined,
    clock,
    log: new Log(QUIET),
    nextNamedPeers: () => undefined,
    onAccepted: () => {},
  });
  const nth = async (n: number) => {
    await clock.until(`message ${n}`, () => published.length >= n);
    return published[n - 1];
  };
  return { clock, publisher, published, nth };
}

const old = (clock: TestClock) => clock.now() - MAX_CHANGE_AGE_MS - 1;

for (const [title, change, whole] of [
  ['hints', HINTED, { ids: ['x'], isHinted: false, isLookedUp: false }],
  ['looked-up ids', LOOKED_UP, { ids: 'all', isHinted: false, isLookedUp: false }],
] as const) {
  const full = { ids: ['x'], isHinted: true, isLookedUp: change.lookedUp !== undefined };

  Tinytest.addAsync(
    `publisher - ${title} of a write that has just begun are published once`,
    async (test) => {
      const { clock, publisher, published, nth } = stage();
      publisher.add({ ...change, since: clock.now() });
      (await nth(1))?.accept();
      await publisher.flush(1000);
      test.equal(
        published.map((each) => each.change),
        [full],
      );
    },
  );

  Tinytest.addAsync(`publisher - ${title} of an old write are not published`, async (test) => {
    const { clock, publisher, published, nth } = stage();
    publisher.add({ ...change, since: old(clock) });
    (await nth(1))?.accept();
    await publisher.flush(1000);
    test.equal(
      published.map((each) => each.change),
      [whole],
    );
  });

  Tinytest.addAsync(`publisher - ${title} that Redis accepts too late are taken back`, async (test) => {
    const { clock, publisher, published, nth } = stage();
    publisher.add({ ...change, since: old(clock) + 100 });
    const first = await nth(1);
    await clock.advance(150);
    first?.accept();
    (await nth(2))?.accept();
    await publisher.flush(1000);
    test.equal(
      published.map((each) => each.change),
      [full, whole],
    );
  });
}

Tinytest.addAsync('publisher - the oldest of the writes of a message decides', async (test) => {
  const { clock, publisher, nth } = stage();
  publisher.add({ ...HINTED, since: clock.now() });
  publisher.add({ ...HINTED, ids: ['y'], since: old(clock) });
  test.equal((await nth(1))?.change, { ids: ['x', 'y'], isHinted: false, isLookedUp: false });
});

Tinytest.addAsync(
  'publisher - looked-up changes of one turn are one, of the fields of both selectors',
  async (test) => {
    const { clock, publisher, nth } = stage();
    publisher.add({ ...LOOKED_UP, since: clock.now() });
    publisher.add({ ...LOOKED_UP, lookedUp: { selected: ['room'], hint }, since: clock.now() });
    test.equal((await nth(1))?.selected, ['state', 'room']);
  },
);
