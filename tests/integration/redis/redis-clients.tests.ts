/** Clients that the application creates and that cannot work; connections that lose Redis' answers. */

import type { Cluster } from 'meteor/cluster';
import type { RedisAddress } from '../../../src/config/address';
import { resolveOptions } from '../../../src/config/options';
import { linesDuring } from '../../support/console';
import { eventually } from '../../support/eventually';
import { NAMESPACE, newCluster, newItems } from '../../support/own-clusters';
import { FaultyProxy } from '../../support/proxy';
import { addTest } from '../../support/scope';

type Config = NonNullable<Parameters<(typeof Cluster)['init']>[0]>;

addTest(
  'redis clients - a client of another library is refused by what it lacks, and ended',
  async (test, scope) => {
    const cluster = newCluster(scope);
    let ended = 0;
    // The interface of ioredis: it connects when it is created.
    const foreign = () => ({
      status: 'connecting',
      on() {},
      connect: async () => {},
      publish: async () => 0,
      subscribe: async () => 1,
      disconnect() {
        ended += 1;
      },
    });
    const config = { ...NAMESPACE, createClient: foreign } as unknown as Config;
    test.throws(
      () => cluster.init(config),
      /"createClient" must return .* has no destroy\(\), isOpen, isReady/,
    );
    test.throws(
      () => cluster.init({ ...NAMESPACE, createClient: (() => null) as never }),
      /has no on\(\), connect\(\)/,
    );
    test.equal(ended, 1);
    test.isFalse(cluster.status().connected);
  },
);

addTest('redis clients - an async createClient is refused, and its client ended', async (test, scope) => {
  const cluster = newCluster(scope);
  let ended = 0;
  const createClient = async () => ({ destroy: () => (ended += 1) });
  test.throws(
    () => cluster.init({ ...NAMESPACE, createClient } as unknown as Config),
    /"createClient" must return .*; it returned a promise: make it a function that is not async/,
  );
  await eventually('the client to be ended', () => ended === 1);
});

addTest('redis clients - when the second client is refused, the first one is ended', async (test, scope) => {
  const cluster = newCluster(scope);
  let ended = 0;
  const usable = {
    isOpen: false,
    isReady: false,
    on() {},
    connect: async () => {},
    publish: async () => 0,
    subscribe: async () => {},
    destroy() {
      ended += 1;
    },
  };
  const createClient = (role: string) => (role === 'publisher' ? usable : {});
  test.throws(() => cluster.init({ ...NAMESPACE, createClient } as unknown as Config), 'createClient');
  test.equal(ended, 1);
});

addTest(
  'redis clients - writes are not delayed when the answers to PUBLISH are lost',
  async (test, scope) => {
    const { host, port, tls, password } = resolveOptions(undefined).redis as RedisAddress;
    if (tls || !['127.0.0.1', 'localhost'].includes(host)) return;
    const proxy = await scope.use(FaultyProxy.start(port), (each) => each.close());
    const wire = await scope.listen(NAMESPACE.namespace);
    const cluster = newCluster(scope);
    const times = { heartbeatInterval: 2000, heartbeatTimeout: 7000 };
    await linesDuring(async () => {
      await cluster.init({ ...NAMESPACE, ...times, host: '127.0.0.1', port: proxy.port, password });
      cluster.sync(newItems());
      proxy.inject({ losesAnswers: true });
      for (const id of ['first', 'second', 'third']) {
        const start = performance.now();
        await cluster.touch('items', id);
        test.isTrue(performance.now() - start < 2000, `${id} took ${performance.now() - start} ms`);
      }
    });
    await eventually('all of them', () => new Set(wire.changes.flatMap(({ ids }) => ids)).size === 3);
  },
);
