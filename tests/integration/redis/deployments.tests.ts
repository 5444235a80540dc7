/** Cluster with the Redis servers of production: behind TLS, with ACL users, shared with strangers. */

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually, pause } from '../../support/eventually';
import { CANARY } from '../../support/fault-site';
import { connected, type NodeOptions, type TestNode } from '../../support/nodes';
import { addTest, type Scope } from '../../support/scope';
import { CALM } from '../../support/timing';
import { WatchedGroup } from '../../support/watched-group';

const SECRET = `secret-${CANARY}`;
const REDIS = ['redis-server'];

const logsOfCluster = (node: TestNode) => node.log().match(/Cluster: /g)?.length;

/** A key and a self-signed certificate. */
function createCertificate(scope: Scope) {
  const directory = mkdtempSync(join(tmpdir(), 'cluster-tls-'));
  scope.defer(() => rmSync(directory, { recursive: true }));
  const [key, certificate] = [join(directory, 'key.pem'), join(directory, 'certificate.pem')];
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
  const files = ['-keyout', key, '-out', certificate];
  execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', ...subject, ...files], {
    stdio: 'ignore',
  });
  return { key, certificate };
}

addTest(
  'deployments - with TLS, the certificate is verified',
  async (test, scope) => {
    const { key, certificate } = createCertificate(scope);
    const redis = await scope.startRedis({
      listen: 'tls-port',
      config: [
        'port 0',
        `tls-cert-file ${certificate}`,
        `tls-key-file ${key}`,
        'tls-auth-clients no',
        `requirepass ${CANARY}`,
      ],
    });
    const options = (host: string): NodeOptions => ({
      cluster: { url: `rediss://redis:${CANARY}@${host}:${redis.port}`, namespace: 'tls', ...CALM },
    });
    const env = { NODE_EXTRA_CA_CERTS: certificate };
    const [a, b, stranger] = await Promise.all([
      scope.startNode({ ...options('localhost'), env }),
      scope.startNode({ ...options('127.0.0.1'), env }),
      scope.startNode(options('localhost')),
    ]);
    await connected([a, b]);
    const group = await WatchedGroup.open(scope, a, b);
    await group.replicates();
    await eventually('the certificate to be refused', () => /self-signed certificate/.test(stranger.log()));
    test.isFalse((await stranger.call('status')).connected);
    for (const node of [a, b]) test.equal(logsOfCluster(node), 1, node.log());
  },
  [...REDIS, 'openssl'],
);

addTest(
  'deployments - an ACL user with one channel, three commands and no keys is enough',
  async (test, scope) => {
    const rule = 'resetkeys resetchannels &cluster:acl -@all +publish +subscribe +ping';
    const redis = await scope.startRedis({
      config: [`user app on >${CANARY} ${rule}`, 'user default off'],
    });
    const cluster = { url: `redis://app:${CANARY}@127.0.0.1:${redis.port}`, namespace: 'acl', ...CALM };
    const nodes = await scope.startNodes({ cluster }, { cluster });
    const group = await WatchedGroup.open(scope, ...nodes);
    await group.replicates();
    for (const node of nodes) test.equal(logsOfCluster(node), 1, node.log());
  },
  REDIS,
);

addTest(
  'deployments - nodes with the same secret accept messages of each other and of nobody else',
  async (test, scope) => {
    const redis = await scope.startRedis();
    const common = { ...CALM, port: redis.port, namespace: 'sealed' };
    const nodes = await scope.startNodes(
      { cluster: { ...common, secret: SECRET } },
      { cluster: common, env: { CLUSTER_SECRET: SECRET } },
      { cluster: { ...common, secret: `another-${SECRET}` } },
      { cluster: common },
    );
    const [a, b, other, open] = nodes;
    const group = await WatchedGroup.open(scope, a, b);
    await group.replicates();
    for (const node of [other, open]) test.equal((await node.call('status')).received, 0);
    for (const node of nodes) {
      await eventually('messages to be dropped', async () => (await node.call('status')).dropped > 0);
      const reason =
        node === open ? 'that is not JSON' : 'that is not authentic: its node has another secret, or none';
      test.equal(node.log().match(/(?<=dropped a message ).*(?=; more)/g), [reason]);
    }
    for (const text of ['{}', 'x'.repeat(43), `${'x'.repeat(43)}.{}`, `${'ü'.repeat(43)}.{}`]) {
      const { dropped } = await a.call('status');
      await redis.command('PUBLISH', 'cluster:sealed', text);
      await eventually('it to be counted', async () => (await a.call('status')).dropped > dropped);
    }
    test.isTrue((await a.call('status')).peers === 1, 'a node without the secret is no peer');
  },
  REDIS,
);

addTest(
  'deployments - nodes of two namespaces on one Redis receive nothing of each other',
  async (test, scope) => {
    const [left, twin, right] = await scope.startNodes(
      { cluster: { namespace: 'left' } },
      { cluster: { namespace: 'left' } },
      { cluster: { namespace: 'right' } },
    );
    const group = WatchedGroup.open(scope, left, twin);
    const client = await scope.client(right, 'group', (await group).name);
    // A node resyncs once, soon after it has connected: that shows what the others have written by then.
    await eventually('the resync after connecting', async () => (await right.call('status')).resyncs > 0);
    await pause(300);
    const before = await client.ids();
    await (await group).replicates();
    const { received, dropped, peers } = await right.call('status');
    test.equal({ received, dropped, peers }, { received: 0, dropped: 0, peers: 0 });
    test.equal(await client.ids(), before);
  },
);
