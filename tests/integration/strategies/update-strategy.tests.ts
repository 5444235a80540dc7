/** The writes of strategy `update` on receipt: they name the ids, and can match nothing. */

import { LocalCollection } from 'meteor/minimongo';
import { createHasher } from '../../../src/matching/hint';
import { defaultConnection, openedCollections } from '../../../src/meteor/collections/collections';
import { Log } from '../../../src/observability/log';
import { Metrics } from '../../../src/observability/metrics';
import { UpdateStrategy } from '../../../src/strategies/update-strategy';
import { rawItems } from '../../support/database';
import { eventually } from '../../support/eventually';
import { newGroup } from '../../support/groups';
import { newItems } from '../../support/own-clusters';
import { addTest } from '../../support/scope';

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
  const strategy = new UpdateStrategy({
    database: connection.db.databaseName,
    isSynced: () => true,
    openedCollections: (name) => openedCollections(name).filter((each) => each.connection === connection),
    takesOver: false,
    hash: createHasher('tests'),
    receivedUntil: () => performance.now(),
    audit: 0,
    emit: () => {},
    log: new Log(),
    metrics: new Metrics(),
  });
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
