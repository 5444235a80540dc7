/** The writes of strategy `update` on receipt: they name the ids, and can match nothing. */

import { LocalCollection } from 'meteor/minimongo';
import { createHasher } from '../../../src/matching/hint';
import { defaultConnection, openedCollections } from '../../../src/meteor/collections/collections';
import type { MeteorConnection } from '../../../src/meteor/connection';
import { Log } from '../../../src/observability/log';
import { Metrics } from '../../../src/observability/metrics';
import { UpdateStrategy } from '../../../src/strategies/update-strategy';
import { rawItems } from '../../support/database';
import { eventually } from '../../support/eventually';
import { newGroup } from '../../support/groups';
import { newItems } from '../../support/own-clusters';
import { addTest } from '../../support/scope';

type Raw = ReturnType<typeof rawItems>;

function newStrategy(connection: MeteorConnection, log: Log): UpdateStrategy {
  return new UpdateStrategy({
    database: connection.db.databaseName,
    isSynced: () => true,
    openedCollections: (name) => openedCollections(name).filter((each) => each.connection === connection),
    takesOver: false,
    hash: createHasher('tests'),
    receivedUntil: () => performance.now(),
    audit: 0,
    emit: () => {},
    log,
    metrics: new Metrics(),
  });
}

addTest('update strategy - its writes name the changed ids and match no document', async (test, scope) => {
  newItems();
  const connection = defaultConnection();
  const { updateAsync, removeAsync } = connection;
  const selectors: object[] = [];
  Object.assign(connection, {
    updateAsync(name: string, selector: object, ...rest: [object, object]) {
      selectors.push(selector);
      return updateAsync.call(connection, name, selector, ...rest);
    },
    removeAsync(name: string, selector: object) {
      selectors.push(selector);
      return removeAsync.call(connection, name, selector);
    },
  });
  scope.defer(() => {
    for (const name of ['updateAsync', 'removeAsync']) Reflect.deleteProperty(connection, name);
  });
  const strategy = newStrategy(connection, new Log());
  scope.defer(() => strategy.stop());
  const group = newGroup();
  const ids = Array.from({ length: 101 }, (_, n) => `${group}-${n}`);
  await rawItems().insertMany(ids.map((_id, n) => ({ _id, group, n })));
  strategy.handleChange({ collection: 'items', ids: ids.slice(0, 1) });
  await eventually('the update of one id', () => selectors.length === 1);
  strategy.handleChange({ collection: 'items', ids });
  await eventually('the updates of 101 ids', () => selectors.length === 3);
  strategy.handleChange({ collection: 'items', ids: 'all' });
  await eventually('the remove', () => selectors.length === 4);
  const named = selectors.map((selector) => LocalCollection._idsMatchedBySelector(selector));
  test.equal(named.slice(0, 3), [ids.slice(0, 1), ids.slice(0, 100), ids.slice(100)]);
  for (const selector of selectors) test.equal(await rawItems().countDocuments(selector), 0);
});

// As an indeterminate write it would be published, and fail on every other node too, without an end.
addTest('update strategy - a write of its own that fails is not reported', async (test, scope) => {
  newItems();
  const connection = defaultConnection() as MeteorConnection & { rawCollection(name: string): Raw };
  const { rawCollection } = connection;
  const failing = {
    get() {
      throw new Error('no database');
    },
  };
  connection.rawCollection = (name) =>
    Object.create(rawCollection.call(connection, name), { bsonOptions: failing });
  scope.defer(() => Reflect.deleteProperty(connection, 'rawCollection'));
  const reporters: string[] = [];
  for (const collection of openedCollections('items')) {
    const stop = collection.observeWrites((reporter) => {
      reporters.push(reporter);
      return { end() {} };
    });
    scope.defer(stop);
  }
  const warnings: string[] = [];
  const warn = (line: string) => void warnings.push(line);
  const strategy = newStrategy(connection, new Log({ debug() {}, info() {}, warn, error() {} }));
  scope.defer(() => strategy.stop());
  strategy.handleChange({ collection: 'items', ids: ['x'] });
  await eventually('the warning', () => warnings.some((line) => line.includes('no database')));
  test.equal(reporters, []);
});
