/** Waiting with a limit. */

import { Tinytest } from 'meteor/tinytest';
import { TimeoutError, withTimeout } from '../../../src/base/time';

const never = new Promise<never>(() => {});

async function errorOf(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}

Tinytest.addAsync('timeout - the value of the promise passes through', async (test) => {
  test.equal(await withTimeout(1000, Promise.resolve(7)), 7);
  // biome-ignore lint/suspicious/noThenProperty: a promise of another library
  const thenable = { then: (resolve: (value: number) => void) => resolve(8) };
  test.equal(await withTimeout(1000, thenable as PromiseLike<number>), 8);
});

Tinytest.addAsync('timeout - the error of the promise passes through', async (test) => {
  const error = new Error('refused');
  test.isTrue((await errorOf(withTimeout(1000, Promise.reject(error)))) === error);
});

Tinytest.addAsync('timeout - after the limit the error says how long was waited', async (test) => {
  const startedAt = performance.now();
  const error = await errorOf(withTimeout(50, never));
  test.isTrue(error instanceof TimeoutError);
  test.equal(String(error), 'TimeoutError: no answer within 50 ms');
  // Node's timers may be a millisecond early.
  test.isTrue(performance.now() - startedAt >= 49);
});

Tinytest.addAsync('timeout - a promise that has resolved is not timed out by a limit of 0', async (test) => {
  test.equal(await withTimeout(0, Promise.resolve(7)), 7);
  test.isTrue((await errorOf(withTimeout(0, never))) instanceof TimeoutError);
});

Tinytest.addAsync('timeout - a rejection after the limit is handled', async (test) => {
  const unhandled: unknown[] = [];
  const onUnhandled = (error: unknown) => unhandled.push(error);
  process.on('unhandledRejection', onUnhandled);
  try {
    const late = new Promise((_resolve, reject) => {
      setTimeout(() => reject(new Error('late')), 20);
    });
    test.isTrue((await errorOf(withTimeout(5, late))) instanceof TimeoutError);
    await new Promise((resolve) => setTimeout(resolve, 50));
    test.equal(unhandled, []);
  } finally {
    process.off('unhandledRejection', onUnhandled);
  }
});

Tinytest.addAsync('timeout - no timer is left when the promise has resolved', async (test) => {
  const { setTimeout: original, clearTimeout: originalClear } = globalThis;
  const running = new Set<unknown>();
  const timers = {
    setTimeout: (run: () => void, ms: number) => {
      const timer = original(run, ms);
      running.add(timer);
      return timer;
    },
    clearTimeout: (timer: NodeJS.Timeout) => {
      running.delete(timer);
      originalClear(timer);
    },
  };
  Object.assign(globalThis, timers);
  try {
    const waiting = withTimeout(600_000, Promise.resolve(7));
    test.equal(running.size, 1);
    await waiting;
    test.equal(running.size, 0);
  } finally {
    Object.assign(globalThis, { setTimeout: original, clearTimeout: originalClear });
  }
});
