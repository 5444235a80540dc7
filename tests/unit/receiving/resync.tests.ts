/** Requests for a resync are gathered. */

import { Tinytest } from 'meteor/tinytest';
import { Log } from '../../../src/observability/log';
import { Resync } from '../../../src/receiving/resync';
import { linesDuring } from '../../support/console';
import { TestClock } from '../../support/test-clock';

/** The clock of a test, and how many peers there are. */
interface Surroundings {
  readonly clock: TestClock;
  peers: number;
}

/** A resync that records its runs and cannot be left running. */
async function withResync(
  jitterMs: number,
  run: (resync: Resync, runs: string[], surroundings: Surroundings) => Promise<void>,
): Promise<void> {
  const runs: string[] = [];
  const surroundings = { clock: new TestClock(), peers: 0 };
  const resync = new Resync({
    jitterMs,
    intervalMs: 10_000,
    log: new Log(),
    clock: surroundings.clock,
    peerCount: () => surroundings.peers,
    run: (collection) => runs.push(collection),
  });
  try {
    await run(resync, runs, surroundings);
  } finally {
    resync.stop();
  }
}

Tinytest.addAsync('resync - a burst of requests is one resync of each collection', (test) =>
  withResync(50, async (resync, runs, { clock }) => {
    resync.request(['a', 'b']);
    resync.request(new Set(['b', 'c']));
    resync.request(['a']);
    test.equal(runs, [], 'not at once');
    await clock.until('the resyncs', () => runs.length === 3);
    test.equal(runs.toSorted(), ['a', 'b', 'c']);
    test.equal(resync.count, 3);
    await clock.advance(100);
    test.equal(runs.length, 3);
  }),
);

Tinytest.addAsync('resync - a request after a resync is another resync, of its collections alone', (test) =>
  withResync(0, async (resync, runs, { clock }) => {
    resync.request(['a']);
    await clock.until('the first resync', () => runs.length === 1);
    resync.request(['b']);
    await clock.until('the second resync', () => runs.length === 2);
    test.equal(runs, ['a', 'b']);
    test.equal(resync.count, 2);
  }),
);

Tinytest.addAsync('resync - requests are gathered until the end of a time, and not beyond it', (test) =>
  withResync(50, async (resync, runs, { clock }) => {
    resync.request(['a']);
    resync.gather(1000);
    await clock.until('what was requested before', () => runs.length === 1);
    for (const collections of [['a'], ['a', 'b'], ['b']]) {
      resync.request(collections);
      await clock.advance(300);
    }
    test.equal(runs, ['a']);
    await clock.until('the others', () => runs.length === 3);
    test.equal(runs.toSorted(), ['a', 'a', 'b']);
    await clock.advance(1000);
    resync.request(['a']);
    await clock.advance(50);
    test.equal(runs.length, 4, 'afterwards, requests run as before');
  }),
);

Tinytest.addAsync('resync - a request from within a run is not lost', async (test) => {
  const clock = new TestClock();
  const runs: string[] = [];
  const resync: Resync = new Resync({
    jitterMs: 0,
    intervalMs: 10_000,
    log: new Log(),
    clock,
    peerCount: () => 0,
    run: (collection) => {
      runs.push(collection);
      if (runs.length === 1) resync.request(['a', 'b']);
    },
  });
  try {
    resync.request(['a']);
    await clock.until('both resyncs', () => runs.length === 3);
    test.equal(runs, ['a', 'a', 'b']);
  } finally {
    resync.stop();
  }
});

Tinytest.addAsync(
  'resync - one that is requested all the time runs at once four times, then once an interval',
  (test) =>
    withResync(0, async (resync, runs, { clock }) => {
      const lines = await linesDuring(async () => {
        for (let n = 1; n <= 4; n += 1) {
          resync.request(['a']);
          await clock.until(`resync ${n}`, () => runs.length === n);
        }
        for (let n = 0; n < 10; n += 1) resync.request(['a', 'b']);
        await clock.until('the other collection', () => runs.includes('b'));
        await clock.advance(50);
      });
      test.equal(runs, ['a', 'a', 'a', 'a', 'b']);
      test.equal(lines.length, 1);
      test.matches(String(lines[0]), /resyncs of collection "a" are requested all the time/);
      resync.stop();
      // Three more are allowed after the time of four: one of them was used up by the request that did not run.
      await clock.advance(40_000);
      for (let n = 1; n <= 3; n += 1) {
        resync.request(['a']);
        await clock.until(`resync ${n} after that`, () => runs.length === 5 + n);
      }
    }),
);

Tinytest.addAsync(
  'resync - the more peers there are, the longer the time that resyncs are spread over',
  (test) =>
    withResync(20, async (resync, runs, surroundings) => {
      const { clock } = surroundings;
      clock.chance = 0.9;
      const msOf = async (peers: number) => {
        surroundings.peers = peers;
        const startedAt = clock.now();
        resync.request([`with ${peers}`]);
        await clock.until('the resync', () => runs.includes(`with ${peers}`));
        return clock.now() - startedAt;
      };
      test.equal([await msOf(0), await msOf(8), await msOf(80)], [18, 18, 180]);
      test.equal(await msOf(1_000_000), 9000, 'not over more than the interval');
    }),
);

Tinytest.addAsync('resync - a resync starts after a random part of the jitter', (test) =>
  withResync(100, async (resync, runs, { clock }) => {
    resync.request(['a']);
    await clock.advance(49);
    test.equal(runs, []);
    await clock.advance(1);
    test.equal(runs, ['a']);
  }),
);

Tinytest.addAsync('resync - later requests do not postpone a resync', (test) =>
  withResync(50, async (resync, runs, { clock }) => {
    clock.chance = 0.9;
    const startedAt = clock.now();
    for (let n = 0; n < 9; n += 1) {
      resync.request(['a']);
      await clock.advance(5);
    }
    test.equal(runs, ['a']);
    test.equal(clock.now() - startedAt, 45);
  }),
);

Tinytest.addAsync('resync - a request of no collection is nothing', (test) =>
  withResync(0, async (resync, runs, { clock }) => {
    resync.request([]);
    await clock.advance(30);
    test.equal(runs, []);
    test.equal(resync.count, 0);
  }),
);

Tinytest.addAsync('resync - after a stop nothing that was requested runs', (test) =>
  withResync(10, async (resync, runs, { clock }) => {
    resync.request(['a']);
    resync.stop();
    await clock.advance(50);
    test.equal(runs, []);
    resync.request(['b']);
    await clock.until('the resync', () => runs.length > 0);
    test.equal(runs, ['b'], 'what was requested before the stop does not run later');
  }),
);

Tinytest.addAsync('resync - after a burst, each interval allows one more at once', (test) =>
  withResync(0, async (resync, runs, { clock }) => {
    const runsAtOnce = async () => {
      const before = runs.length;
      resync.request(['a']);
      await clock.advance(50);
      resync.stop();
      return runs.length > before;
    };
    const lines = await linesDuring(async () => {
      for (let n = 1; n <= 4; n += 1) test.isTrue(await runsAtOnce(), `number ${n}`);
    });
    test.equal(lines, [], 'faults come in bursts');
    await clock.advance(10_000);
    test.isTrue(await runsAtOnce());
    await linesDuring(async () => test.isFalse(await runsAtOnce()));
  }),
);

Tinytest.addAsync('resync - a collection that had calmed down is warned about again', (test) =>
  withResync(0, async (resync, _runs, { clock }) => {
    const requestAll = async (count: number) => {
      for (let n = 0; n < count; n += 1) {
        resync.request(['a']);
        resync.stop();
      }
    };
    const lines = await linesDuring(async () => {
      await requestAll(6);
      await clock.advance(30_000);
      await requestAll(4);
    });
    test.equal(lines.length, 1, 'it never had its whole allowance back');
    test.matches(String(lines), /They now run every 10 s at most/);
    const others = await linesDuring(async () => {
      await clock.advance(100_000);
      await requestAll(6);
    });
    test.equal(others.length, 1);
  }),
);
