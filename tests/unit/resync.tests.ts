/** Requests for a resync are gathered. */

import { Tinytest } from 'meteor/tinytest';
import { Resync } from '../../src/session/resync';
import { eventually, pause } from '../support/eventually';

/** A resync that records its runs and cannot be left running. */
async function withResync(
  jitterMs: number,
  run: (resync: Resync, runs: string[]) => Promise<void>,
): Promise<void> {
  const runs: string[] = [];
  const resync = new Resync(jitterMs, (collection) => runs.push(collection));
  try {
    await run(resync, runs);
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
    await eventually('the resync', () => runs.length > 0);
    test.equal(runs, ['a', 'b', 'c']);
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
  const resync: Resync = new Resync(0, (collection) => {
    runs.push(collection);
    if (runs.length === 1) resync.request(['a', 'b']);
  });
  try {
    resync.request(['a']);
    await eventually('both resyncs', () => runs.length === 3);
    test.equal(runs, ['a', 'a', 'b']);
  } finally {
    resync.stop();
  }
});

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
