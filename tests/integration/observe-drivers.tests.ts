/** Which observe drivers live queries have, by what Meteor is configured for and what the database offers. */

import { Meteor } from 'meteor/meteor';
import { createHasher } from '../../src/matching/hint';
import { defaultConnection } from '../../src/meteor/collections';
import type { MeteorConnection } from '../../src/meteor/connection';
import { installationOf } from '../../src/meteor/feed-installation';
import { installFeed } from '../../src/meteor/oplog-handle';
import { Log } from '../../src/observability/log';
import { OplogFeed } from '../../src/strategies/oplog/oplog-feed';
import { linesDuring } from '../support/console';
import { NAMESPACE, newCluster, newItems } from '../support/own-clusters';
import { addTest } from '../support/scope';

/** Changes properties of an object while something runs. */
async function withProperties<T extends object>(
  object: T,
  changes: Partial<T>,
  run: () => Promise<void>,
): Promise<void> {
  const before = Object.getOwnPropertyDescriptors(object);
  Object.assign(object, changes);
  try {
    await run();
  } finally {
    for (const name of Object.keys(changes)) {
      if (name in before) Object.defineProperty(object, name, before[name as keyof typeof before]);
      else Reflect.deleteProperty(object, name);
    }
  }
}

addTest('observe drivers - where Meteor tails an oplog, live queries are left to it', async (test, scope) => {
  const connection = defaultConnection();
  const oplog = { tails: true };
  await withProperties(connection, { _oplogHandle: oplog }, async () => {
    const cluster = newCluster(scope);
    const lines = await linesDuring(async () => {
      cluster.sync(newItems());
      await cluster.init(NAMESPACE);
    });
    test.matches(String(lines[0]), /Meteor tails an oplog: live queries that use it are left to it/);
    test.equal(cluster.status().strategy, 'oplog');
    test.isTrue(installationOf(connection) === undefined);
    await cluster.close();
  });
  const cluster = newCluster(scope);
  await linesDuring(async () => {
    cluster.sync(newItems());
    await cluster.init(NAMESPACE);
  });
  test.isTrue(installationOf(connection) !== undefined, 'without an oplog, the feed is installed');
});

addTest(
  'observe drivers - where Meteor is configured without oplog, the strategy is update',
  async (test, scope) => {
    const connection = defaultConnection();
    const settings = { public: {}, packages: { mongo: { reactivity: ['changeStreams', 'polling'] } } };
    const chosen = async (version: Partial<MeteorConnection>) => {
      const cluster = newCluster(scope);
      let strategy: string | null = null;
      const lines = await linesDuring(() =>
        withProperties(Meteor, { settings }, () =>
          withProperties(connection, version, async () => {
            await cluster.init(NAMESPACE);
            strategy = cluster.status().strategy;
            await cluster.close();
          }),
        ),
      );
      return { strategy, lines };
    };
    // On Meteor 3.5 the connection has this method itself.
    if (!connection._selectReactivityDriver) {
      test.equal((await chosen({})).strategy, 'oplog', 'versions before 3.5 do not read these settings');
    }
    const since = await chosen({ _selectReactivityDriver() {} });
    test.equal(since.strategy, 'update');
    test.matches(
      String(since.lines[0]),
      /strategy "update", because .* "changeStreams", "polling", without "oplog"/,
    );
  },
);

addTest('observe drivers - that Meteor reads change streams is logged once', async (test) => {
  // No database for the tests has change streams: this connection has only what Meteor 3.5 answers.
  const multiplexer = { _handles: {}, _observeDriver: { _usesChangeStreams: true } };
  const connection = {
    ...{ _oplogHandle: null, _docFetcher: null, _observeMultiplexers: {}, _selectReactivityDriver() {} },
    _observeChanges: async () => ({ _multiplexer: multiplexer }),
  } as unknown as MeteorConnection;
  const log = new Log();
  const lines = await linesDuring(async () => {
    const { remove } = installFeed(connection, {
      isSynced: (name) => name === 'items',
      createFeed: (source) => new OplogFeed({ source, hash: createHasher('tests'), log }),
      log,
    });
    for (const collectionName of ['unsynced', 'items', 'items']) {
      await connection._observeChanges?.({ collectionName, selector: {}, options: {} });
    }
    remove();
  });
  test.equal(lines, ['Cluster: Meteor reads change streams: live queries that use them are left to it']);
});
