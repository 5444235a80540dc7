/** The system's clock, and waiting with a limit. */

import { Tinytest } from 'meteor/tinytest';
import { systemClock, TimeoutError, withTimeout } from '../../../src/base/time';
import { eventually } from '../../support/eventually';
import { TestClock } from '../../support/test-clock';
import { unhandledDuring } from '../../support/unhandled-rejections';

const never = new Promise<never>(() => {});

async function errorOf(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}

Tinytest.addAsync('clock - a timer runs once, after its time, and not when it is cancelled', async (test) => {
  const startedAt = systemClock.now();
  const runs: string[] = [];
  const cancel = systemClock.after(1, () => runs.push('cancelled'));
  systemClock.after(50, () => runs.push('run'));
  cancel();
  cancel();
  await eventually('the timer', () => runs.length > 0);
  test.equal(runs, ['run']);
  // Node's timers may be a millisecond early.
  test.isTrue(systemClock.now() - startedAt >= 49);
});

Tinytest.addAsync('clock - the next turn comes after what this one has left to do', async (test) => {
  const steps: string[] = [];
  const turn = systemClock.nextTurn().then(() => steps.push('next turn'));
  process.nextTick(() => steps.push('this turn'));
  await turn;
  test.equal(steps, ['this turn', 'next turn']);
});

Tinytest.add('clock - the date is that of the epoch, and random numbers are below 1', (test) => {
  test.isTrue(Math.abs(systemClock.date() - Date.now()) < 60_000);
  const numbers = Array.from({ length: 100 }, () => systemClock.random());
  test.isTrue(numbers.every((number) => number >= 0 && number < 1));
  test.isTrue(new Set(numbers).size > 1);
});

Tinytest.addAsync('timeout - the value of the promise passes through', async (test) => {
  const clock = new TestClock();
  test.equal(await withTimeout(clock, 1000, Promise.resolve(7)), 7);
  // biome-ignore lint/suspicious/noThenProperty: a promise of another library
  const thenable = { then: (resolve: (value: number) => void) => resolve(8) };
  test.equal(await withTimeout(clock, 1000, thenable as PromiseLike<number>), 8);
});

Tinytest.addAsync('timeout - the error of the promise passes through', async (test) => {
  const error = new Error('refused');
  test.isTrue((await errorOf(withTimeout(new TestClock(), 1000, Promise.reject(error)))) === error);
});

Tinytest.addAsync('timeout - after the limit the error says how long was waited', async (test) => {
  const clock = new TestClock();
  let error: unknown;
  void errorOf(withTimeout(clock, 50, never)).then((thrown) => {
    error = thrown;
  });
  await clock.advance(49);
  test.isUndefined(error);
  await clock.advance(1);
  test.isTrue(error instanceof TimeoutError);
  test.equal(String(error), 'TimeoutError: no answer within 50 ms');
});

Tinytest.addAsync('timeout - a promise that has resolved is not timed out by a limit of 0', async (test) => {
  const clock = new TestClock();
  test.equal(await withTimeout(clock, 0, Promise.resolve(7)), 7);
  const error = errorOf(withTimeout(clock, 0, never));
  await clock.advance(1);
  test.isTrue((await error) instanceof TimeoutError);
});

Tinytest.addAsync('timeout - a rejection after the limit is handled', async (test) => {
  const unhandled = await unhandledDuring(async () => {
    const clock = new TestClock();
    const late = new Promise((_resolve, reject) => {
      clock.after(20, () => reject(new Error('late')));
    });
    const error = errorOf(withTimeout(clock, 5, late));
    await clock.advance(50);
    test.isTrue((await error) instanceof TimeoutError);
  });
  test.equal(unhandled, []);
});

Tinytest.addAsync('timeout - no timer is left when the promise has resolved', async (test) => {
  const clock = new TestClock();
  const waiting = withTimeout(clock, 600_000, Promise.resolve(7));
  test.equal(clock.timers, 1);
  await waiting;
  test.equal(clock.timers, 0);
});
