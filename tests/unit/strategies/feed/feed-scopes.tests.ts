/** Which live queries run again for a write whose documents are not named. */

import { Tinytest } from 'meteor/tinytest';
import { createHasher, type WrittenFields } from '../../../../src/matching/hint';
import { type Scope, scopeOf } from '../../../../src/matching/scope';
import { fieldsOfUpdate, REMOVED, withSelected } from '../../../../src/writes/written-fields';
import { eventually } from '../../../support/eventually';
import { FedCollection, hintsOf } from '../../../support/fed-collection';

const hash = createHasher('tests');

function scopesOf(selector: object, fields: WrittenFields | undefined): Scope[] {
  const scope = scopeOf(withSelected(fields, selector, {}) as WrittenFields, hash);
  return scope ? [scope] : [];
}

const TAKEN = scopesOf({ state: 'ready' }, fieldsOfUpdate({ $set: { state: 'running' } }, {}));
const READY_REMOVED = scopesOf({ state: 'ready' }, REMOVED);

Tinytest.addAsync('feed scopes - only live queries run again that the write can concern', async (test) => {
  const fed = new FedCollection();
  const [running, done, ready, queue, hidden] = [
    await fed.open({ selector: { state: 'running' } }),
    await fed.open({ selector: { state: 'done' } }),
    await fed.open({ selector: { state: 'ready' } }),
    await fed.open({ selector: { queue: 'a' } }),
    await fed.open({ selector: { queue: 'b' }, projection: { queue: 1 } }),
  ];
  done.held = [{ _id: 'c', state: 'done' }];
  ready.held = [{ _id: 'a', state: 'ready' }];
  queue.held = [{ _id: 'b', queue: 'a', state: 'failed' }];
  hidden.held = [{ _id: 'd', queue: 'b' }];
  const flush = await fed.change('all', { scopes: TAKEN });
  await flush();
  const entries = [running, done, ready, queue, hidden].map((driver) => driver.entries);
  test.equal(entries, [['requery'], [], ['requery'], [], []]);
  test.equal([running.flushes, done.flushes], [1, 0]);
  queue.held = [{ _id: 'b', queue: 'a', state: ['failed', 'ready'] }];
  await fed.change('all', { scopes: TAKEN });
  test.equal(queue.entries, ['requery'], 'an array equals by each element');
});

Tinytest.addAsync('feed scopes - a remove concerns those that hold a selected document', async (test) => {
  const fed = new FedCollection();
  const [holder, other, unknown] = [
    await fed.open({ selector: { room: 1 } }),
    await fed.open({ selector: { state: 'running' } }),
    await fed.open({ selector: { room: 2 }, projection: { room: 1 } }),
  ];
  holder.held = [{ _id: 'a', room: 1, state: 'ready' }];
  other.held = [{ _id: 'b', state: 'running' }];
  unknown.held = [{ _id: 'c', room: 2 }];
  await fed.change('all', { scopes: READY_REMOVED });
  test.equal([holder.entries, other.entries, unknown.entries], [['requery'], [], ['requery']]);
});

Tinytest.addAsync(
  'feed scopes - a live query that knows only a part of what the write selects by runs again',
  async (test) => {
    const fed = new FedCollection();
    const scopes = scopesOf({ $or: [{ state: 'ready' }, { queue: 'a' }] }, REMOVED);
    const [part, whole] = [
      await fed.open({ selector: { room: 1 }, projection: { room: 1, state: 1 } }),
      await fed.open({ selector: { room: 2 }, projection: { room: 1, state: 1, queue: 1 } }),
    ];
    part.held = [{ _id: 'a', room: 1, state: 'done' }];
    whole.held = [{ _id: 'b', room: 2, state: 'done', queue: 'b' }];
    await fed.change('all', { scopes });
    test.equal([part.entries, whole.entries], [['requery'], []]);
  },
);

Tinytest.addAsync('feed scopes - an update of a field that a live query shows re-runs it', async (test) => {
  const fed = new FedCollection();
  const scopes = scopesOf({ state: 'ready' }, fieldsOfUpdate({ $set: { tick: 2, note: 'x' } }, {}));
  const [shown, hidden] = [
    await fed.open({ selector: { room: 1 }, projection: { room: 1, note: 1 } }),
    await fed.open({ selector: { room: 2 }, projection: { room: 1 } }),
  ];
  shown.held = [{ _id: 'a', room: 1, note: 'y' }];
  hidden.held = [{ _id: 'b', room: 2 }];
  await fed.change('all', { scopes });
  test.equal([shown.entries, hidden.entries], [['requery'], []]);
});

Tinytest.addAsync(
  'feed scopes - a live query that is not STEADY, or not followed, runs again',
  async (test) => {
    const fed = new FedCollection();
    const querying = await fed.open({ selector: { state: 'done' } });
    querying.setSteady(false);
    const handled = fed.change('all', { scopes: TAKEN });
    querying.setSteady(true);
    await handled;
    test.equal(querying.entries, ['requery']);
  },
);

Tinytest.addAsync('feed scopes - a document that was being read is read again', async (test) => {
  const fed = new FedCollection();
  const { handle, raw } = await fed.open({ selector: { state: 'ready' } });
  handle.onHold('a');
  fed.store({ _id: 'a', state: 'ready' });
  const release = fed.hold();
  const entering = fed.change(['a']);
  await eventually('the read', () => fed.reads.length === 1);
  fed.store({ _id: 'a', state: 'running' });
  const taken = fed.change('all', { scopes: TAKEN });
  release();
  await Promise.all([entering, taken]);
  test.equal(raw.length, 2);
  test.equal(
    fed.reads.map(({ ids }) => ids),
    [['a'], ['a']],
  );
});

Tinytest.addAsync(
  'feed scopes - a look-up may have missed what the write has moved, in both orders',
  async (test) => {
    const ticked = hintsOf(['x'], { $set: { tick: 1 } });
    const lookedUp = { selected: ['state'], hint: ticked.get('x') };
    for (const isFirst of [true, false]) {
      const fed = new FedCollection();
      const ticking = await fed.open({ selector: { tick: 1 } });
      const other = await fed.open({ selector: { tick: 2 } });
      const looked = () => fed.change(['x'], { hints: ticked, lookedUp });
      const moved = () => fed.change('all', { scopes: TAKEN });
      for (const change of isFirst ? [looked, moved] : [moved, looked]) await change();
      test.isTrue(ticking.entries.includes('requery'), isFirst ? 'the look-up first' : 'the move first');
      if (isFirst) test.equal(other.entries, []);
    }
  },
);

Tinytest.addAsync('feed scopes - without scopes every live query runs again', async (test) => {
  const fed = new FedCollection();
  const done = await fed.open({ selector: { state: 'done' } });
  await fed.change('all');
  test.equal(done.entries, ['requery']);
});
