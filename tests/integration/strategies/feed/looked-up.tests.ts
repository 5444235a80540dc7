/** Writes by selector in an application: their ids are looked up after the commit, while others write. */

import { defaultConnection } from '../../../../src/meteor/collections/collections';
import { linesDuring } from '../../../support/console';
import { eventually } from '../../../support/eventually';
import { newGroup } from '../../../support/groups';
import { shownIds } from '../../../support/live-query';
import { NAMESPACE, newCluster, newItems } from '../../../support/own-clusters';
import { addTest, type Scope } from '../../../support/scope';

/** In place of what a test has no time to wait for, in ms. */
const CUT_MS = 50;

/** Holds every look-up back until it is released: the feed and look-ups alone call `find` of the connection object. */
function holdLookUps(scope: Scope): { readonly began: Promise<void>; release(): void } {
  const connection = defaultConnection();
  const { find } = connection;
  let begin = () => {};
  let release = () => {};
  const began = new Promise<void>((resolve) => {
    begin = resolve;
  });
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  connection.find = (name, selector, options) => {
    const cursor = find.call(connection, name, selector, options);
    if ('_id' in selector) return cursor;
    begin();
    return { fetchAsync: () => released.then(() => cursor.fetchAsync()) };
  };
  scope.defer(() => Reflect.deleteProperty(connection, 'find'));
  return { began, release };
}

/** Makes every timer as short as the tests have time for. */
function cutTimers(scope: Scope): void {
  const { setTimeout } = globalThis;
  const cut = (run: () => void, ms = 0) => setTimeout(run, Math.min(ms, CUT_MS));
  globalThis.setTimeout = Object.assign(cut, setTimeout) as unknown as typeof setTimeout;
  scope.defer(() => {
    globalThis.setTimeout = setTimeout;
  });
}

for (const [title, config] of [
  ['in a cluster', NAMESPACE],
  ['alone', { url: 'none' }],
] as const) {
  addTest(`looked up - a node ${title} shows what its look-up has missed`, async (test, scope) => {
    const cluster = newCluster(scope);
    await linesDuring(() => cluster.init(config));
    const items = newItems();
    cluster.sync(items);
    const group = newGroup();
    const id = (name: string) => `${group}-${name}`;
    await items.insertAsync({ _id: id('moved'), group, n: 0, kind: 'ready' });
    const shown = await shownIds(scope, items, { group, n: 7 });
    const lookUp = holdLookUps(scope);
    await items.updateAsync({ group, kind: 'ready' }, { $set: { n: 7 } }, { multi: true });
    await lookUp.began;
    await items.updateAsync(id('moved'), { $set: { kind: 'running' } });
    await items.insertAsync({ _id: id('found'), group, n: 0, kind: 'ready' });
    lookUp.release();
    await eventually('the live query to show it', () => shown.has(id('moved')));
    test.isFalse(shown.has(id('found')));
  });
}

addTest(
  'looked up - a look-up without an answer is given up, and names the collection',
  async (test, scope) => {
    const cluster = newCluster(scope);
    await linesDuring(() => cluster.init(NAMESPACE));
    const items = newItems();
    cluster.sync(items);
    const wire = await scope.listen(NAMESPACE.namespace);
    const group = newGroup();
    await items.insertAsync({ _id: `${group}-1`, group, n: 0 });
    await cluster.flush();
    const lookUp = holdLookUps(scope);
    cutTimers(scope);
    await items.updateAsync({ group }, { $set: { n: 7 } }, { multi: true });
    await lookUp.began;
    await eventually('the change', async () => {
      await wire.flush();
      return wire.changes.some(({ ids }) => ids === 'all');
    });
    test.equal(wire.changes.length, 2);
  },
);

for (const [hints, expected] of [
  [true, ['group', 'kind']],
  [false, 0],
] as const) {
  addTest(
    `looked up - with hints ${hints}, a message shows ${hints ? 'fields' : 'no field'} of the selector and no value`,
    async (test, scope) => {
      const cluster = newCluster(scope);
      await linesDuring(() => cluster.init({ ...NAMESPACE, hints }));
      const items = newItems();
      cluster.sync(items);
      const wire = await scope.listen(NAMESPACE.namespace);
      const group = newGroup();
      await items.insertAsync({ _id: `${group}-1`, group, n: 0, kind: 'canary' });
      await items.updateAsync({ group, kind: 'canary' }, { $set: { n: 7 } }, { multi: true });
      await cluster.flush();
      await wire.flush();
      const { lookedUp } = wire.changes.at(-1) ?? {};
      test.equal(lookedUp?.[0], expected);
      test.notMatches(JSON.stringify(lookedUp), /canary/);
    },
  );
}
