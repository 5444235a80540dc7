/** Listeners of events: who is called, and that no listener can harm anybody. */

import { AsyncLocalStorage } from 'node:async_hooks';
import { Tinytest } from 'meteor/tinytest';
import { systemClock } from '../../../src/base/time';
import { ClusterEventEmitter } from '../../../src/observability/event-emitter';
import type { ClusterEvents, EventName } from '../../../src/observability/events';
import { pause } from '../../support/eventually';

class Source extends ClusterEventEmitter {
  readonly failures: string[] = [];

  /** Resolves when the listeners have been called. */
  async fire<Name extends EventName>(name: Name, event: ClusterEvents[Name]): Promise<void> {
    this.emit(name, event);
    await systemClock.nextTurn();
  }

  protected override onListenerFailure(event: EventName, error: unknown): void {
    this.failures.push(`${event}: ${String(error)}`);
  }
}

Tinytest.addAsync(
  'events - a listener gets every event of its name, in order, until it is removed',
  async (test) => {
    const source = new Source();
    const got: unknown[] = [];
    const listener = (event: unknown) => got.push(event);
    test.isTrue(source.on('peerJoin', listener) === source, 'calls can be chained');
    await source.fire('peerJoin', { node: 'a' });
    await source.fire('peerLeave', { node: 'a' });
    await source.fire('peerJoin', { node: 'b' });
    source.off('peerJoin', listener);
    await source.fire('peerJoin', { node: 'c' });
    test.equal(got, [{ node: 'a' }, { node: 'b' }]);
  },
);

Tinytest.addAsync('events - a listener of once gets one event, and can be removed before', async (test) => {
  const source = new Source();
  const got: string[] = [];
  const removed = () => got.push('removed');
  source.once('connect', ({ again }) => {
    got.push(String(again));
    void source.fire('connect', { again: true });
  });
  source.once('connect', removed).off('connect', removed);
  await source.fire('connect', { again: false });
  await source.fire('connect', { again: true });
  test.equal(got, ['false']);
});

Tinytest.addAsync('events - listeners are called when the code that emits has ended', async (test) => {
  const source = new Source();
  const order: string[] = [];
  source.on('peerJoin', () => order.push('listener'));
  const fired = source.fire('peerJoin', { node: 'a' });
  order.push('code');
  await fired;
  test.equal(order, ['code', 'listener']);
});

Tinytest.addAsync(
  'events - a listener that throws or rejects is reported, and the others are called',
  async (test) => {
    const source = new Source();
    const got: string[] = [];
    source.on('resync', () => {
      throw new Error('thrown');
    });
    source.on('resync', async () => {
      throw new Error('rejected');
    });
    source.on('resync', ({ collection }) => got.push(collection));
    await source.fire('resync', { collection: 'items' });
    await pause(0);
    test.equal(got, ['items']);
    test.equal(source.failures, ['resync: Error: thrown', 'resync: Error: rejected']);
  },
);

Tinytest.addAsync('events - an error without listeners is nothing', async (test) => {
  const source = new Source();
  await source.fire('error', { message: 'trouble' });
  test.equal(source.failures, []);
});

Tinytest.addAsync('events - a listener runs in the context in which it was added', async (test) => {
  const source = new Source();
  const context = new AsyncLocalStorage<string>();
  const got: unknown[] = [];
  context.run('where it was added', () => source.on('connect', () => got.push(context.getStore())));
  await context.run('a method call', () => source.fire('connect', { again: false }));
  test.equal(got, ['where it was added']);
});

Tinytest.add('events - an unknown event and a listener that is no function are refused by name', (test) => {
  const source = new Source() as unknown as Record<'on' | 'once' | 'off', (...args: unknown[]) => void>;
  for (const method of ['on', 'once', 'off'] as const) {
    test.throws(
      () => source[method]('conect', () => {}),
      new RegExp(`^Cluster: ${method}\\(\\) takes one of the events "connect", .*"error"; got "conect"$`),
    );
    test.throws(() => source[method](undefined, () => {}), /; got undefined$/);
    test.throws(
      () => source[method]('connect', 'listener'),
      new RegExp(`^Cluster: ${method}\\(\\) takes a function as its listener; got a value of type string$`),
    );
  }
});
