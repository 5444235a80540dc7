/** A read of the feed that never ends: other collections do not wait for it, and after a time it is given up. */

import { Mongo } from 'meteor/mongo';
import { createHasher } from '../../../../src/matching/hint';
import { defaultConnection } from '../../../../src/meteor/collections/collections';
import { installFeed } from '../../../../src/meteor/live-queries/install-feed';
import { Log } from '../../../../src/observability/log';
import { Metrics } from '../../../../src/observability/metrics';
import { ConnectionFeed, type ConnectionFeedOptions } from '../../../../src/strategies/feed/connection-feed';
import { linesDuring } from '../../../support/console';
import { eventually } from '../../../support/eventually';
import { newGroup } from '../../../support/groups';
import { shownIds } from '../../../support/live-query';
import { INSTANCE } from '../../../support/node-collections';
import type { Item } from '../../../support/node-config';
import { newItems } from '../../../support/own-clusters';
import { addTest, type Scope } from '../../../support/scope';

const OTHER = 'feed_isolation';

function installFeedOfBoth(scope: Scope, options: Pick<ConnectionFeedOptions, 'readTimeoutMs'> = {}) {
  const log = new Log();
  const { feed, remove } = installFeed(defaultConnection(), {
    isSynced: (name) => name === 'items' || name === OTHER,
    createFeed: (source) =>
      new ConnectionFeed({
        source,
        hash: createHasher('tests'),
        receivedUntil: () => performance.now(),
        audit: { share: 0 },
        emit: () => {},
        log,
        metrics: new Metrics(),
        ...options,
      }),
  });
  scope.defer(remove);
  return feed;
}

/** Reads of `items` by the feed never end. */
function hangReadsOfItems(scope: Scope): void {
  const connection = defaultConnection();
  const { find } = connection;
  connection.find = (...args) =>
    args[0] === 'items' ? { fetchAsync: () => new Promise(() => {}) } : find.apply(connection, args);
  scope.defer(() => Reflect.deleteProperty(connection, 'find'));
}

addTest('feed isolation - a read that never ends delays no other collection', async (test, scope) => {
  const feed = installFeedOfBoth(scope);
  const group = newGroup();
  const other = new Mongo.Collection<Item>(OTHER, INSTANCE);
  await shownIds(scope, newItems(), { group });
  const open = await shownIds(scope, other, { group });
  hangReadsOfItems(scope);
  void feed.handleChange({ collection: 'items', ids: [`${group}-hangs`] });
  await other.rawCollection().insertOne({ _id: `${group}-1`, group, n: 0 });
  await (await feed.handleChange({ collection: OTHER, ids: [`${group}-1`] }))();
  await eventually('the open live query to show it', () => open.has(`${group}-1`), 2000);
  const opened = await shownIds(scope, other, { group });
  test.isTrue(opened.has(`${group}-1`));
  await other.rawCollection().insertOne({ _id: `${group}-2`, group, n: 0 });
  await (await feed.handleChange({ collection: OTHER, ids: [`${group}-2`] }))();
  await eventually('the new live query to show it', () => opened.has(`${group}-2`), 2000);
  await other.rawCollection().deleteMany({ group });
});

addTest(
  'feed isolation - a read that never ends is given up, logged, and its live queries run again',
  async (test, scope) => {
    const feed = installFeedOfBoth(scope, { readTimeoutMs: 200 });
    const group = newGroup();
    const items = newItems();
    const shown = await shownIds(scope, items, { group });
    hangReadsOfItems(scope);
    await items.rawCollection().insertOne({ _id: `${group}-1`, group, n: 0 });
    const lines = await linesDuring(async () => {
      await (await feed.handleChange({ collection: 'items', ids: [`${group}-1`] }))();
    });
    test.matches(
      lines.join(),
      /reading collection "items" failed \(no answer within 200 ms\); its live queries run again/,
    );
    await eventually('the live query to show it', () => shown.has(`${group}-1`), 2000);
  },
);
