/**
 * Cluster with the kinds of Redis that there are in production: behind TLS, with ACL users, shared with strangers, with
 * Sentinel, and as a Redis Cluster with sharded pub/sub.
 */

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from './support/eventually';
import { CALM, CANARY, WatchedGroup, WRITTEN_WITHIN } from './support/faulty-site';
import {
  connected,
  everythingLogged,
  freePort,
  type NodeOptions,
  startNode,
  startNodes,
  type TestNode,
} from './support/nodes';
import { RedisServer } from './support/redis-server';
import { testNeeding } from './support/skip';

const REDIS = ['redis-server'];
const SECRET = `secret-${CANARY}`;

/** Two nodes; one sees what the other writes, and the reverse, while Redis runs. */
async function startPair(options: NodeOptions): Promise<[TestNode, TestNode]> {
  const [a, b] = await startNodes(2, { ...options, cluster: { ...CALM, ...options.cluster } });
  if (!a || !b) throw new Error('two nodes were to be started');
  await connected([a, b]);
  return [a, b];
}

async function stop(...nodes: TestNode[]): Promise<void> {
  await Promise.all(nodes.map((node) => node.stop()));
}

testNeeding([...REDIS, 'openssl'], 'deployments - TLS: a certificate is verified', async (test) => {
  const directory = mkdtempSync(join(tmpdir(), 'cluster-tls-'));
  const [key, certificate] = [join(directory, 'key.pem'), join(directory, 'certificate.pem')];
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
  const files = ['-keyout', key, '-out', certificate];
  execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', ...subject, ...files], {
    stdio: 'ignore',
  });
  const redis = await RedisServer.start({
    listen: 'tls-port',
    config: [
      'port 0',
      `tls-cert-file ${certificate}`,
      `tls-key-file ${key}`,
      'tls-auth-clients no',
      `requirepass ${CANARY}`,
    ],
  });
  const addresses = ['localhost', '127.0.0.1'].map(
    (host) => `rediss://redis:${CANARY}@${host}:${redis.port}`,
  );
  const env = { NODE_EXTRA_CA_CERTS: certificate };
  const [a, b, stranger] = await Promise.all([
    ...addresses.map((url) => startNode({ cluster: { url, namespace: 'tls', ...CALM }, env })),
    startNode({ cluster: { url: addresses[0], namespace: 'tls', ...CALM } }),
  ]);
  if (!a || !b || !stranger) throw new Error('three nodes were to be started');
  await connected([a, b]);
  const group = await WatchedGroup.on(a, b);
  await group.alive();
  group.end();
  await eventually('the certificate to be refused', () => /self-signed certificate/.test(stranger.log()));
  test.isFalse((await stranger.call('status')).connected);
  for (const node of [a, b]) test.equal(node.log().match(/Cluster: /g)?.length, 1, node.log());
  await stop(a, b, stranger);
  redis.discard();
  rmSync(directory, { recursive: true });
});

testNeeding(
  REDIS,
  'deployments - an ACL user with one channel, three commands and no keys is enough',
  async (test) => {
    const rule = 'resetkeys resetchannels &cluster:acl -@all +publish +subscribe +ping';
    const redis = await RedisServer.start({
      config: [`user app on >${CANARY} ${rule}`, 'user default off'],
    });
    const [a, b] = await startPair({
      cluster: { url: `redis://app:${CANARY}@127.0.0.1:${redis.port}`, namespace: 'acl' },
    });
    const group = await WatchedGroup.on(a, b);
    await group.alive();
    for (const node of [a, b]) test.equal(node.log().match(/Cluster: /g)?.length, 1, node.log());
    group.end();
    await stop(a, b);
    redis.discard();
  },
);

testNeeding(
  REDIS,
  'deployments - nodes with the same secret hear each other and nobody else',
  async (test) => {
    const redis = await RedisServer.start();
    const common = { ...CALM, port: redis.port, namespace: 'sealed' };
    const nodes = await Promise.all([
      startNode({ cluster: { ...common, secret: SECRET } }),
      startNode({ cluster: common, env: { CLUSTER_SECRET: SECRET } }),
      startNode({ cluster: { ...common, secret: `another-${SECRET}` } }),
      startNode({ cluster: common }),
    ]);
    const [a, b, other, open] = nodes as [TestNode, TestNode, TestNode, TestNode];
    await connected(nodes);
    const group = await WatchedGroup.on(a, b);
    await group.alive();
    const received = await Promise.all(
      [other, open].map(async (node) => (await node.call('status')).received),
    );
    test.equal(received, [0, 0]);
    for (const node of nodes) {
      await eventually('messages to be dropped', async () => (await node.call('status')).dropped > 0);
      const says =
        node === open ? 'not JSON' : 'that is not authentic: other nodes have another secret, or none';
      test.equal(node.log().match(/(?<=dropped a message ).*(?=; more)/g), [says]);
    }
    for (const text of ['{}', 'x'.repeat(43), `${'x'.repeat(43)}.{}`, `${'ü'.repeat(43)}.{}`]) {
      const { dropped } = await a.call('status');
      await redis.command('PUBLISH', 'cluster:sealed', text);
      await eventually('it to be counted', async () => (await a.call('status')).dropped > dropped);
    }
    test.isTrue((await a.call('status')).peers === 1, 'who has no secret is no peer');
    group.end();
    await stop(...nodes);
    redis.discard();
  },
);

const SENTINELS = [...REDIS, 'redis-sentinel'];

testNeeding(SENTINELS, 'deployments - Sentinel: a failover misses nothing', async (test) => {
  const password = [`requirepass ${CANARY}`, `masterauth ${CANARY}`];
  const master = await RedisServer.start({ config: password, password: CANARY });
  const replica = await RedisServer.start({
    config: [...password, `replicaof 127.0.0.1 ${master.port}`, 'repl-diskless-sync-delay 0'],
    password: CANARY,
  });
  const watch = [
    `sentinel monitor main 127.0.0.1 ${master.port} 2`,
    `sentinel auth-pass main ${CANARY}`,
    'sentinel down-after-milliseconds main 500',
    'sentinel failover-timeout main 2000',
  ];
  const sentinels = await Promise.all(
    [1, 2, 3].map(() => RedisServer.start({ program: 'redis-sentinel', config: watch })),
  );
  const ports = sentinels.map(({ port }) => port);
  const [a, b] = await startPair({
    cluster: { namespace: 'sentinel' },
    clients: { kind: 'sentinel', ports, password: CANARY },
  });
  const group = await WatchedGroup.on(a, b);
  await group.alive();
  for (const sentinel of sentinels) {
    await eventually('the sentinels to know the replica and each other', async () => {
      const known = JSON.stringify(await sentinel.command('SENTINEL', 'MASTER', 'main'));
      return /"num-slaves","1","num-other-sentinels","2"/.test(known);
    });
  }
  await master.kill();
  test.isTrue((await group.write(a, b)) < WRITTEN_WITHIN);
  // Sentinel ends the connections to the server that it makes the master, this one perhaps among them.
  await eventually('the replica to be the master', async () => {
    const role = await replica.command('ROLE').catch(() => 'unknown');
    return String(role).startsWith('master');
  });
  test.isTrue((await group.write(a, b)) < WRITTEN_WITHIN);
  await group.seenEverywhere('after the failover', 30_000);
  await group.alive();
  group.end();
  await stop(a, b);
  for (const server of [...sentinels, master, replica]) server.discard();
});

for (const sharded of [true, false]) {
  const name = `Redis Cluster, ${sharded ? 'sharded' : 'plain'} pub/sub: all is seen, and nothing missed`;
  testNeeding(REDIS, `deployments - ${name} when it restarts`, async (test) => {
    const redis = await RedisServer.start({
      config: [
        'cluster-enabled yes',
        `cluster-port ${await freePort()}`,
        'cluster-announce-ip 127.0.0.1',
        `requirepass ${CANARY}`,
      ],
      password: CANARY,
    });
    await redis.command('CLUSTER', 'ADDSLOTSRANGE', '0', '16383');
    const isUp = async () => /cluster_state:ok/.test(String(await redis.command('CLUSTER', 'INFO')));
    await eventually('the Redis Cluster', isUp);
    const [a, b] = await startPair({
      cluster: { namespace: 'slots', sharded },
      clients: { kind: 'cluster', ports: [redis.port], password: CANARY },
    });
    const group = await WatchedGroup.on(a, b);
    await group.alive();
    const channels = await redis.command('PUBSUB', sharded ? 'SHARDCHANNELS' : 'CHANNELS');
    test.equal(channels, ['cluster:slots']);
    await redis.kill();
    test.isTrue((await group.write(a, b)) < WRITTEN_WITHIN);
    await redis.restart();
    await eventually('the Redis Cluster', isUp);
    await group.seenEverywhere('after the restart');
    await group.alive();
    group.end();
    await stop(a, b);
    redis.discard();
  });
}

testNeeding(REDIS, 'deployments - no node has logged a password or a secret', async (test) => {
  test.notMatches(everythingLogged(), new RegExp(CANARY));
});
