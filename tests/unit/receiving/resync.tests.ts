/** Requests for a resync are gathered. */

import { Tinytest } from 'meteor/tinytest';
import { Log } from '../../../src/observability/log';
import { Resync } from '../../../src/receiving/resync';
import { linesDuring } from '../../support/console';
import { eventually, pause } from '../../support/eventually';

/** The clock of a test, in ms, and how many peers there are. */
interface Surroundings {
  at: number;
  peers: number;
}

/** A resync that records its runs and cannot be left running. */
async function withResync(
  jitterMs: number,
  run: (resync: Resync, runs: string[], surroundings: Surroundings) => Promise<void>,
): Promise<void> {
  const runs: string[] = [];
  const surroundings = { at: 0, peers: 0 };
  const resync = new Resync({
    jitterMs,
    intervalMs: 10_000,
    log: new Log(),
    now: () => surroundings.at,
    peerCount: () => surroundings.peers,
    run: (collection) => runs.push(collection),
  });
  try {
    await run(resync, runs, surroundings);
  } finally {
    resync.stop();
  }
}

/** Makes every random number the same while something runs. */
async function withRandom(value: number, run: () => Promise<void>): Promise<void> {
  const { random } = Math;
  Math.random = () => value;
  try {
    await run();
  } finally {
    Math.random = random;
  }
}

Tinytest.addAsync('resync - a burst of requests is one resync of each collection', (test) =>
  withResync(50, async (resync, runs) => {
    resync.request(['a', 'b']);
    resync.request(new Set(['b', 'c']));
    resync.request(['a']);
    test.equal(runs, [], 'not at once');
    await eventually('the resyncs', () => runs.length === 3);
    test.equal(runs.toSorted(), ['a', 'b', 'c']);
    test.equal(resync.count, 3);
    await pause(100);
    test.equal(runs.length, 3);
  }),
);

Tinytest.addAsync('resync - a request after a resync is another resync, of its collections alone', (test) =>
  withResync(0, async (resync, runs) => {
    resync.request(['a']);
    await eventually('the first resync', () => runs.length === 1);
    resync.request(['b']);
    await eventually('the second resync', () => runs.length === 2);
    test.equal(runs, ['a', 'b']);
    test.equal(resync.count, 2);
  }),
);

Tinytest.addAsync('resync - a request from within a run is not lost', async (test) => {
  const runs: string[] = [];
  const resync: Resync = new Resync({
    jitterMs: 0,
    intervalMs: 10_000,
    log: new Log(),
    now: () => 0,
    peerCount: () => 0,
    run: (collection) => {
      runs.push(collection);
      if (runs.length === 1) resync.request(['a', 'b']);
    },
  });
  try {
    resync.request(['a']);
    await eventually('both resyncs', () => runs.length === 3);
    test.equal(runs, ['a', 'a', 'b']);
  } finally {
    resync.stop();
  }
});

Tinytest.addAsync(
  'resync - one that is requested all the time runs at once four times, then once an interval',
  (test) =>
    withResync(0, async (resync, runs, surroundings) => {
      const lines = await linesDuring(async () => {
        for (let n = 1; n <= 4; n += 1) {
          resync.request(['a']);
          await eventually(`resync ${n}`, () => runs.length === n);
        }
        for (let n = 0; n < 10; n += 1) resync.request(['a', 'b']);
        await eventually('the other collection', () => runs.includes('b'));
        await pause(50);
      });
      test.equal(runs, ['a', 'a', 'a', 'a', 'b']);
      test.equal(lines.length, 1);
      test.matches(String(lines[0]), /resyncs of collection "a" are requested all the time/);
      resync.stop();
      // Three more are allowed after the time of four: one of them was used up by the request that did not run.
      surroundings.at = 40_000;
      for (let n = 1; n <= 3; n += 1) {
        resync.request(['a']);
        await eventually(`resync ${n} after that`, () => runs.length === 5 + n);
      }
    }),
);

Tinytest.addAsync(
  'resync - the more peers there are, the longer the time that resyncs are spread over',
  (test) =>
    withResync(20, async (resync, runs, surroundings) => {
      await withRandom(0.99, async () => {
        const msOf = async (peers: number) => {
          surroundings.peers = peers;
          const startedAt = performance.now();
          resync.request([`with ${peers}`]);
          await eventually('the resync', () => runs.includes(`with ${peers}`));
          return performance.now() - startedAt;
        };
        test.isTrue((await msOf(80)) >= 190);
      });
    }),
);

Tinytest.addAsync('resync - a resync starts after a random part of the jitter', (test) =>
  withResync(100, async (resync, runs) => {
    await withRandom(0.5, async () => {
      const startedAt = performance.now();
      resync.request(['a']);
      await eventually('the resync', () => runs.length > 0);
      const ms = performance.now() - startedAt;
      // Node's timers may be a millisecond early; a busy machine is late.
      test.isTrue(ms >= 49 && ms < 5000, `after ${ms} ms`);
    });
  }),
);

Tinytest.addAsync('resync - later requests do not postpone a resync', (test) =>
  withResync(50, async (resync, runs) => {
    await withRandom(0.99, async () => {
      const requesting = setInterval(() => resync.request(['a']), 5);
      try {
        await eventually('the resync', () => runs.length > 0, 3000);
      } finally {
        clearInterval(requesting);
      }
      test.equal(runs[0], 'a');
    });
  }),
);

Tinytest.addAsync('resync - a request of no collection is nothing', (test) =>
  withResync(0, async (resync, runs) => {
    resync.request([]);
    await pause(30);
    test.equal(runs, []);
    test.equal(resync.count, 0);
  }),
);

Tinytest.addAsync('resync - after a stop nothing that was requested runs', (test) =>
  withResync(10, async (resync, runs) => {
    resync.request(['a']);
    resync.stop();
    await pause(50);
    test.equal(runs, []);
    resync.request(['b']);
    await eventually('the resync', () => runs.length > 0);
    test.equal(runs, ['b'], 'what was requested before the stop does not run later');
  }),
);

Tinytest.addAsync('resync - after a burst, each interval allows one more at once', (test) =>
  withResync(0, async (resync, runs, surroundings) => {
    surroundings.at = 1_000_000;
    const runsAtOnce = async () => {
      const before = runs.length;
      resync.request(['a']);
      await pause(50);
      resync.stop();
      return runs.length > before;
    };
    const lines = await linesDuring(async () => {
      for (let n = 1; n <= 4; n += 1) test.isTrue(await runsAtOnce(), `number ${n}`);
    });
    test.equal(lines, [], 'faults come in bursts');
    surroundings.at += 10_000;
    test.isTrue(await runsAtOnce());
    await linesDuring(async () => test.isFalse(await runsAtOnce()));
  }),
);

Tinytest.addAsync('resync - a collection that had calmed down is warned about again', (test) =>
  withResync(0, async (resync, _runs, surroundings) => {
    const requestAll = async (count: number) => {
      for (let n = 0; n < count; n += 1) {
        resync.request(['a']);
        resync.stop();
      }
    };
    const lines = await linesDuring(async () => {
      await requestAll(6);
      surroundings.at += 30_000;
      await requestAll(4);
    });
    test.equal(lines.length, 1, 'it never had its whole allowance back');
    test.matches(String(lines), /They now run every 10 s at most/);
    const others = await linesDuring(async () => {
      surroundings.at += 100_000;
      await requestAll(6);
    });
    test.equal(others.length, 1);
  }),
);
