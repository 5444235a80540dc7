/** One database per tenant: collections of one name in several databases do not concern each other. */

import { Mongo } from 'meteor/mongo';
import { createHasher } from '../../../src/matching/hint';
import { defaultConnection, openedCollections } from '../../../src/meteor/collections/collections';
import { Log } from '../../../src/observability/log';
import { Metrics } from '../../../src/observability/metrics';
import { FeedStrategy } from '../../../src/strategies/feed/feed-strategy';
import { UpdateStrategy } from '../../../src/strategies/update-strategy';
import { linesDuring } from '../../support/console';
import { eventually } from '../../support/eventually';
import { newGroup } from '../../support/groups';
import { INSTANCE, openDriver } from '../../support/node-collections';
import type { Item } from '../../support/node-config';
import { NAMESPACE, newCluster, newItems } from '../../support/own-clusters';
import { addTest } from '../../support/scope';

const TENANT = `tenant_${process.pid}`;

function tenantItems(): Mongo.Collection<Item> {
  const url = new URL(process.env.MONGO_URL ?? '');
  url.pathname = `/${TENANT}`;
  const _driver = openDriver(url.href);
  return new Mongo.Collection<Item>('items', { ...INSTANCE, _driver } as object);
}

addTest('databases - a message names the database where it is not the default one', async (test, scope) => {
  const cluster = newCluster(scope);
  const wire = await scope.listen(NAMESPACE.namespace);
  await linesDuring(() => cluster.init(NAMESPACE));
  const [own, tenant] = [newItems(), tenantItems()];
  cluster.sync('items');
  const _id = newGroup();
  await own.insertAsync({ _id, group: 'none', n: 0 });
  await tenant.insertAsync({ _id, group: 'none', n: 0 });
  await cluster.flush();
  await cluster.touch(tenant, _id);
  await eventually('the changes', () => wire.changes.length === 3);
  const { databaseName } = tenant.rawDatabase();
  const databases = wire.changes.map(({ database }) => database);
  test.equal(databases, [undefined, databaseName, databaseName]);
  test.equal(databaseName, TENANT);
});

addTest('databases - a change is handled on the connections to its database only', async (test, scope) => {
  const tenant = tenantItems();
  newItems();
  const context = {
    database: defaultConnection().db.databaseName,
    isSynced: () => true,
    openedCollections,
    takesOver: false,
    hash: createHasher('tests'),
    receivedUntil: () => performance.now(),
    audit: 0,
    emit: () => {},
    log: new Log(),
    metrics: new Metrics(),
  };
  const written: string[] = [];
  for (const { connection, database } of openedCollections('items')) {
    const { updateAsync } = connection;
    connection.updateAsync = (...args) => {
      written.push(database);
      return updateAsync.apply(connection, args);
    };
    scope.defer(() => Reflect.deleteProperty(connection, 'updateAsync'));
  }
  const strategy = new UpdateStrategy(context);
  strategy.handleChange({ database: tenant.rawDatabase().databaseName, collection: 'items', ids: ['x'] });
  await eventually('the empty update', () => written.length > 0);
  test.equal(new Set(written), new Set([TENANT]));
  strategy.stop();
  const oplog = new FeedStrategy(context);
  test.isUndefined(oplog.handleChange({ database: 'nowhere', collection: 'items', ids: ['x'] }));
  oplog.stop();
});
